"""Words and shapes that Prolific puts on the wire, as its documentation stands in 2026."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import TextChoices
from django.utils.dateparse import parse_datetime


class Status(TextChoices):
    """What a submission can be, exactly as Prolific spells it; UNKNOWN is also ours for the rest."""

    RESERVED = "RESERVED"
    ACTIVE = "ACTIVE"
    TIMED_OUT = "TIMED-OUT"
    AWAITING_REVIEW = "AWAITING REVIEW"
    APPROVED = "APPROVED"
    PARTIALLY_APPROVED = "PARTIALLY APPROVED"
    RETURNED = "RETURNED"
    REJECTED = "REJECTED"
    SCREENED_OUT = "SCREENED OUT"
    UNKNOWN = "UNKNOWN"


class Category(StrEnum):
    """Why a submission may be rejected, exactly as Prolific's API spells it."""

    TOO_QUICKLY = "TOO_QUICKLY"
    TOO_SLOWLY = "TOO_SLOWLY"
    FAILED_INSTRUCTIONS = "FAILED_INSTRUCTIONS"
    INCOMP_LONGITUDINAL = "INCOMP_LONGITUDINAL"
    FAILED_CHECK = "FAILED_CHECK"
    LOW_EFFORT = "LOW_EFFORT"
    MALINGERING = "MALINGERING"
    NO_CODE = "NO_CODE"
    BAD_CODE = "BAD_CODE"
    NO_DATA = "NO_DATA"
    UNSUPP_DEVICE = "UNSUPP_DEVICE"
    OTHER = "OTHER"


SHORTEST_MESSAGE = 100
"""Characters that a rejection's message must have at least."""


@dataclass(frozen=True)
class Submission:
    """One submission as the API told it; None and empty where it did not say."""

    id: str
    participant_id: str
    status: str
    started_at: datetime | None = None
    completed_at: datetime | None = None
    seconds: float | None = None
    code: str = ""
    return_requested_at: datetime | None = None


def status_of(text: object) -> Status:
    """A status in Prolific's spelling: case, underscores and hyphens vary; UNKNOWN otherwise."""
    folded = _folded(str(text or ""))
    return next((known for known in Status if _folded(known) == folded), Status.UNKNOWN)


def _folded(text: str) -> str:
    return text.upper().replace("_", " ").replace("-", " ").strip()


def submission_of(raw: Mapping[str, Any]) -> Submission:
    """Read a submission from a list or on its own, where person and code have other names."""
    begun, done = time_of(raw.get("started_at")), time_of(raw.get("completed_at"))
    between = (done - begun).total_seconds() if begun and done else None
    return Submission(
        id=str(raw["id"]),
        participant_id=str(raw.get("participant_id") or raw.get("participant") or ""),
        status=status_of(raw.get("status")),
        started_at=begun,
        completed_at=done,
        seconds=_seconds(raw.get("time_taken", between)),
        code=str(raw.get("study_code") or raw.get("entered_code") or ""),
        return_requested_at=time_of(raw.get("return_requested")),
    )


def time_of(text: object) -> datetime | None:
    """A time with its zone; None where there is none or it cannot be read."""
    try:
        found = parse_datetime(str(text or ""))
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _seconds(value: object) -> float | None:
    try:
        seconds = float(str(value))
    except ValueError:
        return None
    return seconds if 0 <= seconds < 1e9 else None
