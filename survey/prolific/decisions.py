"""Decisions about paying: drafted, confirmed by a person, sent once, kept with what became of them.

A decision is sent by whoever turns its row from draft (or failed) to sending: a second click and a
second tab find it changed and do nothing. What has no answer is looked up before it is tried again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit
from survey.models import ProlificDecision, ProlificSubmission, Study
from survey.prolific.applying import apply_status
from survey.prolific.client import Client, ProlificError, RateLimited, Unreachable
from survey.prolific.drafting import problems
from survey.prolific.ledger import Entry, ledger
from survey.prolific.rules import Action, Allowed, Evidence, Verdict, verdict
from survey.prolific.suggesting import Next
from survey.prolific.wire import Category, Status, Submission

State = ProlificDecision.State
OPEN = (State.DRAFT, State.FAILED)
GOALS = {
    Action.APPROVE: Status.APPROVED,
    Action.REJECT: Status.REJECTED,
    Action.RETURN: Status.RETURNED,
}
"""The status that shows that a decision has taken effect."""

ABANDONED = timedelta(minutes=10)
"""After this long a decision that is still being sent was cut off, and may be taken up again."""

MOST_AT_ONCE = 100
"""Approvals in one bulk request."""


@transaction.atomic
def draft(
    *,
    study: Study,
    entry: Entry,
    action: Action,
    category: str = "",
    message: str = "",
    actor: User | None = None,
) -> ProlificDecision:
    """Keep a decision to be confirmed; it replaces one about the same submission not yet sent.

    Raises BadInput when the rules do not support it, whatever the form said, with every rule that
    is missing; when the message cannot be sent; and while an earlier one is being sent.
    """
    if entry.key is None:
        raise BadInput("Prolific's API has not told of this submission yet: poll first.")
    judged = _judge(entry.evidence, action, category)
    if not isinstance(judged, Allowed):
        raise BadInput("Prolific's rules do not support this. " + " ".join(judged.missing))
    wrong = problems(action, category, message)
    if wrong:
        raise BadInput(" ".join(wrong))
    row = _open_row(entry.key)
    row.action, row.message = action, message.strip()
    row.category = category if action == Action.REJECT else ""
    row.evidence = _told(entry.evidence, judged)
    row.state, row.decided_by, row.decided_at = State.DRAFT, actor, timezone.now()
    row.save()
    _audit("prolific.drafted", study, row, actor)
    return row


def _judge(evidence: Evidence, action: Action, category: str) -> Verdict:
    if action != Action.REJECT:
        return verdict(evidence, action)
    if category not in list(Category):
        raise BadInput("Choose one of Prolific's categories.", found=category)
    return verdict(evidence, action, Category(category))


def _open_row(submission: int) -> ProlificDecision:
    """The submission's decision that is not sent yet, or a new one; the submission is locked."""
    ProlificSubmission.objects.select_for_update().get(pk=submission)
    rows = ProlificDecision.objects.filter(submission_id=submission)
    if rows.filter(state=State.SENDING).exists():
        raise BadInput("A decision about this submission is being sent right now.")
    return rows.filter(state__in=OPEN).first() or ProlificDecision(submission_id=submission)


def _told(evidence: Evidence, judged: Allowed) -> dict[str, object]:
    """What the decision rests on, as it stood; neither who the person is nor what they answered."""
    return {
        "because": judged.because,
        "checks": [
            {"key": check.key, "kind": check.kind, "passed": check.passed}
            for check in evidence.checks
        ],
        "seconds": evidence.seconds,
        "pace": asdict(evidence.pace),
        "code_given": evidence.code_given,
        "completed": evidence.completed,
        "data_stored": evidence.data_stored,
    }


@transaction.atomic
def draft_approvals(
    *, study: Study, entries: Iterable[Entry], actor: User | None = None
) -> list[ProlificDecision]:
    """Draft the approval of everything whose next step it is, and that has no draft yet."""
    return [
        draft(study=study, entry=one, action=Action.APPROVE, actor=actor)
        for one in approvable(entries)
    ]


