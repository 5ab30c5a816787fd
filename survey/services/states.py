"""The states of a study: draft, open, paused, closed, and what each change asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit
from survey.models import Cohort, Participant, Study
from survey.services import assignment, linting

State = Study.State


@transaction.atomic
def open_study(*, study: Study, actor: User | None = None) -> Study:
    """Let participants in for the first time.

    Raises BadInput with every reason in words while the linter has a fatal finding.
    """
    fresh = _claim(study, "opened", State.DRAFT)
    refuse_fatal(fresh)
    fresh.opened_at = timezone.now()
    return _move(fresh, State.OPEN, "study.opened", actor, instrument=fresh.instrument.number)


@transaction.atomic
def pause_study(*, study: Study, actor: User | None = None) -> Study:
    """Let no newcomer in for a while; whoever has begun goes on."""
    return _move(_claim(study, "paused", State.OPEN), State.PAUSED, "study.paused", actor)


@transaction.atomic
def close_study(*, study: Study, actor: User | None = None) -> Study:
    """Let no newcomer in any more; retention periods count from now on."""
    fresh = _claim(study, "closed", State.OPEN, State.PAUSED)
    fresh.closed_at = timezone.now()
    return _move(fresh, State.CLOSED, "study.closed", actor)


@transaction.atomic
def reopen(*, study: Study, actor: User | None = None) -> Study:
    """Let newcomers in again; the day of the first opening stays, that of closing is taken back.

    Refused, with the reasons, for a fatal finding and after the key to the pseudonyms is destroyed:
    a person who comes twice could not be told any more.
    """
    fresh = _claim(study, "opened again", State.PAUSED, State.CLOSED)
    if fresh.key_destroyed_at:
        raise BadInput("The key to the pseudonyms is destroyed: nobody new can take part.")
    refuse_fatal(fresh)
    fresh.closed_at = None
    return _move(fresh, State.OPEN, "study.reopened", actor, instrument=fresh.instrument.number)


def refuse_fatal(study: Study) -> None:
    """Raise BadInput with every fatal finding of the linter, in words."""
    reasons = linting.fatal(linting.lint(study))
    if reasons:
        raise BadInput("The study cannot be open like this. " + " ".join(reasons))


def _claim(study: Study, done: str, *allowed: str) -> Study:
    """The study's row, locked, if it is in a state from which the change is possible."""
    fresh = assignment.lock(study.pk)
    if fresh.origin != Study.Origin.COLLECTED or not fresh.instruments.exists():
        raise BadInput("Only a study that collects answers here can change its state.")
    if fresh.state not in allowed:
        names = " or ".join(State(state).label.lower() for state in allowed)
        raise BadInput(
            f"The study cannot be {done} now.",
            found=fresh.get_state_display().lower(),
            expected=names,
        )
    return fresh


def _move(study: Study, state: State, verb: str, actor: User | None, **detail: object) -> Study:
    study.state = state
    study.save(update_fields=["state", "opened_at", "closed_at"])
    audit.record(verb=verb, subject=f"study:{study.slug}", actor=actor, **detail)
    return study


@dataclass(frozen=True)
class Change:
    """A change of state that a researcher can ask for, in words."""

    name: str
    label: object
    from_states: tuple[str, ...]
    run: Callable[..., Study]
    effects: tuple[object, ...]
    danger: bool = False

    def possible(self, study: Study) -> bool:
        """Whether the study is in a state from which this leads on."""
        return study.state in self.from_states


CHANGES = (
    Change(
        "open",
        _("Open the study"),
        (State.DRAFT,),
        open_study,
        (
            _("Everybody with the link can take part from now on, as a real participant."),
            _("Who agrees keeps the instrument's version of that moment."),
            _("Preview and rehearsal answers stay apart and are never counted as real."),
        ),
    ),
    Change(
        "pause",
        _("Pause"),
        (State.OPEN,),
        pause_study,
        (
            _("Newcomers see a page that says so, and no place is given."),
            _("Whoever has begun can finish. The study can be opened again."),
        ),
    ),
    Change(
        "close",
        _("Close"),
        (State.OPEN, State.PAUSED),
        close_study,
        (
            _("Newcomers see that the study is over. Whoever has begun can finish."),
            _("The days that identities and free text are kept count from now on."),
        ),
        danger=True,
    ),
    Change(
        "reopen",
        _("Open again"),
        (State.PAUSED, State.CLOSED),
        reopen,
        (
            _("Newcomers can take part again, under the newest version of the instrument."),
            _("The day of the first opening stays; the day of closing is taken back."),
        ),
    ),
)


def possible_changes(study: Study) -> list[Change]:
    """What can be asked for in the study's present state."""
    return [change for change in CHANGES if change.possible(study)]


def people_under_way(study: Study) -> int:
    """Real participants who have begun and not finished: whom a change of state meets."""
    return Participant.objects.filter(
        study=study, cohort=Cohort.REAL, state=Participant.State.CONSENTED
    ).count()
