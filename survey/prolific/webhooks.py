"""Prolific's webhooks: signed, possibly twice, possibly out of order, possibly never.

A delivery carries two times. The signed one says when this request was made, and bounds its age; the
other says when the event was sent, stays the same however often it is tried, and gives the order.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from survey.models import ProlificEvent, ProlificIdentity, ProlificSubmission, Study
from survey.prolific.applying import apply_status
from survey.prolific.wire import Submission, status_of

log = logging.getLogger("pact.prolific")

SIGNATURE = "X-Prolific-Request-Signature"
TIMESTAMP = "X-Prolific-Request-Timestamp"
SENT = "X-Timestamp"
EVENT_ID = "X-Event-ID"
STATUS_CHANGE = "submission.status.change"
LARGEST = 64_000
"""Bytes of a body; a status change has a few hundred."""

EARLY = timedelta(minutes=5)
"""How far a sender's clock may be ahead."""

Outcome = ProlificEvent.Outcome


class WebhookRefused(ValueError):  # noqa: N818 - answered with a status, not a failure of ours
    """A delivery that is not taken, with the HTTP status that says why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Delivery:
    """A delivery whose signature holds; `at` is when its event was sent."""

    event_id: str
    at: datetime
    body: Mapping[str, Any]


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Base64 of the HMAC-SHA256 over the timestamp's text followed by the raw body."""
    mac = hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


def verify(headers: Mapping[str, str], body: bytes) -> Delivery:
    """Check size, signature, age and shape; WebhookRefused says what does not hold."""
    if not settings.PACT_PROLIFIC_WEBHOOK_SECRET:
        raise WebhookRefused(403, "no secret is set")
    if len(body) > LARGEST:
        raise WebhookRefused(413, "too large")
    timestamp = headers.get(TIMESTAMP, "")
    expected = signature(settings.PACT_PROLIFIC_WEBHOOK_SECRET, timestamp, body)
    if not hmac.compare_digest(expected.encode(), headers.get(SIGNATURE, "").encode()):
        raise WebhookRefused(403, "the signature does not hold")
    signed = _recent(timestamp)
    return Delivery(_event_id(headers), _sent(headers, signed), _object(body))


def _event_id(headers: Mapping[str, str]) -> str:
    event_id = headers.get(EVENT_ID, "")
    if not 0 < len(event_id) <= 100:
        raise WebhookRefused(400, "no event id")
    return event_id


def _recent(timestamp: str) -> datetime:
    at = _moment(timestamp)
    if at is None:
        raise WebhookRefused(400, "the timestamp cannot be read")
    oldest = timezone.now() - timedelta(hours=settings.PACT_PROLIFIC_WEBHOOK_HOURS)
    if not oldest <= at <= timezone.now() + EARLY:
        raise WebhookRefused(403, "the timestamp is too old or lies ahead")
    return at


def _sent(headers: Mapping[str, str], signed: datetime) -> datetime:
    """When the event was sent. This time is not signed, so it cannot make an event newer."""
    return min(_moment(headers.get(SENT, "")) or signed, signed)


def _moment(timestamp: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(timestamp), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise WebhookRefused(400, "the body is not JSON") from None
    if not isinstance(found, dict):
        raise WebhookRefused(400, "the body is not an object")
    return found


def receive(delivery: Delivery) -> str:
    """Take a delivery in once; returns what became of it, `duplicate` for one taken before."""
    try:
        with transaction.atomic():
            return str(_take(delivery))
    except IntegrityError:
        if ProlificEvent.objects.filter(event_id=delivery.event_id).exists():
            return "duplicate"
        raise


def _take(delivery: Delivery) -> Outcome:
    submission_id = str(delivery.body.get("resource_id", ""))[:64]
    status = status_of(delivery.body.get("status"))
    event = ProlificEvent.objects.create(
        event_id=delivery.event_id,
        submission_id=submission_id,
        status=status,
        outcome=Outcome.IGNORED,
        occurred_at=delivery.at,
    )
    if delivery.body.get("event_type", STATUS_CHANGE) == STATUS_CHANGE and submission_id:
        event.outcome = _apply(delivery, submission_id, status)
        event.save(update_fields=["outcome"])
    return Outcome(event.outcome)


def _apply(delivery: Delivery, submission_id: str, status: str) -> Outcome:
    studies = studies_of(submission_id)
    if not studies:
        return Outcome.UNMATCHED
    told = Submission(submission_id, str(delivery.body.get("participant_id", ""))[:64], status)
    outcome = Outcome.STALE
    for study in studies:
        row = apply_status(study=study, submission=told, at=delivery.at, source="webhook")
        if (row.status_at, row.status) == (delivery.at, status):
            outcome = Outcome.APPLIED
    return outcome


def studies_of(submission_id: str) -> list[Study]:
    """The study in which a submission is known: usually one, none before its participant came, and
    none whose key is destroyed."""
    known = ProlificSubmission.objects.filter(submission_id=submission_id).values("study")
    came = ProlificIdentity.objects.filter(submission_id=submission_id).values("study")
    studies = Study.objects.filter(key_destroyed_at__isnull=True)
    return list(studies.filter(pk__in=known) | studies.filter(pk__in=came))
