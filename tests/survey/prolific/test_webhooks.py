"""Webhooks: signed, once, in the order of their times; and what a poll makes up for."""

import json
import logging
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.utils import timezone

from survey.models import (
    Exclusion,
    Participant,
    ProlificEvent,
    ProlificIdentity,
    ProlificSubmission,
    Study,
)
from survey.prolific.applying import apply_status
from survey.prolific.fake import make_fake, running_fake
from survey.prolific.polling import poll
from survey.prolific.webhooks import signature
from survey.prolific.wire import Submission
from tests.survey.prolific import loopback
from tests.survey.services.test_assignment import answer_all, arrive
from tests.survey.walking import Walker, pid

URL = "/prolific/webhook/"
SECRET = "of a test"
NOW = timezone.now()


@pytest.fixture(autouse=True)
def secret(settings):
    settings.PACT_PROLIFIC_WEBHOOK_SECRET = SECRET


def begin(study, number=1, submission="b" * 24):
    """A participant who came with this submission."""
    person = arrive(study, number)
    ProlificIdentity.objects.filter(participant=person).update(submission_id=submission)
    return person


def deliver(client, *, status="RETURNED", submission="b" * 24, event="e1", at=None, **changes):
    stamp = f"{at if at is not None else time.time():.3f}"
    told = {"event_type": "submission.status.change", "resource_id": submission, "status": status}
    body = json.dumps(told | changes.pop("told", {})).encode()
    headers = {
        "X-Prolific-Request-Timestamp": stamp,
        "X-Prolific-Request-Signature": signature(SECRET, stamp, body),
        "X-Event-ID": event,
    } | changes.pop("headers", {})
    sent = changes.pop("body", body)
    return client.post(URL, sent, content_type="application/json", headers=headers)


def _power_cut(**_):
    raise KeyboardInterrupt


@pytest.mark.django_db
class TestTheDoor:
    def test_a_good_delivery_is_applied(self, client, study):
        person = begin(study)

        assert deliver(client).json() == {"outcome": "applied"}
        person.refresh_from_db()
        assert person.state == Participant.State.RETURNED
        assert not person.assignments.holding().exists()

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"headers": {"X-Prolific-Request-Signature": "AAAA"}}, 403),
            ({"headers": {"X-Prolific-Request-Signature": ""}}, 403),
            ({"headers": {"X-Prolific-Request-Signature": "ünïcode"}}, 403),
            ({"body": b'{"tampered": true}'}, 403),
            ({"at": time.time() - 366 * 86400}, 403),
            ({"at": time.time() + 3600}, 403),
            ({"headers": {"X-Event-ID": ""}}, 400),
            ({"headers": {"X-Event-ID": "x" * 101}}, 400),
        ],
    )
    def test_anything_else_is_refused_and_changes_nothing(self, client, study, changes, status):
        begin(study)

        assert deliver(client, **changes).status_code == status
        assert not ProlificEvent.objects.exists()
        assert not ProlificSubmission.objects.exists()

    @pytest.mark.parametrize("body", [b"[1, 2]", b"[" * 60_000])
    def test_what_is_signed_but_no_object_is_refused(self, client, db, body):
        stamp = f"{time.time()}"
        headers = {
            "X-Prolific-Request-Timestamp": stamp,
            "X-Prolific-Request-Signature": signature(SECRET, stamp, body),
            "X-Event-ID": "e",
        }

        assert (
            client.post(URL, body, content_type="application/json", headers=headers).status_code
            == 400
        )

    def test_a_large_body_is_refused(self, client, db):
        assert deliver(client, told={"more": "x" * 70_000}).status_code == 413

    def test_without_a_secret_nothing_is_taken(self, client, db, settings):
        settings.PACT_PROLIFIC_WEBHOOK_SECRET = ""

        assert deliver(client).status_code == 403

    def test_the_log_names_the_reason_and_nobody(self, client, study, caplog):
        begin(study)
        with caplog.at_level(logging.WARNING, "pact.prolific"):
            deliver(client, headers={"X-Prolific-Request-Signature": "AAAA"})

        assert "signature" in caplog.text
        assert "b" * 24 not in caplog.text

    def test_it_cannot_be_read(self, client, db):
        assert client.get(URL).status_code == 405


