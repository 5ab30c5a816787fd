"""Studies and people for the survey's tests."""

import pytest

from survey.services.studies import load_study


@pytest.fixture
def study(db):
    """The bundled study, open."""
    return load_study().study
