"""The annotator's desk under load: 20,000 items, 8 annotators at once, beside a bare Django queue.

    python bench/desk.py

One answer is one request: it stores the labels of an item and comes back with the next item, as the
desk's script asks for it. The bare queue (bench/bare_queue.py) inserts a row and makes two indexed
queries, with nothing of the site around it. Both run under the same gunicorn options, against a
database of the same kind, in turns, five rounds of each. Then the stored labels are counted against
the answers that were acknowledged. Set DATABASE_URL for PostgreSQL, on an empty
database. Compare ratios, not machines.
"""

import argparse
import asyncio
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median, quantiles

import aiohttp

ROOT = Path(__file__).resolve().parents[1]
ITEMS = 20_000
OVERLAP = 2
WARM_UP = 20
"""Answers of each annotator that are not timed: a fresh process loads its templates first."""

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
ACTION = re.compile(r'action="(/validations/[^"]+/desk/\d+/)"')
ITEM = re.compile(r'name="item" value="(\d+)"')
SAID = {"c-preference-plausible": "yes", "c-preference-distinct": "yes", "c-scenario-clear": "yes"}

Annotator = Callable[[aiohttp.ClientSession, str, list[tuple[float, float]]], Awaitable[None]]


@dataclass(frozen=True)
class Lane:
    """Answers a second from the first timed one to the last, and milliseconds of a request."""

    rate: float
    p50: float
    p95: float


def main() -> None:
    args = _arguments()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory(prefix="pact-bench-") as home:
        os.environ["PACT_HOME"] = home
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{home}/pact.sqlite3")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pact_site.settings")
        cookies = _set_up(args.annotators)
        rounds = [_round(args, cookies) for _ in range(args.rounds)]
        print(f"{ITEMS:,} items, {args.annotators} at once; medians of {args.rounds} rounds")
        print(f"{'':12} {'answers/s':>10} {'p50 ms':>8} {'p95 ms':>8} {'of the bare':>12}")
        for name in LANES:
            lanes = [one[name] for one in rounds]
            shares = [one[name].rate / one["bare queue"].rate for one in rounds]
            rate, p50, p95 = (median(values) for values in zip(*map(astuple, lanes), strict=True))
            _tell(name, rate, p95, median(shares))
            print(f"{name:12} {rate:10.0f} {p50:8.0f} {p95:8.0f} {median(shares):12.2f}")
        for mode in ("free", "planned"):
            print(f"{mode}: {_counted(mode, args)}")


def _tell(name: str, rate: float, p95: float, share: float) -> None:
    from bench.table import Figure, tell

    if name == "bare queue":
        tell(Figure(name, rate, "answers/s"), Figure(f"{name}, p95", p95, "ms"))
        return
    tell(
        Figure(f"desk, {name}", rate, "answers/s", share, "bare queue", ">= 0.33x"),
        Figure(f"desk, {name}, p95", p95, "ms", wish="<= 100"),
    )


LANES = ("bare queue", "free", "planned")


def _round(args: argparse.Namespace, cookies: list[str]) -> dict[str, Lane]:
    """One turn of each, so that what else the machine does meets all of them alike."""
    desks = {mode: _desk(args, mode, cookies) for mode in ("free", "planned")}
    return {"bare queue": _bare(args), **desks}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--annotators", type=int, default=8)
    parser.add_argument("--answers", type=int, default=150, help="of each annotator and round")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def _set_up(annotators: int) -> list[str]:
    """Tables, 20,000 scenarios and two open validations; returns the annotators' cookies."""
    import django

    django.setup()
    from dataclasses import replace

    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from annotation.services.validation import drafts, freezing
    from annotation.services.validation.presets import PAPER
    from pact_site.base.models import User
    from tests.annotation.validating import make_scenarios

    call_command("migrate", verbosity=0)
    dataset = make_scenarios(ITEMS)
    people = [User.objects.create_user(f"a{n}") for n in range(annotators)]
    for mode in ("free", "planned"):
        plan = replace(
            PAPER.plan, mode=mode, annotators=annotators, raters=OVERLAP, shared=0, shared_raters=2
        )
        validation = drafts.create_draft(
            name=mode,
            slug=mode,
            dataset=dataset,
            protocol=replace(PAPER, sample_size=ITEMS, plan=plan),
        )
        for seat, user in zip(validation.annotators.all(), people, strict=True):
            seat.user = user
            seat.save()
        freezing.freeze(validation=validation)
    cookies = []
    for user in people:
        client = Client()
        client.force_login(user)
        cookies.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    return cookies


