"""Participants' pages under load, beside a bare Django page under the same server.

    python bench/participants.py --n 200

A bare project (one view: insert one row, render one template of a scenario page's size; CSRF and
nothing else) and the real pages run one after the other under the same gunicorn options against a
database of the same kind. The same client clicks without pause, 50 and 200 people at once. The bare
page is measured before and after the real ones, because other work on the machine moves it most;
ratios are to the mean of both. Printed: pages a second, p50 and p95 of each, of the real ones over
all pages and for those that save a scenario, the ratios, and what the rehearsal counted. Then
everybody reads 5 to 20 seconds a page (`--realistic`), which takes seven to ten minutes. Compare
ratios, not machines; set DATABASE_URL for PostgreSQL, on an empty database.
"""

import argparse
import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean, quantiles

import aiohttp

ROOT = Path(__file__).resolve().parents[1]
PAGES = 24
"""Requests that one person makes in the bare project: about as many as in the real one."""

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def main() -> None:
    args = _arguments()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory(prefix="pact-bench-") as home:
        environment = os.environ | {"PACT_HOME": home}
        environment.setdefault("DATABASE_URL", f"sqlite:///{home}/pact.sqlite3")
        _manage(environment, "migrate", "--verbosity", "0")
        _manage(environment, "load_study")
        for people in args.at_once:
            before = _bare(environment, args.n, people)
            real = _rehearse(environment, args.n, people, seed=people)
            after = _bare(environment, args.n, people)
            _print(f"{people} at once", (before, after), real)
        if args.realistic:
            real = _rehearse(environment, args.n, args.n, seed=7, pause=("5", "20"))
            print(f"\n{args.n} people who read 5 to 20 s a page: p50 {real['p50_ms']:.0f} ms,")
            print(
                f"p95 {real['p95_ms']:.0f} ms, of saved scenarios {real['scenario_p95_ms']:.0f} ms"
            )
            print("   " + _counts(real))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=200, help="people (default 200)")
    parser.add_argument("--at-once", type=int, nargs="+", default=[50, 200])
    parser.add_argument("--realistic", action="store_true", help="also with reading times")
    return parser.parse_args()


def _manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *arguments],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def _rehearse(
    environment: dict[str, str],
    n: int,
    at_once: int,
    seed: int,
    pause: tuple[str, str] = ("0", "0"),
) -> dict[str, float]:
    told = _manage(
        environment, "simulate_participants", "--study", "first-light", "--n", str(n), "--seed",
        str(seed), "--dropout", "0.2", "--concurrency", str(at_once), "--pause", *pause, "--json",
    )  # fmt: skip
    found: dict[str, float] = json.loads(told)
    return found


def _bare(environment: dict[str, str], n: int, at_once: int) -> dict[str, float]:
    """The bare page under the rehearsal's own gunicorn command, with another application."""
    with _server(environment) as url:
        times: list[float] = []
        started = time.perf_counter()
        asyncio.run(_click(url, n, at_once, times))
        seconds = time.perf_counter() - started
    cuts = quantiles(times, n=20)
    return {"pages_per_second": len(times) / seconds, "p50_ms": cuts[9], "p95_ms": cuts[18]}


@contextmanager
def _server(environment: dict[str, str]) -> Iterator[str]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pact_site.settings")
    from survey.services.rehearsal_server import gunicorn_command

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = gunicorn_command(port, application="bench.bare_page:application")
    process = subprocess.Popen(command, env=environment, cwd=ROOT)
    try:
        url = f"http://127.0.0.1:{port}/"
        _wait(url)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("the bare page's server did not start")


async def _click(url: str, n: int, at_once: int, times: list[float]) -> None:
    turns = asyncio.Semaphore(at_once)
    async with aiohttp.TCPConnector(limit=at_once * 2) as connector:

        async def person() -> None:
            async with turns, aiohttp.ClientSession(
                connector=connector, connector_owner=False,
                cookie_jar=aiohttp.CookieJar(unsafe=True),
            ) as session:  # fmt: skip
                html = await _ask(session, "GET", url, times)
                for _ in range(PAGES - 1):
                    token = TOKEN.search(html)
                    data = {"csrfmiddlewaretoken": token[1] if token else "", "answer": "culture"}
                    html = await _ask(session, "POST", url, times, data=data)

        await asyncio.gather(*(person() for _ in range(n)))


async def _ask(
    session: aiohttp.ClientSession, method: str, url: str, times: list[float], **kwargs: object
) -> str:
    started = time.perf_counter()
    async with session.request(method, url, headers={"Referer": url}, **kwargs) as response:  # type: ignore[arg-type]
        html = await response.text()
        response.raise_for_status()
    times.append((time.perf_counter() - started) * 1000)
    return html


Row = dict[str, float]


def _print(title: str, bare: tuple[Row, Row], real: Row) -> None:
    saves = {**real, "p50_ms": real["scenario_p50_ms"], "p95_ms": real["scenario_p95_ms"]}
    names = (
        "bare Django page, before",
        "the same, after",
        "participants' pages",
        "saved scenarios",
    )
    print(f"\n{title:26} {'pages/s':>9} {'p50 ms':>8} {'p95 ms':>8}")
    for name, row in zip(names, (*bare, real, saves), strict=True):
        print(f"{name:26} {row['pages_per_second']:9.0f} {row['p50_ms']:8.0f} {row['p95_ms']:8.0f}")
    base = {name: mean(row[name] for row in bare) for name in bare[0]}
    for name, row in (("ratio", real), ("ratio, saved scenarios", saves)):
        shares = [row[key] / base[key] for key in ("pages_per_second", "p50_ms", "p95_ms")]
        print(f"{name:26} {shares[0]:9.2f} {shares[1]:8.2f} {shares[2]:8.2f}")
    print("   " + _counts(real))


def _counts(real: dict[str, float]) -> str:
    names = (
        "participants", "completed", "answers_lost", "duplicates", "cells_over_target",
        "max_imbalance", "endings_wrong",
    )  # fmt: skip
    return ", ".join(f"{name} {real[name]:.0f}" for name in names)


if __name__ == "__main__":
    main()
