"""What the fake knows: studies, submissions, and which changes of status are allowed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

# The words below stand here once more on purpose: a double that took them from the client's code would
# agree with the client's misspellings, and a wrong word would be seen first by Prolific itself.
PAGE = 20
SHORTEST_MESSAGE = 100
CATEGORIES = {
    "TOO_QUICKLY", "TOO_SLOWLY", "FAILED_INSTRUCTIONS", "INCOMP_LONGITUDINAL", "FAILED_CHECK",
    "LOW_EFFORT", "MALINGERING", "NO_CODE", "BAD_CODE", "NO_DATA", "UNSUPP_DEVICE", "OTHER",
}  # fmt: skip
STUDY_MOVES = {
    "PUBLISH": ({"UNPUBLISHED"}, "ACTIVE"),
    "START": ({"PAUSED"}, "ACTIVE"),
    "PAUSE": ({"ACTIVE"}, "PAUSED"),
    "STOP": ({"ACTIVE", "PAUSED"}, "AWAITING REVIEW"),
}
"""From which states of a study an action may start, and where it leads."""

CURRENCY = "GBP"
FEES = 0.4
"""Prolific's fee and the tax on it, as a share of the reward."""

FILTERS = [
    {
        "filter_id": "current-country-of-residence",
        "title": "Current country of residence",
        "type": "select",
        "choices": {
            "0": "United Kingdom", "1": "United States", "12": "India", "23": "Brazil",
            "40": "South Africa", "41": "Germany", "42": "Mexico", "43": "Nigeria",
        },
    },
]  # fmt: skip
"""Part of what participants can be chosen by; the numbers are the fake's own."""

MOVES = {
    "start": ({"RESERVED"}, "ACTIVE"),
    "finish": ({"ACTIVE", "RESERVED", "TIMED-OUT"}, "AWAITING REVIEW"),
    "return": ({"ACTIVE", "RESERVED", "AWAITING REVIEW"}, "RETURNED"),
    "time_out": ({"ACTIVE", "RESERVED"}, "TIMED-OUT"),
    "screen_out": ({"ACTIVE"}, "SCREENED OUT"),
    "APPROVE": ({"AWAITING REVIEW", "TIMED-OUT", "RETURNED", "REJECTED"}, "APPROVED"),
    "REJECT": ({"AWAITING REVIEW"}, "REJECTED"),
}
"""From which statuses a move may start, and where it leads."""