def approvable(entries: Iterable[Entry]) -> list[Entry]:
    """Everything whose next step is an approval that nobody has drafted yet."""
    return [one for one in entries if one.action == Next.APPROVE and one.key and not has_open(one)]


def has_open(entry: Entry) -> bool:
    """Whether a decision about it is drafted, failed or being sent."""
    return entry.decision is not None and entry.decision.state != State.SENT


def outbox(entries: Iterable[Entry]) -> list[tuple[Entry, ProlificDecision]]:
    """What waits to be sent, or failed: decisions with the entry that each is about."""
    return [
        (entry, entry.decision)
        for entry in entries
        if entry.decision is not None and (entry.decision.state in OPEN or _cut_off(entry.decision))
    ]


def _cut_off(row: ProlificDecision) -> bool:
    """Whether sending began long ago and never ended: the server was stopped in between."""
    begun = row.claimed_at
    return row.state == State.SENDING and begun is not None and begun < timezone.now() - ABANDONED


def seal(row: ProlificDecision) -> str:
    """A short digest of what is sent, so that only what was shown can be confirmed."""
    text = "|".join([str(row.pk), row.action, row.category, row.message])
    return f"{row.pk}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


@transaction.atomic
def discard(*, study: Study, decision: int, actor: User | None = None) -> bool:
    """Drop a decision that was not sent; False when it is none, or no more."""
    row = (
        ProlificDecision.objects.select_for_update()
        .filter(pk=decision, submission__study=study, state__in=OPEN)
        .first()
    )
    if row is None:
        return False
    _audit("prolific.discarded", study, row, actor)
    row.delete()
    return True


@dataclass(frozen=True)
class SendReport:
    """How many decisions were sent, failed, or were left alone: sent by someone else, or changed."""

    sent: int
    failed: int
    left: int


def send(
    *, study: Study, cohort: str, seals: Sequence[str], client: Client, actor: User | None = None
) -> SendReport:
    """Send what was confirmed, each decision once; approvals of several people go in one request."""
    claimed = [one for one in map(_claim, _sealed(study, seals)) if one is not None]
    entries = {entry.key: entry for entry in ledger(study, cohort)}
    sender = _Sender(study, client, actor)
    ready = [one.row for one in claimed if sender.ready(one, entries.get(one.row.submission_id))]
    approvals = [row for row in ready if row.action == Action.APPROVE]
    if len(approvals) > 1:
        sender.approve(approvals)
        ready = [row for row in ready if row.action != Action.APPROVE]
    for row in ready:
        sender.send(row)
    sent = sum(one.row.state == State.SENT for one in claimed)
    return SendReport(sent, len(claimed) - sent, len(seals) - len(claimed))


def _sealed(study: Study, seals: Sequence[str]) -> list[ProlificDecision]:
    """The decisions that are still as they were when they were shown."""
    keys = [int(one.partition(":")[0]) for one in seals if one.partition(":")[0].isdecimal()]
    rows = ProlificDecision.objects.filter(pk__in=keys, submission__study=study)
    return [row for row in rows.select_related("submission").order_by("pk") if seal(row) in seals]


@dataclass(frozen=True)
class _Claimed:
    """A decision that is ours to send; one that was `retried` may have reached Prolific before."""

    row: ProlificDecision
    retried: bool


def _claim(row: ProlificDecision) -> _Claimed | None:
    """Take a decision up by changing its state; None when somebody else has."""
    if row.state not in OPEN and not _cut_off(row):
        return None
    now = timezone.now()
    unchanged = ProlificDecision.objects.filter(
        pk=row.pk, state=row.state, claimed_at=row.claimed_at
    )
    if not unchanged.update(state=State.SENDING, claimed_at=now):
        return None
    return _Claimed(row, retried=row.claimed_at is not None)


