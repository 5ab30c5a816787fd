"""The web server loads pages, templates and languages before the first person comes."""

import json
import subprocess
import sys

LOOK = """
import gc, json, sys
import pact_site.wsgi
from django.template import engines
from django.urls import get_resolver
from django.utils.translation import trans_real
[loader] = engines["django"].engine.template_loaders
print(json.dumps({
    "pages": "survey.views.answering" in sys.modules,
    "templates": sorted(name for name in loader.get_template_cache if name.startswith("survey/")),
    "languages": sorted(trans_real._translations),
    "addresses": sorted(get_resolver()._reverse_dict),
    "set_aside": gc.get_freeze_count(),
}))
"""


def test_all_is_loaded_before_the_first_request():
    done = subprocess.run(
        [sys.executable, "-c", LOOK], capture_output=True, text=True, check=True, timeout=120
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["pages"]
    assert {"survey/scenario.html", "survey/consent.html", "survey/base.html"} <= set(
        found["templates"]
    )
    assert {"en", "hi", "pt-br"} <= set(found["languages"])
    assert {"en", "hi", "pt-br"} <= set(found["addresses"])
    assert found["set_aside"] > 100_000  # the site itself: no collection looks through it