@pytest.mark.django_db
class TestOrderAndRepetition:
    def test_the_same_event_twice_is_taken_once(self, client, study):
        begin(study)

        assert deliver(client).json() == {"outcome": "applied"}
        assert deliver(client).json() == {"outcome": "duplicate"}
        assert ProlificEvent.objects.count() == 1

    def test_older_news_changes_nothing(self, client, study):
        begin(study)
        now = time.time()
        deliver(client, status="APPROVED", at=now, event="late")

        assert deliver(client, status="AWAITING REVIEW", at=now - 60, event="early").json() == {
            "outcome": "stale"
        }
        assert ProlificSubmission.objects.get().status == "APPROVED"

    def test_a_late_delivery_counts_from_when_its_event_was_sent(self, client, study):
        """A delivery that is tried again is signed again; the event's own time stays."""
        begin(study)
        now = int(time.time())
        deliver(client, status="APPROVED", at=now - 30, event="e2")

        late = {"headers": {"X-Timestamp": str(now - 3600)}}
        assert deliver(client, status="ACTIVE", at=now, event="e1", **late).json() == {
            "outcome": "stale"
        }
        assert ProlificSubmission.objects.get().status == "APPROVED"

    def test_the_unsigned_time_cannot_make_an_event_newer(self, client, study):
        begin(study)
        now = int(time.time())
        deliver(client, at=now - 60, headers={"X-Timestamp": str(now + 10**6)})

        assert ProlificEvent.objects.get().occurred_at.timestamp() == now - 60

    @pytest.mark.parametrize("sent", ["", "soon", "nan", "1e300"])
    def test_an_unreadable_second_time_leaves_the_signed_one(self, client, study, sent):
        begin(study)
        now = int(time.time())
        deliver(client, at=now, headers={"X-Timestamp": sent})

        assert ProlificEvent.objects.get().occurred_at.timestamp() == now

    @pytest.mark.parametrize("turn", [1, -1])
    @pytest.mark.parametrize(
        "way",
        [
            ["RESERVED", "ACTIVE", "AWAITING REVIEW", "APPROVED"],
            ["ACTIVE", "TIMED-OUT", "AWAITING REVIEW"],
            ["AWAITING REVIEW", "REJECTED", "APPROVED"],
            ["ACTIVE", "RETURNED"],
        ],
    )
    def test_events_of_one_second_end_the_same_in_every_order(self, client, study, way, turn):
        begin(study)
        now = int(time.time())
        for number, status in enumerate(way[::turn]):
            deliver(client, status=status, at=now, event=f"e{number}")

        assert ProlificSubmission.objects.get().status == way[-1]

    def test_a_delivery_that_broke_off_half_way_is_taken_when_it_comes_again(
        self, client, study, monkeypatch
    ):
        person = begin(study)
        with monkeypatch.context() as broken:
            broken.setattr("survey.prolific.applying.assignment.release", _power_cut)
            with pytest.raises(KeyboardInterrupt):
                deliver(client)
        assert not ProlificEvent.objects.exists()
        assert not ProlificSubmission.objects.exists()

        assert deliver(client).json() == {"outcome": "applied"}
        person.refresh_from_db()
        assert person.state == Participant.State.RETURNED

    def test_news_of_an_unknown_submission_waits_for_a_poll(self, client, db):
        assert deliver(client, submission="c" * 24).json() == {"outcome": "unmatched"}

    def test_after_the_key_is_destroyed_nobody_is_stored_again(self, client, study):
        begin(study)
        Study.objects.update(key_destroyed_at=NOW)

        assert deliver(client).json() == {"outcome": "unmatched"}
        assert not ProlificSubmission.objects.exists()

    def test_other_events_are_kept_and_ignored(self, client, study):
        begin(study)

        assert deliver(client, told={"event_type": "study.status.change"}).json() == {
            "outcome": "ignored"
        }
        assert not ProlificSubmission.objects.exists()

    def test_an_unknown_status_is_said_to_be_unknown(self, client, study):
        begin(study)
        deliver(client, status="ENCHANTED")

        assert ProlificSubmission.objects.get().status == "UNKNOWN"