class _Sender:
    """Sends claimed decisions and writes down what became of each."""

    def __init__(self, study: Study, client: Client, actor: User | None) -> None:
        self.study = study
        self.client = client
        self.actor = actor
        self.away = False  # once Prolific cannot be read, nobody waits for it once per decision

    def ready(self, claimed: _Claimed, entry: Entry | None) -> bool:
        """Whether a decision is to be sent: the rules still support it, and it is not done yet."""
        row = claimed.row
        if claimed.retried and self._done_before(row):
            return False
        if entry is None:
            return self._settle(row, "The submission is not in this ledger any more.")
        if entry.status == GOALS[Action(row.action)]:
            return self._settle(row)
        judged = _judge(entry.evidence, Action(row.action), row.category)
        if isinstance(judged, Allowed):
            return True
        return self._settle(
            row, "The rules do not support it any more. " + " ".join(judged.missing)
        )

    def _done_before(self, row: ProlificDecision) -> bool:
        """Whether an earlier try has already settled it; what cannot be read is not tried again."""
        now = self._read(row)
        if now is None:
            self._settle(row, "What became of the earlier try could not be read. Try again later.")
            return True
        if now.status == GOALS[Action(row.action)]:
            self._settle(row)
            return True
        return False

    def send(self, row: ProlificDecision) -> None:
        """Send one decision."""
        if self.away:
            self._settle(row, "Not sent: Prolific does not answer. Try again later.")
            return
        try:
            self._transmit(row)
        except Unreachable as error:
            self._look_up(row, str(error))
        except ProlificError as error:
            self.away = isinstance(error, RateLimited)
            self._settle(row, str(error))
        else:
            self._settle(row)

    def _transmit(self, row: ProlificDecision) -> None:
        key = row.submission.submission_id
        if row.action == Action.RETURN:
            self.client.request_return(key, row.message)
            return
        self._learn(
            self.client.transition_submission(
                key, row.action, message=row.message, category=row.category
            )
        )

    def approve(self, rows: Sequence[ProlificDecision]) -> None:
        """Approve several submissions in as few requests as Prolific takes."""
        for start in range(0, len(rows), MOST_AT_ONCE):
            part = rows[start : start + MOST_AT_ONCE]
            try:
                self.client.bulk_approve([row.submission.submission_id for row in part])
            except Unreachable as error:
                for row in part:
                    self._look_up(row, str(error))
            except ProlificError as error:
                for row in part:
                    self._settle(row, str(error))
            else:
                for row in part:
                    self._settle(row)

    def _look_up(self, row: ProlificDecision, why: str) -> None:
        """No answer came: read the submission, and take its status for the answer."""
        now = self._read(row)
        if now is None:
            self._settle(row, f"{why} It is not known whether it was done; a new try asks first.")
        elif now.status == GOALS[Action(row.action)]:
            self._settle(row)
        elif row.action == Action.RETURN:
            self._settle(row, f"{why} Whether they were asked shows only in Prolific's messages.")
        else:
            self._settle(row, f"{why} It was not done: the submission is {now.status.lower()}.")

    def _read(self, row: ProlificDecision) -> Submission | None:
        """The submission as it stands at Prolific; None where that cannot be read."""
        if self.away:
            return None
        try:
            now = self.client.submission(row.submission.submission_id)
        except ProlificError as error:
            self.away = isinstance(error, Unreachable | RateLimited)
            return None
        self._learn(now)
        return now

    def _learn(self, told: Submission) -> None:
        """Keep the status that Prolific answered with."""
        source = ProlificSubmission.Source.POLL
        apply_status(study=self.study, submission=told, at=timezone.now(), source=source)

    def _settle(self, row: ProlificDecision, error: str = "") -> bool:
        """Write down that a decision was sent, or why not; False, for it need not be sent now."""
        row.state = State.FAILED if error else State.SENT
        row.error, row.sent_at = error, None if error else timezone.now()
        with transaction.atomic():
            row.save(update_fields=["state", "error", "sent_at"])
            verb = "prolific.failed" if error else "prolific.sent"
            _audit(verb, self.study, row, self.actor)
        return False


def _audit(verb: str, study: Study, row: ProlificDecision, actor: User | None) -> None:
    audit.record(
        verb=verb,
        subject=f"study:{study.slug}",
        actor=actor,
        decision=row.pk,
        action=row.action,
        category=row.category,
    )
