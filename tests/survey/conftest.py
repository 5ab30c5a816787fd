"""Studies and people for the survey's tests."""

import pytest
from django.test.testcases import QuietWSGIRequestHandler

from tests.survey.bundled import bundled_study


@pytest.fixture(scope="session", autouse=True)
def _without_nagle():
    """The tests' server sends head and body apart; the body would wait 40 ms for the head's receipt."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(QuietWSGIRequestHandler, "disable_nagle_algorithm", True)
        yield


@pytest.fixture
def study(db):
    """The bundled study, open."""
    return bundled_study()