@pytest.mark.django_db
class TestWhatAStatusMeans:
    def say(self, study, status, minutes=0):
        return apply_status(
            study=study,
            submission=Submission("b" * 24, "", status),
            at=NOW + timedelta(minutes=minutes),
            source="poll",
        )

    @pytest.mark.parametrize(
        ("status", "state"),
        [("RETURNED", "returned"), ("TIMED-OUT", "timed_out"), ("REJECTED", "returned")],
    )
    def test_who_gave_up_frees_the_places(self, study, status, state):
        person = begin(study)
        self.say(study, status)

        person.refresh_from_db()
        assert person.state == state
        assert not person.assignments.holding().exists()

    @pytest.mark.parametrize("status", ["ACTIVE", "AWAITING REVIEW", "APPROVED", "RESERVED"])
    def test_who_goes_on_keeps_them(self, study, status):
        person = begin(study)
        self.say(study, status)

        assert person.assignments.holding().count() == 7

    def test_who_returned_after_completing_is_held_back_until_a_person_decides(self, study):
        person = begin(study)
        answer_all(person)
        self.say(study, "RETURNED")

        exclusion = Exclusion.objects.get(participant=person)
        assert exclusion.rule == "returned"
        person.refresh_from_db()
        assert person.state == "completed"
        assert not Participant.objects.analysed().exists()

    def test_a_decision_about_it_is_not_undone_by_the_next_poll(self, study):
        answer_all(begin(study))
        self.say(study, "RETURNED")
        Exclusion.objects.update(reversed_at=timezone.now())
        self.say(study, "RETURNED", minutes=5)

        assert Exclusion.objects.filter(reversed_at__isnull=True).count() == 0

    def test_who_returned_and_answers_all_the_same_is_taken_back(self, study):
        walker = Walker(study, pid(5), SESSION_ID="b" * 24).begin()
        self.say(study, "RETURNED")

        assert walker.reply().step == "situation/2"
        assert Participant.objects.get().state == "consented"


MOVES = [("finish", {"code": "PACTDONE"}), ("return", {}), ("time_out", {})]


def live(running, study, act):
    """Nine people take a place and finish, return or time out; some are decided on."""
    ids = [act("submissions", study=study.prolific_study_id)["id"] for _ in range(9)]
    for number, one in enumerate(ids):
        begin(study, number + 1, one)
    for number, one in enumerate(ids):
        move, told = MOVES[number % 3]
        act(f"submissions/{one}/{move}", **told)
    act("flush")
    return ids


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "faults",
    [set(), {"duplicate"}, {"disorder"}, {"missing"}, {"duplicate", "disorder", "missing"}],
    ids=lambda faults: "+".join(sorted(faults)) or "fine weather",
)
def test_every_weather_ends_in_the_same_rows_after_a_poll(live_server, study, client_of, faults):
    fake = make_fake(webhook=live_server.url + URL, secret=SECRET, faults=faults)
    with running_fake(fake) as running:
        study.prolific_study_id = str(fake.world.add_study(name="SIMULATED")["id"])
        study.save()
        ids = live(running, study, _actor(running))
        report = poll(study=study, client=client_of(running))

    statuses = dict(ProlificSubmission.objects.values_list("submission_id", "status"))
    assert statuses == {one: fake.world.submission(one).status for one in ids}
    states = dict(Participant.objects.values_list("prolific__submission_id", "state"))
    expected = ["consented", "returned", "timed_out"]
    assert states == {one: expected[number % 3] for number, one in enumerate(ids)}
    assert (report.listed, report.missing) == (9, 0)
    assert not ProlificEvent.objects.filter(outcome="unmatched").exists()
    assert (report.changed > 0) == ("missing" in faults)


def _actor(running):
    def post(path, **told):
        answer = loopback.post(f"{running.people_url}/{path}", json=told)
        answer.raise_for_status()
        return answer.json()

    return post


@pytest.mark.django_db(transaction=True)
def test_one_event_delivered_many_times_at_once_is_taken_once(live_server, study):
    person = begin(study)
    stamp = str(int(time.time()))
    told = {"event_type": "submission.status.change", "resource_id": "b" * 24, "status": "RETURNED"}
    body = json.dumps(told).encode()
    headers = {
        "X-Prolific-Request-Timestamp": stamp,
        "X-Prolific-Request-Signature": signature(SECRET, stamp, body),
        "X-Event-ID": "e1",
    }

    def send(_):
        return loopback.post(live_server.url + URL, content=body, headers=headers).json()

    with ThreadPoolExecutor(8) as pool:
        outcomes = Counter(answer["outcome"] for answer in pool.map(send, range(16)))
    assert outcomes == {"applied": 1, "duplicate": 15}
    assert ProlificSubmission.objects.count() == 1
    person.refresh_from_db()
    assert person.state == Participant.State.RETURNED
