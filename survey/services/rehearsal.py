"""Rehearsals: simulated people go through the real pages, and what became of them is counted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from statistics import quantiles

import aiohttp
from django.urls import reverse
from django.utils import timezone

from pact_site.base.errors import BadInput
from survey.models import Answer, Assignment, Cohort, Participant, Study
from survey.services import coverage, tickets
from survey.services.instruments import definition_of
from survey.services.rehearsal_server import server
from survey.services.simulated_browser import (
    Browser,
    Diary,
    Surroundings,
    come_back,
    take_part,
)
from survey.services.simulated_people import Guest, make_guests
from survey.services.simulated_recruiter import Recruiter

Visit = tuple[Callable[[Browser], Awaitable[None]], Diary]
"""A way through the pages, and the diary of whoever goes it."""


@dataclass(frozen=True)
class Outcome:
    """The counts of one rehearsal.

    `participants` are arrivals. An answer is `sent` once the site has acknowledged it, and `lost`
    if it is not stored as it was sent last. `duplicates` are rows beyond one participant per
    person and one answer per participant and scenario. `surplus` are answers that hold no place.
    `cells_over_target` counts cells with more non-surplus confirmed answers than wanted, over the
    whole rehearsal cohort; `max_imbalance` is the largest distance, at any draw of this rehearsal,
    of the drawn cell's count from the smallest among the cells eligible then. `pages` are requests
    that were answered, redirects followed; `pages_per_second` leaves starting the server out.
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
    pages: int
    pages_per_second: float

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return asdict(self)


def rehearse(
    *,
    study: Study,
    n: int,
    seed: int,
    dropout: float = 0.1,
    concurrency: int = 20,
    url: str | None = None,
    prolific: str | None = None,
    pause: tuple[float, float] = (0.0, 0.0),
    done_one: Callable[[], object] = lambda: None,
) -> Outcome:
    """Send `n` simulated arrivals through the study's pages and count what was stored.

    Without `url`, a web server of its own is started on a free port against the same database.
    `pause` is how many seconds people read a page, from to; none without.
    `prolific` is the address of a fake Prolific where people take their places and hand in codes.
    """
    if study.origin != Study.Origin.COLLECTED or study.state == Study.State.CLOSED:
        raise BadInput(f"Study {study.slug} takes no participants.", found=study.state)
    definition = definition_of(study.instrument)
    recruiter = _recruiter(study, prolific) if prolific else None
    guests = make_guests(
        n=n,
        seed=seed,
        countries=definition.countries,
        dropout=dropout,
        pages=definition.length + len(definition.checks) + 3,
    )
    started = time.perf_counter()
    with server(url) as base:
        around = Surroundings(
            root=base.rstrip("/") + reverse("survey:entry", args=[study.slug]),
            ticket=tickets.make_ticket(study, Cohort.REHEARSAL),
            scheme=study.scheme,
            definition=definition,
            recruiter=recruiter,
            pause=pause,
        )
        begun = time.perf_counter()
        diaries = _two_waves(study, guests, _Crowd(around, concurrency, done_one))
        browsing = time.perf_counter() - begun
    return _count(study, diaries, time.perf_counter() - started, browsing)


def _recruiter(study: Study, url: str) -> Recruiter:
    if not study.prolific_study_id:
        raise BadInput(
            "The study has no id at Prolific.",
            expected="the id that fake_prolific prints, by link_prolific or on the page Prolific",
        )
    return Recruiter(url.rstrip("/").removesuffix("/api/v1"), study.prolific_study_id)


@dataclass(frozen=True)
class _Crowd:
    """What it takes to let many guests browse at once."""

    around: Surroundings
    concurrency: int
    done_one: Callable[[], object]

    async def browse(self, visits: Sequence[Visit]) -> None:
        """All visits, `concurrency` of them at a time."""
        turns = asyncio.Semaphore(self.concurrency)
        async with aiohttp.TCPConnector(limit=self.concurrency * 2) as connector:

            async def one(visit: Visit) -> None:
                walk, diary = visit
                async with turns, _session(connector) as session:
                    await walk(Browser(session, self.around, diary))
                if walk is take_part:
                    self.done_one()

            await asyncio.gather(*map(one, visits))


