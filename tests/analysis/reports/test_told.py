"""What participants read: the version they saw, not the newest one."""

import pytest

from analysis.frames.instruments import told_of
from analysis.reports.told import told_section
from survey.models import Participant
from survey.services.studies import add_instrument, standard_definition
from tests.analysis import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return cast.make_study(per_country=2, scenarios=1)


def version(study, heading):
    changed = {"instructions": [{"heading": heading, "text": "Read <b>slowly</b>.\u202e"}]}
    return add_instrument(study=study, definition=standard_definition(**changed))


def test_the_version_that_most_of_them_saw_is_shown_with_how_many(study):
    first, second = version(study, "First"), version(study, "Second")
    version(study, "Nobody saw this")
    people = list(Participant.objects.order_by("pk").values_list("pk", flat=True))
    Participant.objects.filter(pk__in=people[:4]).update(instrument=first)
    Participant.objects.filter(pk__in=people[4:]).update(instrument=second)
    told = told_of(study, "real")
    assert (told.number, told.people, told.of) == (1, 4, 6)
    (table,) = told_section(told).tables
    assert table.rows[0] == ("instructions", "First", "Read <b>slowly</b>.")
    parts = [row[0] for row in table.rows]
    assert parts.count("question") == 2
    assert "[country]" in next(row[2] for row in table.rows if row[:2] == ("question", "norm"))
    assert "4 of 6 people who count saw it" in table.note


def test_who_did_not_count_and_imported_people_saw_nothing_that_is_known(study):
    assert told_of(study, "real") is None
    assert told_section(None) is None
    one = version(study, "Seen")
    Participant.objects.update(instrument=one, state="returned")
    assert told_of(study, "real") is None
