"""Participants' pages one after the other, inner ones and wrong ones: axe, widths, weight.

`test_participant.py` walks the way as people do. Here every page is drawn once by Django's client,
which is quick, and the browser only looks: on a phone in the dark and on a desk in the light, from
the right to the left at every other.
"""

import gzip
import re

import pytest
from django.test import Client

from survey.models import Participant
from survey.services.studies import add_instrument, load_study
from tests.pact_site.test_failing import fails
from tests.survey.walking import Walker, pid

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

HEAVIEST = 60_000
"""Bytes of a cold first visit, compressed, styles and script included."""

LOOKS = ((390, "dark", "ltr"), (1280, "light", "rtl"), (390, "light", "rtl"), (1280, "dark", "ltr"))


@pytest.fixture
def study(db):
    return load_study().study


@pytest.fixture
def drawn(study):
    """Every page by its name: of the way, of its ends, and of what can go wrong."""
    pages = {}

    def keep(name, walker):
        pages[name] = walker.text
        return walker
    return pages
