"""Coming in: nothing is taken by a GET, no id stays in a URL, nobody comes in twice."""

import pytest
from django.core import signing

from survey.models import Assignment, Cohort, Participant, ProlificIdentity, Study
from survey.services import tickets
from survey.services.keys import destroy_key
from survey.services.studies import add_instrument, standard_definition
from survey.views import cookies
from tests.survey.walking import PID, Walker, pid

pytestmark = pytest.mark.django_db


def test_the_link_leads_to_consent_without_ids_in_the_address(study):
    walker = Walker(study).enter()

    assert walker.step == "consent"
    assert "PROLIFIC_PID" not in walker.page.request["QUERY_STRING"]
    assert PID not in walker.text


def test_an_id_that_came_in_at_one_study_opens_no_other(study):
    walker = Walker(study).enter()
    kept = walker.client.cookies[cookies.ENTRY].value
    other = Study.objects.create(
        slug="another", name="Another", state=study.state, release=study.release
    )
    add_instrument(study=other, definition=standard_definition())
    stranger = Walker(other)
    stranger.client.cookies[cookies.ENTRY] = kept
    stranger.get("/s/another/consent/")

    assert stranger.step != "consent"


def test_opening_the_link_takes_no_place(study):
    for number in range(3):
        Walker(study, person=pid(number)).enter()

    assert not Participant.objects.exists()


def test_what_is_missing_and_what_is_wrong_are_told_apart(study):
    walker = Walker(study).get(f"/s/{study.slug}/id/")

    assert "Something is missing" in walker.send(pid="").text
    assert "Please look at this again" in walker.send(pid="abc").text


def test_consent_makes_the_participant_with_ids_kept_apart(study):
    Walker(study).consent()

    participant = Participant.objects.get()
    assert participant.cohort == Cohort.REAL
    assert participant.consent_at
    assert len(participant.consent_version) == 64
    assert PID not in participant.pseudonym
    identity = ProlificIdentity.objects.get()
    assert (identity.prolific_pid, identity.submission_id) == (PID, PID[::-1])


def test_ids_of_prolific_are_the_same_in_capitals(study):
    walker = Walker(study)
    walker.query |= {name: walker.query[name].upper() for name in ("PROLIFIC_PID", "SESSION_ID")}
    walker.consent()

    identity = ProlificIdentity.objects.get()
    assert (identity.prolific_pid, identity.submission_id) == (PID, PID[::-1])


def test_other_ids_keep_their_case_whichever_way_one_came(study):
    add_instrument(study=study, definition=standard_definition(identity="any"))
    Walker(study, person="Ana.B").consent()

    assert ProlificIdentity.objects.get().prolific_pid == "Ana.B"
    Walker(study).get(f"/s/{study.slug}/").send(pid="Ana.B").send(agree="1")
    assert Participant.objects.count() == 1


def test_only_the_button_that_says_so_is_consent(study):
    walker = Walker(study).enter().send()

    assert walker.step == "consent"
    assert not Participant.objects.exists()


def test_no_session_row_is_written(study):
    from django.contrib.sessions.models import Session

    walker = Walker(study).begin()

    assert not Session.objects.exists()
    assert "sessionid" not in walker.client.cookies


def test_two_tabs_that_agree_at_once_are_one_participant(study):
    walker = Walker(study).enter()
    walker.send(agree="1")
    walker.client.post(f"{walker.root}consent/", {"agree": "1"})

    assert Participant.objects.count() == 1


def test_declining_stores_nothing_and_gives_the_code_for_it(study):
    walker = Walker(study).enter().send(decline="1")

    assert walker.step == "no-thanks"
    assert "PACTNOCO" in walker.text
    assert not Participant.objects.exists()


def test_coming_back_on_another_device_continues(study):
    first = Walker(study).begin().reply()

    other = Walker(study).enter()

    assert first.step == other.step == "situation/2"
    assert Participant.objects.count() == 1


def test_somebody_else_in_the_same_browser_starts_afresh(study):
    first = Walker(study, person=pid(1)).begin()

    second = Walker(study, person=pid(2), client=first.client).enter()

    assert second.step == "consent"