def _bare(args: argparse.Namespace) -> Lane:
    def annotator(number: int) -> Annotator:
        async def work(
            session: aiohttp.ClientSession, url: str, times: list[tuple[float, float]]
        ) -> None:
            html = await _ask(session, "GET", f"{url}?annotator={number}", [])
            for turn in range(WARM_UP + args.answers):
                data = {"annotator": str(number), "a": "yes", "b": "yes", "c": "yes", "note": ""}
                data |= {"csrfmiddlewaretoken": _found(TOKEN, html), "item": _found(ITEM, html)}
                kept = times if turn >= WARM_UP else []
                html = await _ask(session, "POST", url, kept, data=data)

        return work

    return _run("bench.bare_queue:application", [annotator(n) for n in range(args.annotators)])


def _desk(args: argparse.Namespace, mode: str, cookies: list[str]) -> Lane:
    def annotator(cookie: str) -> Annotator:
        async def work(
            session: aiohttp.ClientSession, url: str, times: list[tuple[float, float]]
        ) -> None:
            session.cookie_jar.update_cookies({"sessionid": cookie})
            html = await _ask(session, "GET", f"{url}validations/{mode}/desk/", [])
            for turn in range(WARM_UP + args.answers):
                data = SAID | {"action": "submit", "seconds": "3.5", "note": "", "revision": "0"}
                data["csrfmiddlewaretoken"] = _found(TOKEN, html)
                to = url.rstrip("/") + _found(ACTION, html)
                kept = times if turn >= WARM_UP else []
                html = await _ask(session, "POST", to, kept, data=data, extra={"X-Desk": "1"})

        return work

    return _run("pact_site.wsgi", [annotator(one) for one in cookies])


def _run(application: str, annotators: list[Annotator]) -> Lane:
    times: list[tuple[float, float]] = []
    with _server(application) as url:
        asyncio.run(_together(annotators, url, times))
    seconds = max(end for _, end in times) - min(start for start, _ in times)
    cuts = quantiles([(end - start) * 1000 for start, end in times], n=20)
    return Lane(len(times) / seconds, cuts[9], cuts[18])


async def _together(
    annotators: list[Annotator], url: str, times: list[tuple[float, float]]
) -> None:
    async def one(work: Annotator) -> None:
        # A connection for each request: kept ones may all end up with one of the four workers,
        # and a light page suffers more from that than a heavy one.
        fresh = aiohttp.TCPConnector(force_close=True)
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar, connector=fresh) as session:
            await work(session, url, times)

    await asyncio.gather(*(one(work) for work in annotators))


async def _ask(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    times: list[tuple[float, float]],
    *,
    data: dict[str, str] | None = None,
    extra: dict[str, str] | None = None,
) -> str:
    started = time.perf_counter()
    headers = {"Referer": url} | (extra or {})
    async with session.request(method, url, headers=headers, data=data) as response:
        html = await response.text()
        response.raise_for_status()
    times.append((started, time.perf_counter()))
    return html


def _found(pattern: re.Pattern[str], html: str) -> str:
    match = pattern.search(html)
    if match is None:
        sys.exit(f"the page has no {pattern.pattern}")
    return match[1]


@contextmanager
def _server(application: str) -> Iterator[str]:
    from survey.services.rehearsal_server import gunicorn_command

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(gunicorn_command(port, application=application), cwd=ROOT)
    try:
        url = f"http://127.0.0.1:{port}/"
        _wait(port)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=2).close()
            return
        except urllib.error.HTTPError:
            return  # the bare queue has no such page, but it answers
        except OSError:
            time.sleep(0.1)
    sys.exit("the server did not start")


def _counted(mode: str, args: argparse.Namespace) -> str:
    """Labels lost or doubled, and items with more ratings than planned."""
    from django.db.models import Count

    from annotation.models import Label, SampledItem, Task

    tasks = Task.objects.filter(item__validation__slug=mode, state=Task.State.SUBMITTED)
    said = args.annotators * (WARM_UP + args.answers) * args.rounds
    labels = Label.objects.filter(task__in=tasks)
    once = labels.values("task", "criterion").distinct().count()
    items = SampledItem.objects.filter(validation__slug=mode, tasks__state=Task.State.SUBMITTED)
    over = items.annotate(n=Count("tasks")).filter(n__gt=OVERLAP).count()
    people = items.annotate(n=Count("tasks"), who=Count("tasks__annotator", distinct=True))
    twice = sum(1 for item in people if item.n != item.who)
    return (
        f"Answers lost {said - tasks.count()}, labels lost {said * len(SAID) - once}, doubled "
        f"{labels.count() - once}, items over their overlap {over}, rated twice by one {twice}"
    )


if __name__ == "__main__":
    main()
