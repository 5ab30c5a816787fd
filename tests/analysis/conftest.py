"""One report for all tests of results pages."""

import pytest

from tests.analysis import results_cast


@pytest.fixture(scope="session")
def built(django_db_setup, django_db_blocker, tmp_path_factory):
    return results_cast.built_once(tmp_path_factory, django_db_blocker)


@pytest.fixture
def stage(db, built, settings):
    """The study and its report."""
    return results_cast.put_in_place(built, settings.PACT_HOME)


@pytest.fixture
def study(stage):
    return stage[0]


@pytest.fixture
def report(stage):
    return stage[1]