def test_without_an_id_one_is_asked_for_and_checked(study):
    walker = Walker(study).get(f"/s/{study.slug}/")
    assert walker.step == "id"

    walker.send(pid="my name")
    assert "does not look like a Prolific ID" in walker.text
    assert 'value="my name"' in walker.text

    assert walker.send(pid=f" {PID.upper()} ").step == "consent"
    walker.send(agree="1")
    assert ProlificIdentity.objects.get().prolific_pid == PID


def test_a_placeholder_that_was_not_filled_in_is_no_id(study):
    assert Walker(study, person="{{%PROLIFIC_PID%}}").enter().step == "id"


@pytest.mark.parametrize(
    ("state", "status", "words"),
    [
        (Study.State.CLOSED, 403, "has ended"),
        (Study.State.PAUSED, 403, "taking a break"),
        (Study.State.DRAFT, 404, "no study here"),
    ],
)
def test_a_study_that_is_not_open_says_so(study, state, status, words):
    Study.objects.update(state=state)

    walker = Walker(study).enter()

    assert walker.page.status_code == status
    assert words in walker.text


def test_who_has_begun_may_finish_after_the_study_closed(study):
    walker = Walker(study).begin()
    Study.objects.update(state=Study.State.CLOSED)

    assert walker.enter().finish().step == "done"


@pytest.mark.parametrize("path", ["", "consent/", "id/", "about-you/", "done/", "situation/1/"])
def test_an_unknown_study_gets_a_friendly_page(client, db, path):
    response = client.get(f"/s/nowhere/{path}")

    assert response.status_code == 404
    assert "no study here" in response.content.decode()


def test_an_imported_study_has_no_participants_pages(study, client):
    Study.objects.update(origin=Study.Origin.IMPORTED)

    assert client.get(f"/s/{study.slug}/").status_code == 404


def test_a_page_without_a_place_leads_back_to_the_start(study):
    assert Walker(study).get(f"/s/{study.slug}/situation/3/").step == "id"


def test_a_preview_ticket_marks_every_page_and_the_participant(study):
    ticket = tickets.make_ticket(study, Cohort.PREVIEW)
    walker = Walker(study).get(f"/s/{study.slug}/", {"ticket": ticket})
    assert "PREVIEW" in walker.text

    walker.send(agree="1").about()

    assert "PREVIEW" in walker.text
    assert Participant.objects.get().cohort == Cohort.PREVIEW
    assert set(Assignment.objects.values_list("cohort", flat=True)) == {"preview"}


def test_no_preview_starts_once_the_key_is_destroyed(study):
    ticket = tickets.make_ticket(study, Cohort.PREVIEW)
    walker = Walker(study, ticket=ticket).enter()
    Study.objects.update(state=Study.State.CLOSED)
    destroy_key(study=study, typed=study.slug)

    assert "has ended" in walker.send(agree="1").text
    assert "has ended" in Walker(study, ticket=ticket).enter().text
    assert not Participant.objects.exists()


def test_a_rehearsal_says_simulated(study):
    ticket = tickets.make_ticket(study, Cohort.REHEARSAL)
    walker = Walker(study, ticket=ticket).begin()

    assert "SIMULATED" in walker.text
    assert Participant.objects.get().cohort == Cohort.REHEARSAL


def test_real_pages_carry_no_such_mark(study):
    walker = Walker(study).begin()

    assert "SIMULATED" not in walker.text
    assert "PREVIEW" not in walker.text


def forged(study):
    return signing.dumps({"study": study.slug, "cohort": "rehearsal"}, salt="guessed")


def for_another_study(study):
    other = Study(slug="other")
    return tickets.make_ticket(other, Cohort.REHEARSAL)


@pytest.mark.parametrize("make", [forged, for_another_study, lambda study: "rehearsal"])
def test_outsiders_cannot_make_a_ticket(study, make):
    walker = Walker(study, ticket=make(study)).enter()

    assert walker.page.status_code == 404
    assert not Participant.objects.exists()


def test_cookies_cannot_be_forged(study):
    walker = Walker(study).begin()
    place = walker.client.cookies[cookies.PLACE]
    key = Participant.objects.get().key
    place.set(cookies.PLACE, key, key)  # without the signature

    assert walker.get(f"/s/{study.slug}/situation/1/").step == "consent"


def test_no_page_may_be_stored(study):
    walker = Walker(study).begin()

    assert "no-store" in walker.page.headers["Cache-Control"]
