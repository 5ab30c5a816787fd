"""Polling: by hand, as a job, and again after it broke off. Nothing is ever written to Prolific."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from pact_site.base.errors import BadInput
from pact_site.base.models import Job, State
from pact_site.base.services import jobs
from survey.models import ProlificEvent, ProlificSubmission, Study
from survey.prolific.client import Unreachable
from survey.prolific.fake.running import TOKEN
from survey.prolific.polling import due, poll, queue_polls
from survey.tasks import poll_prolific

pytestmark = pytest.mark.django_db


@pytest.fixture
def connected(settings, prolific):
    """The site's own settings name the fake."""
    settings.PACT_PROLIFIC_TOKEN = TOKEN
    settings.PACT_PROLIFIC_URL = prolific.url


def people(prolific, study, number):
    return [prolific.fake.world.reserve(study.prolific_study_id).id for _ in range(number)]


def test_a_poll_twice_changes_nothing_more(prolific, recruiting, client_of):
    people(prolific, recruiting, 3)
    client = client_of(prolific)

    assert poll(study=recruiting, client=client).changed == 3
    assert poll(study=recruiting, client=client).changed == 0
    assert prolific.fake.world.writes == []


def test_ours_that_prolific_does_not_list_are_counted(prolific, recruiting, client_of):
    ProlificSubmission.objects.create(study=recruiting, submission_id="0" * 24, source="file")

    assert poll(study=recruiting, client=client_of(prolific)).missing == 1


def test_webhooks_that_came_too_early_are_made_up_for_and_others_counted(
    prolific, recruiting, client_of
):
    (known,) = people(prolific, recruiting, 1)
    for event_id, submission in (("e1", known), ("e2", "0" * 24)):
        ProlificEvent.objects.create(
            event_id=event_id,
            submission_id=submission,
            status="ACTIVE",
            outcome="unmatched",
            occurred_at=timezone.now(),
        )

    assert poll(study=recruiting, client=client_of(prolific)).unmatched == 1
    assert ProlificEvent.objects.get(outcome="unmatched").event_id == "e2"


def test_a_poll_that_broke_off_in_the_listing_changed_nothing_and_is_whole_the_next_time(
    prolific, recruiting, client_of
):
    people(prolific, recruiting, 45)
    weather, client = prolific.fake.weather, client_of(prolific)
    weather.of_request = lambda _method: 500 if len(seen) > 1 else seen.append(1)
    seen = []
    with pytest.raises(Unreachable):
        poll(study=recruiting, client=client)
    assert not ProlificSubmission.objects.exists()

    del weather.of_request
    assert poll(study=recruiting, client=client).listed == 45
    assert ProlificSubmission.objects.count() == 45


def test_a_study_that_prolific_does_not_know_says_what_is_missing(study, prolific, client_of):
    with pytest.raises(BadInput, match="Prolific study id"):
        poll(study=study, client=client_of(prolific))


def test_after_the_key_is_destroyed_nobody_is_fetched_again(prolific, recruiting, client_of):
    people(prolific, recruiting, 2)
    Study.objects.update(key_destroyed_at=timezone.now())
    recruiting.refresh_from_db()

    with pytest.raises(BadInput, match="key is destroyed"):
        poll(study=recruiting, client=client_of(prolific))
    assert not ProlificSubmission.objects.exists()
    assert due() == []


def test_ids_in_webhooks_about_nobody_are_forgotten_after_a_month(prolific, recruiting, client_of):
    now = timezone.now()
    for event_id, days in (("old", 31), ("new", 29)):
        event = ProlificEvent.objects.create(
            event_id=event_id, submission_id="0" * 24, outcome="unmatched", occurred_at=now
        )
        ProlificEvent.objects.filter(pk=event.pk).update(received_at=now - timedelta(days=days))
    poll(study=recruiting, client=client_of(prolific))

    assert dict(ProlificEvent.objects.values_list("event_id", "submission_id")) == {
        "old": "",
        "new": "0" * 24,
    }


@pytest.mark.parametrize(
    ("changes", "polled"),
    [
        ({}, True),
        ({"state": "paused"}, True),
        ({"state": "draft"}, False),
        ({"prolific_study_id": ""}, False),
        ({"state": "closed", "closed_at": timezone.now() - timedelta(days=5)}, True),
        ({"state": "closed", "closed_at": timezone.now() - timedelta(days=50)}, False),
    ],
)
def test_only_studies_that_may_still_change_are_due(recruiting, changes, polled):
    Study.objects.filter(pk=recruiting.pk).update(**changes)

    assert (due() == [recruiting]) == polled


def test_beat_queues_one_poll_a_study_and_a_worker_does_it(prolific, recruiting, connected):
    people(prolific, recruiting, 2)
    assert poll_prolific() == 1
    assert queue_polls() == 0  # one waits already

    jobs.run_claimed(Job.objects.filter(kind="survey.poll").claim())

    job = Job.objects.get(kind="survey.poll")
    assert job.state == State.DONE
    assert job.result == {"listed": 2, "changed": 2, "missing": 0, "unmatched": 0}
    assert queue_polls() == 1


def test_without_a_token_beat_queues_nothing(recruiting, settings):
    settings.PACT_PROLIFIC_TOKEN = ""

    assert poll_prolific() == 0
    assert not Job.objects.exists()


class TestTheCommand:
    def say(self, *arguments):
        out = io.StringIO()
        call_command("poll_prolific", *arguments, stdout=out)
        return out.getvalue()

    def test_it_says_what_it_found(self, prolific, recruiting, connected):
        people(prolific, recruiting, 21)

        assert self.say() == (
            f"{recruiting.slug}: 21 listed, 21 changed here, 0 of ours not listed, "
            "0 webhooks of nobody known\n"
        )
        assert " 0 changed here" in self.say("--study", recruiting.slug)

    def test_an_unknown_study_is_bad_input(self, connected):
        with pytest.raises(CommandError, match="no such study") as refused:
            self.say("--study", "elsewhere")
        assert refused.value.returncode == 2

    def test_without_a_token_it_says_which_setting_is_missing(self, recruiting, settings):
        settings.PACT_PROLIFIC_TOKEN = ""
        with pytest.raises(CommandError, match="PACT_PROLIFIC_TOKEN"):
            self.say()


class TestSubscribing:
    TARGET = "https://pact.example.org/prolific/webhook/"

    def say(self, *more):
        out = io.StringIO()
        call_command(
            "subscribe_prolific", "--workspace", "w" * 24, "--url", self.TARGET, *more, stdout=out
        )
        return out.getvalue()

    def test_it_prints_the_secret_and_the_subscription(self, prolific, connected):
        said = self.say("--yes", "--new-secret")

        assert f"PACT_PROLIFIC_WEBHOOK_SECRET={prolific.fake.post.secret}\n" in said
        assert prolific.fake.post.url == self.TARGET

    def test_a_no_changes_nothing(self, prolific, connected, monkeypatch):
        monkeypatch.setattr("builtins.input", lambda _question: "")
        with pytest.raises(CommandError, match="Nothing was changed"):
            self.say()
        assert not prolific.fake.hooks

    def test_nobody_there_to_ask_is_a_no(self, prolific, connected, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        with pytest.raises(CommandError, match="Nothing was changed"):
            self.say()
        assert not prolific.fake.hooks
