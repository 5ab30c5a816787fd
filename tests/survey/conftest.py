"""Studies and people for the survey's tests."""

import pytest

from tests.survey.bundled import bundled_study


@pytest.fixture
def study(db):
    """The bundled study, open."""
    return bundled_study()
