"""Rehearsals: simulated people go through the real pages, and what became of them is counted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
from django.db import close_old_connections
from django.urls import reverse
from django.utils import timezone

from annotation.services.schemes import find_distance
from pact_site.base.errors import BadInput
from survey.models import Cohort, Participant, Study
from survey.services import tickets
from survey.services.instruments import definition_of
from survey.services.rehearsal_counts import Outcome, count
from survey.services.rehearsal_server import server
from survey.services.simulated_browser import Browser, Diary, Surroundings
from survey.services.simulated_people import Guest, make_guests
from survey.services.simulated_recruiter import Recruiter
from survey.services.simulated_walks import come_back, take_part

Visit = tuple[Callable[[Browser], Awaitable[None]], Diary]
"""A way through the pages, and the diary of whoever goes it."""


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
    within: float = 0.0,
    patience: float = 0.0,
    done_one: Callable[[], object] = lambda: None,
) -> Outcome:
    """Send `n` simulated arrivals through the study's pages and count what was stored.

    Without `url`, a web server of its own is started on a free port against the same database.
    `pause` is how many seconds people read a page, from to; none without. With `within` all of them
    arrive spread over so many seconds; without, a fifth comes when the others are done. `patience`
    is for how many seconds people try again while the site is away.
    `prolific` is the address of a fake Prolific where people take their places and hand in codes.
    """
    _check_takes_people(study)
    definition = definition_of(study.instrument)
    guests = make_guests(
        n=n,
        seed=seed,
        countries=definition.countries,
        dropout=dropout,
        pages=definition.length + len(definition.checks) + 3,
    )
    return send(
        study=study, guests=guests, concurrency=concurrency, url=url, prolific=prolific,
        pause=pause, within=within, patience=patience, done_one=done_one,
    )  # fmt: skip


def _check_takes_people(study: Study) -> None:
    if study.origin != Study.Origin.COLLECTED or study.state == Study.State.CLOSED:
        raise BadInput(f"Study {study.slug} takes no participants.", found=study.state)


def send(
    *,
    study: Study,
    guests: Sequence[Guest],
    concurrency: int = 20,
    url: str | None = None,
    prolific: str | None = None,
    pause: tuple[float, float] = (0.0, 0.0),
    within: float = 0.0,
    patience: float = 0.0,
    done_one: Callable[[], object] = lambda: None,
) -> Outcome:
    """The same with these very guests."""
    _check_takes_people(study)
    recruiter = _recruiter(study, prolific) if prolific else None
    started = time.perf_counter()
    with server(url) as base:
        around = Surroundings(
            root=base.rstrip("/") + reverse("survey:entry", args=[study.slug]),
            ticket=tickets.make_ticket(study, Cohort.REHEARSAL),
            scheme=find_distance(study.scheme),
            definition=definition_of(study.instrument),
            recruiter=recruiter,
            pause=pause,
            within=within,
            patience=patience,
        )
        begun, worked = time.perf_counter(), time.process_time()
        diaries = _two_waves(study, guests, _Crowd(around, concurrency, done_one))
        browsing, busy = time.perf_counter() - begun, time.process_time() - worked
    return count(study, diaries, time.perf_counter() - started, browsing, busy)


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
    """Most people come first; the rest meet those who left, ran out of time and now come back.

    Nothing is asked of the database while people browse: it may have been restarted meanwhile.
    """
    diaries = [Diary(guest) for guest in guests]
    cut = len(diaries) - (0 if crowd.around.within else len(diaries) // 5)
    first, second = diaries[:cut], diaries[cut:]
    asyncio.run(crowd.browse([(take_part, diary) for diary in first]))
    close_old_connections()
    late = [diary for diary in first if diary.guest.comes_back]
    _let_time_run_out(study, [diary.guest.pid for diary in late])
    visits = [*((take_part, diary) for diary in second), *((come_back, diary) for diary in late)]
    asyncio.run(crowd.browse(visits))
    close_old_connections()
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
