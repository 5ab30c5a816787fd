"""A rehearsal in which people come from the fake Prolific, in the worst of weather."""

from collections import Counter

import pytest

from pact_site.base.errors import BadInput
from survey.models import Exclusion, Participant, ProlificEvent, ProlificSubmission
from survey.prolific.fake import make_fake, running_fake
from survey.prolific.polling import poll
from survey.services.rehearsal import rehearse
from survey.services.simulated_people import make_guests
from survey.services.simulated_recruiter import ending

SECRET = "of a test"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_people_come_from_the_fake_and_both_sides_agree_after_a_poll(
    live_server, study, settings, client_of
):
    settings.PACT_PROLIFIC_WEBHOOK_SECRET = SECRET
    fake = make_fake(
        webhook=f"{live_server.url}/prolific/webhook/",
        secret=SECRET,
        faults={"duplicate", "disorder", "missing"},
    )
    with running_fake(fake) as running:
        study.prolific_study_id = str(fake.world.add_study(name="SIMULATED")["id"])
        study.save()
        outcome = rehearse(
            study=study, n=14, seed=3, dropout=0.4, concurrency=4,
            url=live_server.url, prolific=running.url,
        )  # fmt: skip
        report = poll(study=study, client=client_of(running))

    assert outcome.answers_lost == outcome.duplicates == outcome.cells_over_target == 0
    there = {held.id: held.status for held in fake.world.submissions.values()}
    assert dict(ProlificSubmission.objects.values_list("submission_id", "status")) == there
    assert (report.listed, report.missing, report.unmatched) == (14, 0, 0)
    assert not ProlificEvent.objects.filter(outcome="unmatched").exists()
    _every_state_fits(there)


def _every_state_fits(there):
    for person in Participant.objects.select_related("prolific"):
        status = there[person.prolific.submission_id]
        held_back = Exclusion.objects.filter(participant=person, rule="returned").exists()
        if person.state == "completed":
            assert held_back == (status == "RETURNED")
        else:
            assert person.state == {"RETURNED": "returned", "TIMED-OUT": "timed_out"}[status]


@pytest.mark.django_db
def test_a_study_without_an_id_there_is_told_so(study):
    with pytest.raises(BadInput, match="no id at Prolific"):
        rehearse(study=study, n=1, seed=1, prolific="http://127.0.0.1:1")


def guests(**options):
    chosen = {"n": 500, "seed": 1, "countries": ("BR",), "dropout": 0.0, "pages": 10} | options
    return make_guests(**chosen)


def test_most_who_finish_hand_in_the_code_they_were_shown():
    moves = [ending(guest, "CODE1234") for guest in guests()]

    codes = Counter(told.get("code") for _, told in moves)
    assert codes["CODE1234"] > 400
    assert codes["WRONG000"] > 0
    assert {move for move, _ in moves} == {"finish", "return", "time_out"}
    assert moves == [ending(guest, "CODE1234") for guest in guests()]


def test_who_left_and_comes_back_runs_out_of_time_first_and_then_finishes():
    late = [guest for guest in guests(dropout=1.0) if guest.comes_back]

    assert {ending(guest, "")[0] for guest in late} == {"time_out"}
    assert {ending(guest, "CODE1234")[1]["code"] for guest in late} == {"CODE1234"}
