"""What became of a rehearsal: what people did and saw, held against what is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import quantiles
from typing import Any

from django.db.models import QuerySet

from survey.models import Answer, Assignment, Cohort, Participant, Study
from survey.services import coverage, pseudonyms
from survey.services.simulated_browser import LEFT, Diary

State = Participant.State

STATES_AFTER: dict[str, set[str]] = {
    "completed": {State.COMPLETED},
    "screened_out": {State.SCREENED_OUT},
    "withdrawn": {State.WITHDRAWN},
    "declined": {""},
    LEFT: {"", State.CONSENTED, State.TIMED_OUT, State.RETURNED},
}
"""By how it ended for somebody: the states that the site may have stored; "" is no row at all."""

_FIELDS = ("personal", "norm", "importance_norm", "importance_preference", "reason")


@dataclass(frozen=True)
class Outcome:
    """The counts of one rehearsal.

    `participants` are arrivals. An answer is `sent` once the site has acknowledged it, and `lost`
    if it is not stored as it was sent last; of two versions that were on their way at the same time
    either may be. `duplicates` are rows beyond one participant per person and one answer per
    participant and scenario. `surplus` are answers that hold no place. `cells_over_target` counts
    cells with more non-surplus confirmed answers than wanted, over the whole rehearsal cohort;
    `max_imbalance` is the largest distance, at any draw of this rehearsal, of the drawn cell's count
    from the smallest among the cells eligible then.

    `endings` counts how it ended for people, by what they saw; `endings_wrong` those of whom the
    site has stored something else. `did` counts those who did each thing that sets people apart,
    `languages` what they chose to read.

    `retried` counts requests that were sent again because the connection broke or the site said that
    it was away. `pages` are requests that were answered, redirects followed; `pages_per_second` leaves starting
    the server out. `client_busy` is the share of one processor that the simulated people themselves
    took meanwhile: near 1 they are what is measured. `scenario_pages` are those that sent a scenario's answer and got the next page.
    """

    participants: int
    completed: int
    surplus: int
    answers_sent: int
    answers_stored: int
    answers_lost: int
    duplicates: int
    cells_over_target: int
    max_imbalance: int
    seconds: float
    p50_ms: float
    p95_ms: float
    retried: int
    pages: int
    pages_per_second: float
    client_busy: float
    scenario_pages: int
    scenario_p50_ms: float
    scenario_p95_ms: float
    endings: dict[str, int]
    endings_wrong: int
    did: dict[str, int]
    languages: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @property
    def problems(self) -> list[str]:
        """What must not be, in words; empty when all is well."""
        never = ("answers_lost", "duplicates", "cells_over_target", "endings_wrong")
        found = {name: getattr(self, name) for name in never}
        return [f"{name.replace('_', ' ')}: {n}" for name, n in found.items() if n]


def count(
    study: Study, diaries: Sequence[Diary], seconds: float, browsing: float, busy: float
) -> Outcome:
    """Compare what the diaries say with what is stored; `browsing` are the seconds of requests.

    `busy` are those of them in which the simulated people themselves used the processor.
    """
    people = Participant.objects.filter(
        study=study, prolific__prolific_pid__in=[diary.guest.pid for diary in diaries]
    ).in_cohort(Cohort.REHEARSAL)
    answers = Answer.objects.filter(assignment__participant__in=people)
    places = Assignment.objects.filter(participant__in=people)
    scenarios = answers.values("assignment__participant", "assignment__scenario").distinct()
    persons = people.values("prolific__prolific_pid").distinct()
    timings = [timing for diary in diaries for timing in diary.timings]
    saves = [t.milliseconds for t in timings if t.step == "situation"]
    p50, p95 = _percentiles([t.milliseconds for t in timings])
    scenario_p50, scenario_p95 = _percentiles(saves)
    return Outcome(
        participants=len(diaries),
        completed=people.completed().count(),
        surplus=places.confirmed().filter(surplus=True).count(),
        answers_sent=sum(len(diary.sent) for diary in diaries),
        answers_stored=answers.count(),
        answers_lost=_lost(diaries, answers),
        duplicates=people.count() - persons.count() + answers.count() - scenarios.count(),
        cells_over_target=_over_target(study),
        max_imbalance=_imbalance(places),
        seconds=round(seconds, 2),
        p50_ms=p50,
        p95_ms=p95,
        retried=sum(diary.retried for diary in diaries),
        pages=len(timings),
        pages_per_second=round(_per(len(timings), browsing), 1),
        client_busy=round(_per(busy, browsing), 2),
        scenario_pages=len(saves),
        scenario_p50_ms=scenario_p50,
        scenario_p95_ms=scenario_p95,
        endings=_counted(diary.ending for diary in diaries),
        endings_wrong=_endings_wrong(study, diaries),
        did=_counted(thing for diary in diaries for thing in diary.did),
        languages=_counted(diary.language for diary in diaries if diary.language),
    )


def _over_target(study: Study) -> int:
    cells = coverage.cell_counts(study, Cohort.REHEARSAL)
    return sum(cell.confirmed > cell.target for cell in cells)


def _imbalance(places: QuerySet[Assignment]) -> int:
    """The largest distance of a drawn cell's count from the smallest that was eligible."""
    reasons = places.values_list("why", flat=True)
    return max((why["held"] - why["smallest"] for why in reasons), default=0)


def _per(amount: float, seconds: float) -> float:
    """An amount a second; 0 where no time passed."""
    return amount / seconds if seconds else 0.0


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _lost(diaries: Iterable[Diary], answers: QuerySet[Answer]) -> int:
    """How many acknowledged answers are not stored in any of the versions that may be there."""
    stored = {
        (pid, position): tuple(values)
        for pid, position, *values in answers.values_list(
            "assignment__participant__prolific__prolific_pid", "assignment__position", *_FIELDS
        )
    }
    return sum(
        stored.get((diary.guest.pid, position))
        not in [tuple(getattr(reply, name) for name in _FIELDS) for reply in versions]
        for diary in diaries
        for position, versions in diary.sent.items()
    )


def _endings_wrong(study: Study, diaries: Sequence[Diary]) -> int:
    """How many people the site remembers otherwise than it ended for them.

    Found by pseudonym, because whoever withdrew has no identity any more: then nothing else may be
    left either.
    """
    names = pseudonyms.pseudonyms(
        study=study, cohort=Cohort.REHEARSAL, pids=[diary.guest.pid for diary in diaries]
    )
    people = {
        person.pseudonym: person
        for person in Participant.objects.filter(study=study, pseudonym__in=names.values())
        .in_cohort(Cohort.REHEARSAL)
        .select_related("prolific")
    }
    speaking = set(
        Answer.objects.filter(assignment__participant__in=people.values()).values_list(
            "assignment__participant", flat=True
        )
    )
    return sum(not _fits(diary, people.get(names[diary.guest.pid]), speaking) for diary in diaries)


def _fits(diary: Diary, person: Participant | None, speaking: set[int]) -> bool:
    if (person.state if person else "") not in STATES_AFTER[diary.ending]:
        return False
    if person is None:
        return not diary.sent
    if person.state == State.WITHDRAWN:
        return person.pk not in speaking and not hasattr(person, "prolific")
    return diary.language in ("", person.language)


def _percentiles(values: Sequence[float]) -> tuple[float, float]:
    if len(values) < 2:
        return (0.0, 0.0)
    cuts = quantiles(values, n=20)
    return round(cuts[9], 1), round(cuts[18], 1)