class No(Exception):  # noqa: N818 - the fake's refusal, turned into an HTTP answer
    """A request that Prolific would refuse: its HTTP status and the reason."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@dataclass
class Held:
    """One submission of a simulated person."""

    id: str
    study: str
    person: str
    status: str = "ACTIVE"
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    completed_at: datetime | None = None
    code: str = ""
    message: str = ""
    category: str = ""
    return_requested: datetime | None = None

    def as_listed(self) -> dict[str, Any]:
        """As a list shows it: the person under `participant_id`, the code under `study_code`."""
        done = self.completed_at
        return self._common() | {
            "participant_id": self.person,
            "study_code": self.code or None,
            "time_taken": (done - self.started_at).total_seconds() if done else None,
            "is_complete": done is not None,
        }

    def as_detail(self) -> dict[str, Any]:
        """As it is shown on its own: the person under `participant`, the code under `entered_code`."""
        asked = self.return_requested
        return self._common() | {
            "participant": self.person,
            "study_id": self.study,
            "entered_code": self.code or None,
            "return_requested": asked.isoformat() if asked else None,
        }

    def _common(self) -> dict[str, Any]:
        done = self.completed_at
        return {
            "id": self.id,
            "status": self.status,
            "started_at": self.started_at.isoformat(),
            "completed_at": done.isoformat() if done else None,
        }


class World:
    """All of the fake's memory."""

    def __init__(self) -> None:
        self.studies: dict[str, dict[str, Any]] = {}
        self.submissions: dict[str, Held] = {}
        self.writes: list[tuple[str, str]] = []
        self.numbers = 0

    def new_id(self, kind: str) -> str:
        """A 24-digit hexadecimal id, the same for the same sequence of requests."""
        self.numbers += 1
        return sha256(f"{kind}-{self.numbers}".encode()).hexdigest()[:24]

    def add_study(self, **fields: Any) -> dict[str, Any]:
        """An unpublished study."""
        study = {
            "id": self.new_id("study"),
            "status": "UNPUBLISHED",
            "currency_code": CURRENCY,
        } | fields
        self.studies[str(study["id"])] = study
        return study

    def study(self, study_id: str) -> dict[str, Any]:
        """A study; No(404) for an unknown one."""
        if study_id not in self.studies:
            raise No(404, "no such study")
        return self.studies[study_id]

    def move_study(self, study_id: str, action: str) -> dict[str, Any]:
        """Publish, pause, start or stop a study."""
        if action not in STUDY_MOVES:
            raise No(400, f"unknown action {action}")
        study = self.study(study_id)
        sources, target = STUDY_MOVES[action]
        if study["status"] not in sources:
            raise No(400, f"a study that is {study['status']} cannot be moved by {action}")
        study["status"] = target
        self.writes.append((action, study_id))
        return study

    def change_study(self, study_id: str, changes: dict[str, Any]) -> dict[str, Any]:
        """Change fields of a study; places of a published one can only grow."""
        study = self.study(study_id)
        had = int(study.get("total_available_places", 0))
        places = int(changes.get("total_available_places", had))
        if study["status"] != "UNPUBLISHED" and (set(changes) != {"total_available_places"}):
            raise No(400, "only the places of a published study can be changed")
        if study["status"] != "UNPUBLISHED" and places < had:
            raise No(400, "total_available_places: a published study keeps the places it has")
        study |= changes
        self.writes.append(("PLACES", study_id))
        return study

    def make_study(self, told: dict[str, Any]) -> dict[str, Any]:
        """A study as somebody wants it; No(400) for one that Prolific would refuse."""
        _check_study(told)
        made = self.add_study(**told)
        self.writes.append(("CREATE", str(made["id"])))
        return made

    def reserve(self, study_id: str, person: str = "", status: str = "ACTIVE") -> Held:
        """A person takes a place."""
        self.study(study_id)
        held = Held(self.new_id("submission"), study_id, person or self.new_id("person"), status)
        self.submissions[held.id] = held
        return held

    def submission(self, submission_id: str) -> Held:
        """A submission; No(404) for an unknown one."""
        if submission_id not in self.submissions:
            raise No(404, "no such submission")
        return self.submissions[submission_id]

    def of_study(self, study_id: str) -> list[Held]:
        """The submissions of a study, oldest first."""
        self.study(study_id)
        return [held for held in self.submissions.values() if held.study == study_id]

    def page(self, study_id: str, number: int) -> tuple[list[Held], bool]:
        """One page of submissions and whether there is another; No(404) past the end."""
        found = self.of_study(study_id)
        start = (number - 1) * PAGE
        if number < 1 or (number > 1 and start >= len(found)):
            raise No(404, "no such page")
        return found[start : start + PAGE], start + PAGE < len(found)

    def counts(self, study_id: str) -> dict[str, int]:
        """Submissions of a study by status, and their sum."""
        found = Counter(held.status for held in self.of_study(study_id))
        return {**found, "TOTAL": sum(found.values())}

    def move(self, submission_id: str, action: str, **told: Any) -> Held:
        """Change a submission's status as Prolific's rules allow; No(400) otherwise."""
        held = self.submission(submission_id)
        if action not in MOVES:
            raise No(400, f"unknown action {action}")
        sources, target = MOVES[action]
        if held.status not in sources:
            raise No(400, f"a submission that is {held.status} cannot be moved by {action}")
        if action == "REJECT":
            _check_rejection(told)
            held.message, held.category = told["message"], told["rejection_category"]
        if action == "finish":
            held.completed_at = datetime.now(UTC)
            held.code = str(told.get("code", ""))
        held.status = target
        self.writes.append((action, submission_id))
        return held

    def approve_many(self, submission_ids: list[str]) -> Iterator[Held]:
        """Approve all of them; checked before any is touched."""
        held = [self.submission(one) for one in submission_ids]
        for one in held:
            if one.status not in MOVES["APPROVE"][0]:
                raise No(400, f"a submission that is {one.status} cannot be approved")
        for one in held:
            yield self.move(one.id, "APPROVE")

    def ask_to_return(self, submission_id: str) -> Held:
        """Ask for a return; the person decides."""
        held = self.submission(submission_id)
        held.return_requested = datetime.now(UTC)
        self.writes.append(("RETURN", submission_id))
        return held

    def set_times(self, submission_id: str, seconds: float) -> None:
        """Let a finished submission have taken this long."""
        held = self.submission(submission_id)
        if held.completed_at:
            held.started_at = held.completed_at - timedelta(seconds=seconds)


def cost(reward: float, places: float) -> int:
    """What so many places cost, fees and tax included."""
    return round(reward * places * (1 + FEES))


def _check_study(told: dict[str, Any]) -> None:
    for name in ("name", "total_available_places", "reward", "estimated_completion_time"):
        if not told.get(name):
            raise No(400, f"{name}: this field is required")
    codes = [one["code"] for one in told.get("completion_codes", [])]
    if len(codes) != len(set(codes)):
        raise No(400, "completion_codes: each code must be unique")
    known = {str(one["filter_id"]): one["choices"] for one in FILTERS}
    for wanted in told.get("filters", []):
        choices = known.get(str(wanted.get("filter_id")), {})
        if not set(wanted.get("selected_values", [])) <= set(choices):
            raise No(400, "filters: an unknown filter or choice")


def _check_rejection(told: dict[str, Any]) -> None:
    if len(str(told.get("message", ""))) < SHORTEST_MESSAGE:
        raise No(400, f"message: at least {SHORTEST_MESSAGE} characters are needed")
    if told.get("rejection_category") not in CATEGORIES:
        raise No(400, "rejection_category: not one of the categories")
