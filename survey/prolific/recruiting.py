"""Recruitment at Prolific: a study is made, published, paused, stopped and given places from here.

Everything is shown first and confirmed under a seal over what was shown. A seal is taken by writing
its row: a second click, or a second tab, finds that the newest request is another one, and nothing
is sent. What has no answer is looked up at Prolific before anything is tried again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit
from survey.models import ProlificRequest, Study
from survey.prolific.client import Client, ProlificError, Unreachable
from survey.prolific.linking import link_study
from survey.prolific.study_draft import Cost
from survey.services import assignment

Action = ProlificRequest.Action
State = ProlificRequest.State

ABANDONED = timedelta(minutes=2)
"""After this long a request still being sent was cut off: what became of it is not known."""

UNPUBLISHED, ACTIVE, PAUSED = "UNPUBLISHED", "ACTIVE", "PAUSED"

POSSIBLE = {
    UNPUBLISHED: (Action.PUBLISH, Action.PLACES),
    ACTIVE: (Action.PLACES, Action.PAUSE, Action.STOP),
    PAUSED: (Action.START, Action.PLACES, Action.STOP),
}
"""What can be asked for while a study at Prolific has this status."""

_SHOWS: dict[Action, Callable[[str], bool]] = {
    Action.PUBLISH: lambda status: status not in ("", UNPUBLISHED),
    Action.START: lambda status: status == ACTIVE,
    Action.PAUSE: lambda status: status == PAUSED,
    Action.STOP: lambda status: status not in ("", UNPUBLISHED, ACTIVE, PAUSED),
}
"""Whether a status shows that an action took effect."""


@dataclass(frozen=True)
class There:
    """A study as Prolific has it now."""

    id: str
    name: str
    status: str
    places: int
    reward: int
    currency: str

    @property
    def possible(self) -> tuple[Action, ...]:
        """What can be asked for."""
        return POSSIBLE.get(self.status, ())


def study_there(client: Client, study: Study) -> There:
    """Read the linked study; ProlificError where it cannot be read."""
    told = client.study(study.prolific_study_id)
    return There(
        id=str(told.get("id", "")),
        name=str(told.get("name", "")),
        status=str(told.get("status", "")),
        places=int(told.get("total_available_places") or 0),
        reward=int(told.get("reward") or 0),
        currency=str(told.get("currency_code") or ""),
    )


def cost_of(client: Client, *, places: int, reward: int, currency: str = "") -> Cost:
    """What places cost by Prolific's own reckoning."""
    total = client.cost(reward=reward, places=places) if places and reward else 0
    return Cost(places, reward, total, currency or str(client.me().get("currency_code") or ""))


@dataclass(frozen=True)
class Ask:
    """Something to be asked of Prolific. `shown` is what else the person saw before agreeing."""

    action: str
    body: dict[str, Any] = field(default_factory=dict)
    shown: dict[str, Any] = field(default_factory=dict)


