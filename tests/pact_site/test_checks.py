"""A bad setting stops the start with a code and a hint; background tasks are all registered."""

import re
from pathlib import Path

import pytest
from django.core.checks.registry import registry

from pact_site import checks
from pact_site.base.checks import SETTINGS
from pact_site.celery import app

ROOT = Path(__file__).resolve().parents[2]


def codes(check, settings, **values):
    for name, value in values.items():
        setattr(settings, name, value)
    problems = check(None)
    assert all(problem.hint for problem in problems)
    return [problem.id for problem in problems]


@pytest.mark.parametrize(("seconds", "found"), [(2, ["pact.E001"]), (3, []), (30, [])])
def test_a_lease_must_outlive_a_slow_call(settings, seconds, found):
    assert codes(checks.lease_seconds, settings, PACT_LEASE_SECONDS=seconds) == found


@pytest.mark.parametrize(("production", "found"), [(False, ["pact.E002"]), (True, [])])
def test_deployment_must_say_that_it_is_production(settings, production, found):
    assert codes(checks.production_secret, settings, PACT_PRODUCTION=production) == found


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("", []),
        ("http://127.0.0.1:8001/v1", []),
        ("https://models.example.org/v1", []),
        ("127.0.0.1:8001/v1", ["pact.E003"]),
        ("ftp://models.example.org", ["pact.E003"]),
        ("http://", ["pact.E003"]),
    ],
)
def test_a_model_servers_address_can_be_called(settings, address, found):
    assert codes(checks.model_server, settings, PACT_BASE_URL=address) == found


@pytest.mark.parametrize(("seconds", "found"), [(0, ["pact.E004"]), (-1, ["pact.E004"]), (0.5, [])])
def test_a_model_server_gets_time_to_answer(settings, seconds, found):
    assert codes(checks.model_server, settings, PACT_REQUEST_TIMEOUT=seconds) == found


@pytest.mark.parametrize(("kind", "found"), [("openai", []), ("lean", []), ("vllm", ["pact.E005"])])
def test_a_model_server_is_asked_in_a_known_way(settings, kind, found):
    assert codes(checks.model_server, settings, PACT_ENDPOINT_KIND=kind) == found


@pytest.mark.parametrize(
    ("formats", "found"),
    [
        (["svg", "png", "pdf"], []),
        (["svg"], []),
        (["pdf", "svg"], []),
        (["png"], ["pact.E006"]),
        (["svg", "gif"], ["pact.E006"]),
        ([], ["pact.E006"]),
    ],
)
def test_figures_are_written_in_formats_there_are(settings, formats, found):
    assert codes(checks.figure_formats, settings, PACT_REPORT_FIGURES=formats) == found


def test_every_command_looks_at_what_may_be_set():
    own = {check for check in registry.registered_checks if check.__module__ == checks.__name__}
    assert {check.__name__ for check in own if SETTINGS in check.tags} == {
        "lease_seconds",
        "model_server",
        "figure_formats",
    }


def test_every_code_of_the_checks_is_documented():
    page = (ROOT / "docs" / "reference" / "settings.md").read_text()
    source = (ROOT / "pact_site" / "checks.py").read_text()
    assert set(re.findall(r"pact\.[EW]\d{3}", source)) <= set(re.findall(r"pact\.[EW]\d{3}", page))


def test_the_beat_schedule_names_tasks_that_exist():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)
