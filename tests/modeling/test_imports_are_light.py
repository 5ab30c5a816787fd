"""A GPU machine has neither the analysis' libraries nor the web's, nor a need for them."""

import subprocess
import sys

from tests.modeling.platform import ROOT

ANALYSIS = "pandas scipy statsmodels polars altair weasyprint vl_convert analysis survey"
WEB = (
    "allauth axes csp whitenoise gunicorn django_htmx django_filters rest_framework drf_spectacular "
    "drf_spectacular_sidecar openpyxl babel"
)
CODE = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in set(sys.argv[1].split()):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
import django
django.setup()
import modeling.services.engine, modeling.services.foreground, modeling.tasks
import modeling.services.answers
assert "openai" not in sys.modules, "a client is imported when its endpoint is chosen"
if len(sys.argv) > 2:
    from django.core.management import call_command
    call_command("check")
    import modeling.services.harvesting
    import pact_site.management.commands.worker
    from modeling.backends import KINDS, defaults_of
    assert all(defaults_of(kind) is not None for kind in KINDS)
assert "vllm" not in sys.modules
print("light")
"""


def said(tmp_path, settings, *arguments):
    environment = {
        "DJANGO_SETTINGS_MODULE": settings,
        "PACT_HOME": str(tmp_path),
        "PATH": "/usr/bin",
    }
    done = subprocess.run(
        [sys.executable, "-c", CODE, *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip().splitlines()[-1:] or [done.stderr]


def test_asking_needs_no_analysis_library(tmp_path):
    libraries = ANALYSIS.removesuffix(" analysis survey")
    assert said(tmp_path, "pact_site.settings", libraries) == ["light"]


def test_a_worker_under_light_settings_needs_no_web_and_no_analysis(tmp_path):
    assert said(tmp_path, "pact_site.light_settings", f"{ANALYSIS} {WEB}", "worker") == ["light"]


def test_the_full_settings_do_need_the_web(tmp_path):
    """So what the light ones are held against can fail."""
    [error] = said(tmp_path, "pact_site.settings", "whitenoise")
    assert "ModuleNotFoundError: whitenoise" in error


def test_a_python_without_the_web_is_told_which_settings_to_use(tmp_path):
    code = (
        "import runpy, sys; sys.modules['whitenoise'] = None; sys.argv = ['manage.py', 'check']\n"
        "runpy.run_path('manage.py', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
        env={"PACT_HOME": str(tmp_path), "PATH": "/usr/bin"},
    )  # fmt: skip
    assert done.returncode == 1
    assert "--settings pact_site.light_settings" in done.stderr.splitlines()[-1]