def seal(study: Study, ask: Ask) -> str:
    """A digest of what is asked and was shown, and of the newest request before it."""
    before = _newest(study)
    parts = [study.pk, study.prolific_study_id, before.pk if before else 0]
    text = json.dumps([*parts, ask.action, ask.body, ask.shown], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def is_sending(study: Study) -> bool:
    """Whether a request about this study is on its way to Prolific now."""
    last = _newest(study)
    if last is None or last.state != State.SENDING:
        return False
    return last.asked_at > timezone.now() - ABANDONED


def _newest(study: Study) -> ProlificRequest | None:
    return ProlificRequest.objects.filter(study=study).first()


def request(
    *, study: Study, ask: Ask, confirmed: str, client: Client, actor: User | None = None
) -> ProlificRequest:
    """Send what was confirmed, once, and keep what became of it.

    Raises BadInput where `confirmed` is not the seal of what would be sent now.
    """
    row, unsure = _claim(study, ask, confirmed, actor)
    try:
        told = _send(row, client, look_first=unsure)
    except _NotKnown as error:
        _settle(row, State.UNKNOWN, str(error), actor)
    except ProlificError as error:
        _settle(row, State.FAILED, str(error), actor)
    else:
        _done(row, told, actor)
    return row


@transaction.atomic
def _claim(
    study: Study, ask: Ask, confirmed: str, actor: User | None
) -> tuple[ProlificRequest, bool]:
    """The row that is ours to send, and whether an earlier making of the study is in the dark."""
    fresh = assignment.lock(study.pk)
    _refuse(fresh, ask)
    if confirmed != seal(fresh, ask):
        raise BadInput("Not sent: it was sent already, or something changed since it was shown.")
    last = ProlificRequest.objects.filter(study=fresh, action=Action.CREATE).first()
    unsure = last is not None and last.state in (State.UNKNOWN, State.SENDING)
    row = ProlificRequest.objects.create(
        study=fresh, action=ask.action, body=ask.body, seal=confirmed, asked_by=actor
    )
    return row, unsure and ask.action == Action.CREATE


def _refuse(study: Study, ask: Ask) -> None:
    if is_sending(study):
        raise BadInput("Another request about this study is being sent right now.")
    if ask.action == Action.CREATE and study.prolific_study_id:
        raise BadInput("The study is linked with one at Prolific already.")
    if ask.action == Action.PUBLISH and study.state != Study.State.OPEN:
        raise BadInput(
            "Open the study here first: whoever comes from Prolific would find it shut.",
            found=study.get_state_display(),
        )


class _NotKnown(Exception):  # noqa: N818 - it says what is the matter
    """No answer came, and what became of the request could not be read."""


def _send(row: ProlificRequest, client: Client, *, look_first: bool) -> dict[str, Any]:
    """Send one request; _NotKnown or ProlificError where it cannot be said that it was done."""
    if row.action == Action.CREATE:
        made = _find(client, row) if look_first else None
        return made or _create(client, row)
    try:
        return _transmit(row, client)
    except Unreachable as error:
        now = _look_up(client, row, error)
    if row.action == Action.PLACES:
        done = now.get("total_available_places") == row.body["total_available_places"]
    else:
        done = _SHOWS[Action(row.action)](str(now.get("status", "")))
    if not done:
        raise Unreachable("Prolific did not answer, and it was not done. It can be tried again.")
    return now


def _transmit(row: ProlificRequest, client: Client) -> dict[str, Any]:
    known = row.study.prolific_study_id
    if row.action == Action.PLACES:
        return client.change_study(known, row.body)
    return client.transition_study(known, row.action)


def _look_up(client: Client, row: ProlificRequest, why: Unreachable) -> dict[str, Any]:
    try:
        return client.study(row.study.prolific_study_id)
    except ProlificError:
        raise _NotKnown(f"{why} It is not known whether it was done.") from why


def _create(client: Client, row: ProlificRequest) -> dict[str, Any]:
    try:
        return client.create_study(row.body)
    except Unreachable as error:
        try:
            made = _find(client, row)
        except ProlificError:
            made = None
        if made is None:
            text = f"{error} It is not known whether the study was made; a new try looks first."
            raise _NotKnown(text) from error
        return made


def _find(client: Client, row: ProlificRequest) -> dict[str, Any] | None:
    """The study that an earlier try has made after all; it bears our name and belongs to no other."""
    taken = set(
        Study.objects.exclude(prolific_study_id="").values_list("prolific_study_id", flat=True)
    )
    ours = (
        one for one in client.studies() if one.get("internal_name") == row.body["internal_name"]
    )
    return next((one for one in ours if one.get("id") not in taken), None)


@transaction.atomic
def _done(row: ProlificRequest, told: dict[str, Any], actor: User | None) -> None:
    """Sent, and linked at the same moment: in between, the study could be made once more."""
    _settle(row, State.SENT, "", actor, prolific_study=str(told.get("id", "")))
    if row.action == Action.CREATE:
        link_study(study=row.study, prolific_study_id=str(told["id"]), actor=actor)


@transaction.atomic
def _settle(
    row: ProlificRequest, state: str, error: str, actor: User | None, **detail: object
) -> None:
    row.state, row.error, row.done_at = state, error, timezone.now()
    row.save(update_fields=["state", "error", "done_at"])
    audit.record(
        verb=f"prolific.study_{state}",
        subject=f"study:{row.study.slug}",
        actor=actor,
        action=row.action,
        request=row.pk,
        **detail,
    )
