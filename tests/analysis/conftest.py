"""Reports that are built once for all tests that only look at them."""

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


@pytest.fixture(scope="session")
def built_on_people(django_db_setup, django_db_blocker, tmp_path_factory):
    return results_cast.built_once(tmp_path_factory, django_db_blocker, "human")


@pytest.fixture
def people_report(db, built_on_people, settings):
    """A report on the people of the study `etiquette`, row and files; nobody's answers."""
    return results_cast.put_report(built_on_people, settings.PACT_HOME)