def _two_waves(study: Study, guests: Sequence[Guest], crowd: _Crowd) -> list[Diary]:
    """Most people come first; the rest meet those who left, ran out of time and now come back."""
    diaries = [Diary(guest) for guest in guests]
    cut = len(diaries) - len(diaries) // 5
    first, second = diaries[:cut], diaries[cut:]
    asyncio.run(crowd.browse([(take_part, diary) for diary in first]))
    late = [diary for diary in first if diary.guest.comes_back]
    _let_time_run_out(study, [diary.guest.pid for diary in late])
    visits = [*((take_part, diary) for diary in second), *((come_back, diary) for diary in late)]
    asyncio.run(crowd.browse(visits))
    return diaries


def _let_time_run_out(study: Study, pids: Sequence[str]) -> None:
    """Put the clock of these simulated people forward past the time allowed."""
    Participant.objects.filter(
        study=study, state=Participant.State.CONSENTED, prolific__prolific_pid__in=pids
    ).in_cohort(Cohort.REHEARSAL).update(expires_at=timezone.now() - timedelta(seconds=1))


def _session(connector: aiohttp.BaseConnector) -> aiohttp.ClientSession:
    """Cookies of one's own over shared connections; `unsafe` lets them be kept for an address."""
    return aiohttp.ClientSession(
        connector=connector,
        connector_owner=False,
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        timeout=aiohttp.ClientTimeout(total=60),
    )


def _count(study: Study, diaries: Sequence[Diary], seconds: float, browsing: float) -> Outcome:
    people = Participant.objects.filter(
        study=study, prolific__prolific_pid__in=[diary.guest.pid for diary in diaries]
    ).in_cohort(Cohort.REHEARSAL)
    answers = Answer.objects.filter(assignment__participant__in=people)
    stored = {
        (pid, position): tuple(values)
        for pid, position, *values in answers.values_list(
            "assignment__participant__prolific__prolific_pid", "assignment__position", *_FIELDS
        )
    }
    sent = {
        (diary.guest.pid, position): tuple(getattr(reply, name) for name in _FIELDS)
        for diary in diaries
        for position, reply in diary.sent.items()
    }
    places = Assignment.objects.filter(participant__in=people)
    scenarios = answers.values("assignment__participant", "assignment__scenario").distinct()
    persons = people.values("prolific__prolific_pid").distinct()
    times = [ms for diary in diaries for ms in diary.milliseconds]
    p50, p95 = _percentiles(times)
    return Outcome(
        participants=len(diaries),
        completed=people.completed().count(),
        surplus=places.confirmed().filter(surplus=True).count(),
        answers_sent=len(sent),
        answers_stored=answers.count(),
        answers_lost=sum(stored.get(key) != reply for key, reply in sent.items()),
        duplicates=people.count() - persons.count() + answers.count() - scenarios.count(),
        cells_over_target=sum(
            cell.confirmed > cell.target for cell in coverage.cell_counts(study, Cohort.REHEARSAL)
        ),
        max_imbalance=max(
            (why["held"] - why["smallest"] for why in places.values_list("why", flat=True)),
            default=0,
        ),
        seconds=round(seconds, 2),
        p50_ms=p50,
        p95_ms=p95,
        pages=len(times),
        pages_per_second=round(len(times) / browsing, 1) if browsing else 0.0,
    )


_FIELDS = ("personal", "norm", "importance_norm", "importance_preference", "reason")


def _percentiles(values: Sequence[float]) -> tuple[float, float]:
    if len(values) < 2:
        return (0.0, 0.0)
    cuts = quantiles(values, n=20)
    return round(cuts[9], 1), round(cuts[18], 1)
