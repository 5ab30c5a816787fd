"""A GPU machine has neither the analysis' libraries nor a need for them."""

import subprocess
import sys

from tests.modeling.platform import ROOT

CODE = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"pandas", "scipy", "statsmodels", "polars", "altair"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
import django
django.setup()
import modeling.services.engine, modeling.services.foreground, modeling.tasks
import modeling.services.answers
assert "openai" not in sys.modules, "a client is imported when its endpoint is chosen"
print("light")
"""


def test_asking_needs_no_analysis_library(tmp_path):
    environment = {
        "DJANGO_SETTINGS_MODULE": "pact_site.settings",
        "PACT_HOME": str(tmp_path),
        "PATH": "/usr/bin",
    }
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.stdout.strip() == "light", done.stderr
