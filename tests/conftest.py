"""The cast and the tools every test may use."""

from pathlib import Path

import pytest

from pact_site.base.models import Role, User

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path):
    """Each test writes below a folder of its own."""
    settings.PACT_HOME = tmp_path / "home"
    settings.PACT_SHARDS = str(tmp_path / "home" / "shards")
    settings.PACT_HOME.mkdir()


@pytest.fixture
def researcher(db):
    return User.objects.create_user("rita", "rita@example.org", "a-long-pass-phrase", role=Role.RESEARCHER)


@pytest.fixture
def annotator(db):
    return User.objects.create_user("anna", "anna@example.org", "a-long-pass-phrase", role=Role.ANNOTATOR)


@pytest.fixture
def administrator(db):
    return User.objects.create_user("ada", "ada@example.org", "a-long-pass-phrase", role=Role.ADMINISTRATOR)


@pytest.fixture
def normad_file():
    """The real NormAd-ETI file, where the maintainers keep it; never part of a clone."""
    path = SHARED / "data" / "normad_eti_v1_core.csv"
    if not path.exists():
        pytest.skip("The real NormAd-ETI file is not on this machine (it is never part of a clone).")
    return path
