"""The web process shows reports and computes none; commands begin without its pages."""

import subprocess
import sys

LOOK = """
import django, importlib, os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pact_site.settings")
django.setup()
from django.core.checks import run_checks
from pact_site.base.commands import PactCommand
run_checks(tags=PactCommand.requires_system_checks)
pages = ("pact_site.urls", "rest_framework.views", "pact_site.views")
print("before:", *[name for name in pages if name in sys.modules])
for name in ("analysis.urls", "analysis.api", "analysis.tasks", "analysis.admin"):
    importlib.import_module(name)
heavy = ("pandas", "scipy", "statsmodels", "polars", "altair", "vl_convert", "weasyprint")
print("after:", *[name for name in heavy if name in sys.modules])
"""


def test_commands_load_no_pages_and_pages_no_statistics_and_no_renderer(tmp_path, monkeypatch):
    monkeypatch.setenv("PACT_HOME", str(tmp_path))
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["before:", "after:"]
