"""The web process shows reports and computes none."""

import subprocess
import sys

LOOK = """
import django, importlib, os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pact_site.settings")
django.setup()
for name in ("analysis.urls", "analysis.api", "analysis.tasks", "analysis.admin"):
    importlib.import_module(name)
heavy = ("pandas", "scipy", "statsmodels", "polars", "altair", "vl_convert", "weasyprint")
print(*[name for name in heavy if name in sys.modules])
"""


def test_pages_load_no_statistics_and_no_renderer(tmp_path, monkeypatch):
    monkeypatch.setenv("PACT_HOME", str(tmp_path))
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
