"""A study opens only when it can be run, and every change of its state is recorded."""

import pytest

from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from survey.models import Study
from survey.services import states
from survey.services.studies import add_instrument, standard_definition

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(study):
    Study.objects.filter(pk=study.pk).update(state=Study.State.DRAFT, opened_at=None)
    study.refresh_from_db()
    return study


def test_a_study_goes_through_its_states_and_keeps_its_days(draft, researcher):
    opened = states.open_study(study=draft, actor=researcher)
    first_day = opened.opened_at
    states.pause_study(study=draft, actor=researcher)
    states.reopen(study=draft, actor=researcher)
    closed = states.close_study(study=draft, actor=researcher)
    assert closed.closed_at
    again = states.reopen(study=draft, actor=researcher)

    assert (again.state, again.closed_at, again.opened_at) == ("open", None, first_day)
    verbs = AuditEvent.objects.filter(actor=researcher).order_by("pk")
    assert [event.verb for event in verbs] == [
        "study.opened",
        "study.paused",
        "study.reopened",
        "study.closed",
        "study.reopened",
    ]


def test_a_fatal_finding_keeps_a_study_shut_and_is_said_in_words(draft):
    add_instrument(study=draft, definition=standard_definition(mix={"same": 7}))

    with pytest.raises(BadInput, match="served in one relation only"):
        states.open_study(study=draft)

    draft.refresh_from_db()
    assert (draft.state, draft.opened_at) == ("draft", None)


@pytest.mark.parametrize("change", [states.pause_study, states.close_study, states.reopen])
def test_a_draft_can_only_be_opened(draft, change):
    with pytest.raises(BadInput, match="Found: 'draft'"):
        change(study=draft)


def test_opening_twice_is_refused(study):
    with pytest.raises(BadInput, match="cannot be opened now"):
        states.open_study(study=study)


def test_after_its_key_is_destroyed_a_study_stays_closed(study):
    states.close_study(study=study)
    Study.objects.filter(pk=study.pk).update(key_destroyed_at=study.created_at)

    with pytest.raises(BadInput, match="key to the pseudonyms"):
        states.reopen(study=study)


def test_an_imported_study_has_no_states(study):
    Study.objects.filter(pk=study.pk).update(origin=Study.Origin.IMPORTED)

    with pytest.raises(BadInput, match="collects answers here"):
        states.pause_study(study=study)


def test_each_state_offers_what_leads_on(study):
    names = {}
    for state in Study.State.values:
        study.state = state
        names[state] = [change.name for change in states.possible_changes(study)]

    assert names == {
        "draft": ["open"],
        "open": ["pause", "close"],
        "paused": ["close", "reopen"],
        "closed": ["reopen"],
    }
