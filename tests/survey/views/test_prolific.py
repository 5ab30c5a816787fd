"""The Prolific pages: what is connected, what disagrees, and decisions that are asked about twice."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from pact_site.base.models import AuditEvent, Job
from pact_site.base.services import jobs
from survey.models import ExportRecord, ProlificDecision, ProlificSubmission
from survey.prolific.fake import running_fake
from survey.prolific.fake.running import TOKEN
from tests.survey.prolific import exports
from tests.survey.prolific.casting import session, submission
from tests.survey.prolific.exports import pid

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, researcher, study):
    client.force_login(researcher)
    return f"/studies/{study.slug}/prolific/"


@pytest.fixture
def connected(study, settings):
    """The study, known to a fake that the settings point to."""
    with running_fake() as running:
        settings.PACT_PROLIFIC_TOKEN, settings.PACT_PROLIFIC_URL = TOKEN, running.url
        world = running.fake.world
        study.prolific_study_id = str(world.add_study(name="SIMULATED")["id"])
        study.save()
        yield world


@pytest.fixture
def arrive(study, connected):
    def make(number, **options):
        held = connected.reserve(study.prolific_study_id, pid(number), "AWAITING REVIEW")
        session(study, number, submission_id=held.id, **options)
        told = submission(study, number, submission_id=held.id)
        return held, f"submissions/{told.pk}/"

    return make


def text(response):
    return response.content.decode()


def test_an_empty_study_says_how_to_connect(client, page):
    shown = text(client.get(page))

    assert "How to connect" in shown
    assert "PACT_PROLIFIC_TOKEN" in shown
    assert "SESSION_ID" in shown


def test_the_study_id_is_checked_and_kept(client, page, study):
    refused = client.post(page + "link/", {"prolific_study_id": "not an id"})
    assert refused.status_code == 422
    assert "24 characters" in text(refused)

    client.post(page + "link/", {"prolific_study_id": "c" * 24})

    study.refresh_from_db()
    assert study.prolific_study_id == "c" * 24
    assert AuditEvent.objects.filter(verb="prolific.linked").exists()


@pytest.mark.parametrize("typed", ["ABCDEF0123456789abcdef01", "  abcdef0123456789abcdef01 "])
def test_the_study_id_is_taken_in_any_case_and_kept_as_prolific_writes_it(
    client, page, study, typed
):
    client.post(page + "link/", {"prolific_study_id": typed})

    study.refresh_from_db()
    assert study.prolific_study_id == "abcdef0123456789abcdef01"


def work():
    """What a worker does with the jobs that wait; returns how many there were."""
    done = 0
    while job := Job.objects.all().claim():
        jobs.run_claimed(job)
        done += 1
    return done


def test_polling_is_left_to_a_worker_and_watched(client, page, study, connected):
    for number in range(23):
        connected.reserve(study.prolific_study_id, pid(number), "ACTIVE")

    assert "waits for a worker" in text(client.post(page + "poll/", follow=True))
    waiting = client.get(page + "poll/progress/")
    assert "hx-get" in text(waiting)
    assert "HX-Refresh" not in waiting
    assert ProlificSubmission.objects.count() == 0

    assert work() == 1

    assert client.get(page + "poll/progress/")["HX-Refresh"] == "true"
    assert "23 submissions, 23 new or changed" in text(client.get(page))
    assert ProlificSubmission.objects.count() == 23


def test_a_double_click_polls_once(client, page, connected):
    client.post(page + "poll/")
    client.post(page + "poll/")

    assert work() == 1


def test_polling_without_a_token_says_so_and_is_not_tried_again(client, page, connected, settings):
    settings.PACT_PROLIFIC_TOKEN = ""
    client.post(page + "poll/")

    assert work() == 1

    shown = text(client.get(page))
    assert "The last poll failed" in shown
    assert "set PACT_PROLIFIC_TOKEN" in shown


def test_without_an_id_there_is_nothing_to_poll(client, page):
    assert "has no Prolific study id" in text(client.post(page + "poll/", follow=True))
    assert not Job.objects.exists()


def upload(client, page, tmp_path, rows):
    content = exports.write(tmp_path / "export.csv", rows).read_bytes()
    return client.post(
        page + "export/", {"file": SimpleUploadedFile("export.csv", content)}, follow=True
    )


def test_an_export_is_uploaded_and_told_in_counts(client, page, tmp_path):
    shown = text(upload(client, page, tmp_path, exports.people(3)))

    assert "3 rows: new 3" in shown
    assert "at Prolific, not here: 3" in shown


def test_a_bad_export_is_explained_beside_its_field(client, page, tmp_path):
    rows = exports.people(2, **{"Participant id": "nobody"})

    response = upload(client, page, tmp_path, rows)

    assert response.status_code == 422
    assert "row 2, column participant_id" in text(response)


def test_the_ledger_is_filtered(client, page, study):
    for number in range(3):
        session(study, number)
        submission(study, number, "APPROVED" if number else "AWAITING REVIEW")
    submission(study, 7)

    def lines(query):
        return len(client.get(page + query).context["lines"].object_list)

    assert lines("") == 4
    assert lines("?show=discrepancies") == 1
    assert lines("?show=awaiting") == 2
    assert lines("?kind=only_there") == 1
    assert lines("?action=nothing") == 2
    assert lines("?action=nonsense") == 4


def rows_of(response):
    return list(csv.DictReader(io.StringIO(text(response))))


def test_the_file_has_pseudonyms_only(client, page, study):
    person = session(study, 1)
    told = submission(study, 1, code="=cmd|' /C calc'!A0")

    response = client.post(page + "ledger.csv")

    (row,) = rows_of(response)
    assert row["pseudonym"] == person.pseudonym
    assert row["code_given"].startswith("'=")
    assert told.submission_id not in text(response)
    assert told.prolific_pid not in text(response)
    assert ExportRecord.objects.get().participants == [person.pseudonym]


def test_ids_are_given_only_when_asked_for_and_that_is_noted(client, page, study, researcher):
    session(study, 1)
    told = submission(study, 1)

    (row,) = rows_of(client.post(page + "ledger.csv", {"ids": "1"}))

    assert (row["submission_id"], row["participant_id"]) == (told.submission_id, told.prolific_pid)
    assert AuditEvent.objects.get(verb="prolific.ledger_with_ids").actor == researcher


def test_a_rehearsals_ledger_is_marked_simulated(client, page, study):
    session(study, 1, cohort="rehearsal")

    assert "SIMULATED" in text(client.get(page))
    assert "SIMULATED" in client.post(page + "ledger.csv")["Content-Disposition"]


def confirm(client, page, **extra):
    shown = client.get(page + "confirm/")
    seals = [seal for _entry, _row, seal in shown.context["waiting"]]
    return shown, client.post(page + "confirm/", {"seal": seals} | extra, follow=True)


def test_approving_everything_asks_first_and_then_does_it(client, page, arrive, connected):
    for number in range(3):
        arrive(number)
    arrive(8, failed=2)

    client.post(page + "approve/")
    assert connected.writes == []

    shown, sent = confirm(client, page, sure="1")

    assert "about 3 people, and cannot be undone" in text(shown)
    assert "3 submissions are approved" in text(shown)
    assert "Sent to Prolific: 3." in text(sent)
    assert [action for action, _ in connected.writes] == ["APPROVE"] * 3


def test_nothing_is_sent_without_the_tick(client, page, arrive, connected):
    arrive(1)
    client.post(page + "approve/")

    _shown, answer = confirm(client, page)

    assert "Tick this to send." in text(answer)
    assert connected.writes == []


def test_a_second_tab_sends_nothing_twice(client, page, arrive, connected):
    arrive(1)
    client.post(page + "approve/")
    seals = [seal for *_, seal in client.get(page + "confirm/").context["waiting"]]
    body = {"seal": seals, "sure": "1"}
    client.post(page + "confirm/", body)

    again = client.post(page + "confirm/", body, follow=True)

    assert "Left alone: 1" in text(again)
    assert len(connected.writes) == 1


def test_a_rejection_shows_its_evidence_and_takes_an_edited_message(
    client, page, arrive, connected
):
    held, address = arrive(1, failed=2)
    shown = text(client.get(page + address))
    assert "FAILED_CHECK" in shown
    assert "2 of 3 were failed" in shown

    message = "Dear participant, two of the three questions that say which answer to give were answered otherwise, so we cannot use it."
    form = {"action": "REJECT", "category": "FAILED_CHECK", "message": message}
    client.post(page + address, form)
    confirm(client, page, sure="1")

    assert (held.status, held.message) == ("REJECTED", message)


def test_what_the_rules_do_not_support_is_refused_with_the_missing_rule(
    client, page, arrive, connected
):
    _held, address = arrive(1, failed=1)
    shown = text(client.get(page + address))
    assert "it takes 2 failed attention checks to reject" in shown

    form = {"action": "REJECT", "category": "FAILED_CHECK", "message": "So sorry. " * 20}
    response = client.post(page + address, form)

    assert response.status_code == 422
    assert "do not support this" in text(response)
    assert not ProlificDecision.objects.exists()


def test_a_short_message_comes_back_as_it_was_typed(client, page, arrive):
    _held, address = arrive(1, failed=2)

    form = {"action": "REJECT", "category": "FAILED_CHECK", "message": "Too bad."}
    response = client.post(page + address, form)

    assert response.status_code == 422
    assert "at least 100 characters" in text(response)
    assert "Too bad." in text(response)


def test_a_failed_decision_stays_with_its_reason(client, page, arrive, connected):
    held, address = arrive(1)
    client.post(page + address, {"action": "APPROVE"})
    held.status = "ACTIVE"

    _shown, answer = confirm(client, page, sure="1")

    assert "Failed: 1." in text(answer)
    assert "cannot be moved" in text(client.get(page + "confirm/"))


def test_a_draft_can_be_dropped(client, page, arrive):
    _held, address = arrive(1)
    client.post(page + address, {"action": "APPROVE"})
    row = ProlificDecision.objects.get()

    client.post(f"{page}drafts/{row.pk}/discard/")

    assert not ProlificDecision.objects.exists()
    assert "Nothing waits to be sent" in text(client.get(page + "confirm/"))


def test_an_unknown_submission_is_not_found(client, page):
    assert client.get(page + "submissions/999/").status_code == 404


@pytest.mark.parametrize("part", ["", "confirm/", "submissions/1/"])
def test_annotators_see_nothing_of_it(client, annotator, study, part):
    client.force_login(annotator)

    answer = client.get(reverse("survey:study_prolific", args=[study.slug]) + part)
    assert answer.status_code == 403
