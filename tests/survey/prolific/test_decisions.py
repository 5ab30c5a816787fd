"""Decisions against the fake over HTTP: asked for, sent once, and never more than the rules allow."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from survey.models import ProlificDecision, ProlificSubmission
from survey.prolific import decisions
from survey.prolific.drafting import draft as words
from survey.prolific.ledger import ledger
from survey.prolific.rules import Action
from survey.prolific.wire import Category
from tests.survey.prolific.casting import session, submission
from tests.survey.prolific.exports import pid

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(prolific):
    return prolific.fake.world


@pytest.fixture
def arrive(recruiting, world):
    """The n-th person completes here and waits for review there, with `failed` checks."""

    def make(number, failed=0):
        held = world.reserve(recruiting.prolific_study_id, pid(number), "AWAITING REVIEW")
        session(recruiting, number, failed=failed, submission_id=held.id)
        submission(recruiting, number, submission_id=held.id)
        return held

    return make


@pytest.fixture
def desk(recruiting, prolific, client_of, researcher):
    return Desk(recruiting, client_of(prolific), researcher)


class Desk:
    """A researcher who drafts and sends."""

    def __init__(self, study, client, actor):
        self.study, self.client, self.actor = study, client, actor

    def entry(self, held):
        return next(e for e in ledger(self.study, "real") if e.submission_id == held.id)

    def draft(self, held, action, category="", **changes):
        entry = self.entry(held)
        message = words(entry.evidence, action, Category(category) if category else None)
        told = {"category": category, "message": message, "actor": self.actor} | changes
        return decisions.draft(study=self.study, entry=entry, action=action, **told)

    def send(self, *rows, client=None):
        seals = [decisions.seal(row) for row in rows]
        return decisions.send(
            study=self.study,
            cohort="real",
            seals=seals,
            client=client or self.client,
            actor=self.actor,
        )


def test_an_approval_reaches_prolific_and_is_kept(arrive, desk, world):
    held = arrive(1)

    report = desk.send(desk.draft(held, Action.APPROVE))

    assert (report.sent, report.failed, report.left) == (1, 0, 0)
    assert world.writes == [("APPROVE", held.id)]
    row = ProlificDecision.objects.get()
    assert (row.state, row.decided_by, row.error) == ("sent", desk.actor, "")
    assert row.sent_at is not None
    assert ProlificSubmission.objects.get().status == "APPROVED"


def test_a_rejection_takes_its_message_and_category_along(arrive, desk, world):
    held = arrive(1, failed=2)

    desk.send(desk.draft(held, Action.REJECT, "FAILED_CHECK"))

    assert (held.status, held.category) == ("REJECTED", "FAILED_CHECK")
    assert "2 of 3" in held.message
    assert ProlificDecision.objects.get().evidence["because"].startswith("Attention checks failed")


def test_somebody_is_asked_to_return(arrive, desk, world):
    held = arrive(1, failed=1)

    desk.send(desk.draft(held, Action.RETURN))

    assert held.return_requested
    assert held.status == "AWAITING REVIEW"


def test_several_approvals_go_in_one_request(arrive, desk, prolific):
    people = [arrive(number) for number in range(5)]
    rows = decisions.draft_approvals(
        study=desk.study, entries=ledger(desk.study, "real"), actor=desk.actor
    )
    before = prolific.fake.weather.requests

    report = desk.send(*rows)

    assert report.sent == 5
    assert {held.status for held in people} == {"APPROVED"}
    assert prolific.fake.weather.requests - before == 1


def test_only_what_should_be_approved_is_drafted_and_only_once(arrive, desk):
    arrive(1)
    arrive(2, failed=2)

    for expected in (1, 0):
        made = decisions.draft_approvals(study=desk.study, entries=ledger(desk.study, "real"))
        assert len(made) == expected


@pytest.mark.parametrize(
    "category", ["FAILED_CHECK", "TOO_QUICKLY", "NO_DATA", "LOW_EFFORT", "LAZY"]
)
def test_a_rejection_without_support_is_refused_whatever_the_form_says(
    arrive, desk, world, category
):
    held = arrive(1, failed=1)

    with pytest.raises(BadInput):
        decisions.draft(
            study=desk.study,
            entry=desk.entry(held),
            action=Action.REJECT,
            category=category,
            message="Please be so kind. " * 10,
        )

    assert not ProlificDecision.objects.exists()
    assert world.writes == []


def test_a_rejection_that_lost_its_support_before_it_was_sent_is_not_sent(arrive, desk, world):
    held = arrive(1, failed=2)
    row = desk.draft(held, Action.REJECT, "FAILED_CHECK")
    desk.entry(held).session.participant.checks.all().delete()

    report = desk.send(row)

    assert report.failed == 1
    assert world.writes == []
    assert "not support it any more" in ProlificDecision.objects.get().error


def test_a_short_message_is_refused(arrive, desk):
    held = arrive(1, failed=2)

    with pytest.raises(BadInput, match="100 characters"):
        desk.draft(held, Action.REJECT, "FAILED_CHECK", message="Sorry.")


def test_a_second_send_does_nothing(arrive, desk, world):
    held = arrive(1)
    row = desk.draft(held, Action.APPROVE)

    desk.send(row)
    again = desk.send(row)

    assert (again.sent, again.failed, again.left) == (0, 0, 1)
    assert len(world.writes) == 1


def test_eight_clicks_at_once_send_once(arrive, desk, world, prolific, client_of):
    held = arrive(1)
    row = desk.draft(held, Action.APPROVE)
    clients = [client_of(prolific) for _ in range(8)]

    def click(client):
        try:
            return desk.send(row, client=client)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(click, clients))

    assert sum(report.sent for report in reports) == 1
    assert world.writes == [("APPROVE", held.id)]


def test_only_what_was_shown_is_sent(arrive, desk, world):
    held = arrive(1, failed=2)
    shown = desk.draft(held, Action.REJECT, "FAILED_CHECK")
    seal = decisions.seal(shown)
    desk.draft(held, Action.APPROVE)

    report = decisions.send(study=desk.study, cohort="real", seals=[seal], client=desk.client)

    assert (report.sent, report.left) == (0, 1)
    assert world.writes == []


def test_prolifics_refusal_is_kept_and_can_be_tried_again(arrive, desk, world):
    held = arrive(1, failed=2)
    row = desk.draft(held, Action.REJECT, "FAILED_CHECK")
    held.status = "ACTIVE"

    assert desk.send(row).failed == 1
    row.refresh_from_db()
    assert (row.state, "cannot be moved" in row.error) == ("failed", True)

    held.status = "AWAITING REVIEW"
    assert desk.send(row).sent == 1


@pytest.mark.parametrize(("action", "category"), [("APPROVE", ""), ("REJECT", "FAILED_CHECK")])
def test_a_write_whose_answer_is_lost_is_looked_up_and_not_repeated(
    arrive, desk, world, prolific, action, category
):
    held = arrive(1, failed=2)
    row = desk.draft(held, Action(action), category)
    prolific.fake.weather.faults = {"drop_write"}

    report = desk.send(row)

    assert report.sent == 1
    assert world.writes == [(action, held.id)]


def test_a_bulk_approval_whose_answer_is_lost_is_looked_up(arrive, desk, world, prolific):
    people = [arrive(1), arrive(2)]
    rows = [desk.draft(held, Action.APPROVE) for held in people]
    prolific.fake.weather.faults = {"drop_write"}

    assert desk.send(*rows).sent == 2
    assert len(world.writes) == 2


def test_without_an_answer_at_all_the_next_try_asks_first(arrive, desk, world, prolific):
    held = arrive(1)
    row = desk.draft(held, Action.APPROVE)
    weather = prolific.fake.weather
    usual, weather.of_request = weather.of_request, lambda _method: 500
    assert desk.send(row).failed == 1
    assert "not known" in ProlificDecision.objects.get().error
    weather.of_request = usual
    world.move(held.id, "APPROVE")  # it had reached Prolific after all

    row.refresh_from_db()
    report = desk.send(row)

    assert report.sent == 1
    assert len(world.writes) == 1


@pytest.mark.parametrize("status", [500, 429])
def test_a_prolific_that_is_away_is_waited_for_once_and_not_per_decision(
    arrive, desk, world, prolific, status
):
    rows = [desk.draft(arrive(n, failed=2), Action.REJECT, "FAILED_CHECK") for n in range(6)]
    prolific.fake.weather.of_request = lambda _method: status

    assert desk.send(*rows).failed == 6

    assert sum(desk.client.waits) <= 2 * (1 + 2 + 4 + 8)
    told = ProlificDecision.objects.filter(error__startswith="Not sent")
    assert told.count() == 5
    assert world.writes == []


def test_sending_that_was_cut_off_can_be_taken_up_again(arrive, desk, world):
    held = arrive(1)
    row = desk.draft(held, Action.APPROVE)
    ProlificDecision.objects.update(state="sending", claimed_at=timezone.now())
    assert desk.send(row).left == 1
    with pytest.raises(BadInput, match="right now"):
        desk.draft(held, Action.APPROVE)

    ProlificDecision.objects.update(claimed_at=timezone.now() - 2 * decisions.ABANDONED)

    assert [row for _, row in decisions.outbox(ledger(desk.study, "real"))] == [row]
    assert desk.send(row).sent == 1


def test_a_new_draft_replaces_the_one_before(arrive, desk):
    held = arrive(1, failed=2)
    desk.draft(held, Action.REJECT, "FAILED_CHECK")

    desk.draft(held, Action.APPROVE)

    row = ProlificDecision.objects.get()
    assert (row.action, row.category, row.message) == ("APPROVE", "", "")


def test_a_draft_can_be_discarded_and_what_was_sent_cannot(arrive, desk):
    held = arrive(1)
    first = desk.draft(held, Action.APPROVE)
    assert decisions.discard(study=desk.study, decision=first.pk)
    second = desk.draft(held, Action.APPROVE)
    desk.send(second)

    assert not decisions.discard(study=desk.study, decision=second.pk)
    assert ProlificDecision.objects.get().state == "sent"


def test_every_step_is_audited_without_anybodys_id(arrive, desk):
    held = arrive(1)
    desk.send(desk.draft(held, Action.APPROVE))

    events = AuditEvent.objects.filter(verb__startswith="prolific.").order_by("pk")

    assert [event.verb for event in events] == ["prolific.drafted", "prolific.sent"]
    assert all(event.actor == desk.actor for event in events)
    assert held.id not in str([event.detail for event in events])
    assert timezone.now() - events[0].at < timedelta(minutes=5)
