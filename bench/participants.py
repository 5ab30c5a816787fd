"""Participants' pages under load, beside a bare Django page under the same server.

    python bench/participants.py

A bare project (one view: insert one row, render one template of a scenario page's size; CSRF and
nothing else) and the real pages run in turns under the same gunicorn options against a database of
the same kind, which is emptied before each turn of the real ones. Where there are four processors
or more, the server has two of them for itself and the clients the rest, in both lanes. Everybody
comes at the same moment and clicks without pause, 50 and 200 at once; a page of the real site is
a POST that saves and the GET it leads to, a page of the bare one is one request.

Printed: medians of the rounds for each lane, the server's processor time for a page, the clients'
own share of one processor (they must not be what is measured), the ratios, the smallest and the
largest of them, and what the rehearsals counted. `--realistic`: then everybody reads 5 to 20
seconds a page, which takes seven to ten minutes. Compare ratios, not machines; set DATABASE_URL for
PostgreSQL, on an empty database: it is flushed.
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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles

import aiohttp

ROOT = Path(__file__).resolve().parents[1]
PAGES = 20
"""Pages that one person makes in the bare project: about as many as in the real one."""

LATECOMERS = 0.2
"""A fifth of a rehearsal's people come in a second wave; so they do to the bare page."""

BUSY = 0.85
"""Above this share of one processor the clients themselves would be measured."""

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')

Row = dict[str, float]
Worked = tuple[float | None, Callable[[], float | None]]


@dataclass(frozen=True)
class Cores:
    """Which processors serve and which click; None where nobody is told."""

    server: frozenset[int] | None
    clients: frozenset[int] | None

    @property
    def serving(self) -> int:
        return len(self.server) if self.server else 2


def main() -> None:
    args = _arguments()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    cores = _cores()
    with tempfile.TemporaryDirectory(prefix="pact-bench-") as home:
        environment = os.environ | {"PACT_HOME": home}
        environment.setdefault("DATABASE_URL", f"sqlite:///{home}/pact.sqlite3")
        _manage(environment, "migrate", "--verbosity", "0")
        for at_once in args.at_once:
            rounds = [_round(environment, cores, at_once, args) for _ in range(args.rounds)]
            _tell(at_once, rounds)
            _print(at_once, rounds)
        if args.realistic:
            real = _real(environment, cores, 200, 200, pause=("5", "20"))
            print(f"\n200 people who read 5 to 20 s a page: p50 {real['p50_ms']:.0f} ms,")
            print(
                f"p95 {real['p95_ms']:.0f} ms, of saved scenarios {real['scenario_p95_ms']:.0f} ms"
            )
            print("   " + _counts([real]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--at-once", type=int, nargs="+", default=[50, 200])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--realistic", action="store_true", help="also with reading times")
    return parser.parse_args()


def _cores() -> Cores:
    """Two for the server and the rest for the clients, where there are four."""
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(usable) < 4:
        return Cores(None, None)
    return Cores(frozenset(usable[:2]), frozenset(usable[2:]))


def _manage(environment: dict[str, str], *arguments: str, cores: Cores | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *arguments],
        env=environment, capture_output=True, text=True, check=False,
        preexec_fn=_pin(cores.clients if cores else None),
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def _pin(cores: frozenset[int] | None) -> partial[None] | None:
    return partial(os.sched_setaffinity, 0, cores) if cores else None


def _round(
    environment: dict[str, str], cores: Cores, at_once: int, args: argparse.Namespace
) -> tuple[Row, Row]:
    """One turn of each, so that what else the machine does meets both alike."""
    people = round(at_once / (1 - LATECOMERS))
    return (
        _bare(environment, cores, people, at_once),
        _real(environment, cores, people, at_once),
    )


def _real(
    environment: dict[str, str],
    cores: Cores,
    people: int,
    at_once: int,
    pause: tuple[str, str] = ("0", "0"),
) -> Row:
    """The participants' pages of a study nobody has been to."""
    _manage(environment, "flush", "--no-input")
    _manage(environment, "load_study")
    with _server(environment, cores, "pact_site.wsgi", "health/") as (url, worked):
        told = _manage(
            environment, "simulate_participants", "--study", "first-light", "--n", str(people),
            "--seed", str(at_once), "--dropout", "0.2", "--concurrency", str(at_once),
            "--pause", *pause, "--url", url, "--json", cores=cores,
        )  # fmt: skip
        found: Row = json.loads(told)
        return found | _cpu(worked, found["pages"])


def _bare(environment: dict[str, str], cores: Cores, people: int, at_once: int) -> Row:
    """The bare page under the rehearsal's own gunicorn command, with another application."""
    with _server(environment, cores, "bench.bare_page:application") as (url, worked):
        command = [sys.executable, __file__, "--click", url, str(people), str(at_once)]
        clicked = subprocess.run(
            command, capture_output=True, text=True, check=True, preexec_fn=_pin(cores.clients)
        )
        found: Row = json.loads(clicked.stdout)
        return found | _cpu(worked, found["pages"])


@contextmanager
def _server(
    environment: dict[str, str], cores: Cores, application: str, ready: str = ""
) -> Iterator[tuple[str, Worked]]:
    """The address of a server, and its processor time: before anybody came, and when asked."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pact_site.settings")
    from survey.services.rehearsal_server import gunicorn_command

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = gunicorn_command(port, application=application, cores=cores.serving)
    process = subprocess.Popen(command, env=environment, cwd=ROOT, preexec_fn=_pin(cores.server))
    try:
        url = f"http://127.0.0.1:{port}/"
        _wait(url + ready)
        yield url, (_worked(process.pid), partial(_worked, process.pid))
    finally:
        process.terminate()
        process.wait(timeout=20)


def _worked(pid: int) -> float | None:
    """Processor time of all children of a process in milliseconds; None where no Linux tells it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        stats = [Path(f"/proc/{child}/stat").read_text().rpartition(")")[2] for child in children]
    except OSError:
        return None
    ticks = sum(int(field) for stat in stats for field in stat.split()[11:13])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def _cpu(worked: Worked, pages: float) -> Row:
    """Processor time for a page, by what there was before and is now."""
    before, now = worked
    after = now()
    return {} if before is None or after is None else {"cpu_ms": (after - before) / pages}


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("the server did not start")


def click(url: str, people: int, at_once: int) -> Row:
    """Everybody clicks through the bare page, in the waves in which a rehearsal's people come."""
    times: list[float] = []
    started, worked = time.perf_counter(), time.process_time()
    late = int(people * LATECOMERS)
    for wave in (people - late, late):
        asyncio.run(_click(url, wave, at_once, times))
    seconds = time.perf_counter() - started
    cuts = quantiles(times, n=20)
    return {
        "pages": len(times),
        "pages_per_second": len(times) / seconds,
        "p50_ms": cuts[9],
        "p95_ms": cuts[18],
        "client_busy": (time.process_time() - worked) / seconds,
    }


async def _click(url: str, people: int, at_once: int, times: list[float]) -> None:
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

        await asyncio.gather(*(person() for _ in range(people)))


async def _ask(
    session: aiohttp.ClientSession, method: str, url: str, times: list[float], **kwargs: object
) -> str:
    started = time.perf_counter()
    async with session.request(method, url, headers={"Referer": url}, **kwargs) as response:  # type: ignore[arg-type]
        html = await response.text()
        response.raise_for_status()
    times.append((time.perf_counter() - started) * 1000)
    return html


SHOWN = {
    "pages_per_second": ("pages/s", ".0f"),
    "p50_ms": ("p50 ms", ".0f"),
    "p95_ms": ("p95 ms", ".0f"),
    "cpu_ms": ("CPU ms a page", ".2f"),
    "client_busy": ("clients' CPU", ".2f"),
}


def _tell(at_once: int, rounds: Sequence[tuple[Row, Row]]) -> None:
    """Rate and p95 beside the bare page's, each ratio the median of the rounds' own."""
    from bench.table import Figure, tell

    wishes = {"pages_per_second": ("pages/s", ">= 0.33x"), "p95_ms": ("ms, p95", "<= 3x")}
    for key, (unit, wish) in wishes.items():
        value = median(real[key] for _, real in rounds)
        ratio = median(real[key] / bare[key] for bare, real in rounds)
        tell(Figure(f"{at_once} at once", value, unit, ratio, "bare page", wish))


def _print(at_once: int, rounds: Sequence[tuple[Row, Row]]) -> None:
    print(f"\n{f'{at_once} at once':24}" + "".join(f"{head:>18}" for head, _ in SHOWN.values()))
    bare, real = zip(*rounds, strict=True)
    saves = [
        row | {"p50_ms": row["scenario_p50_ms"], "p95_ms": row["scenario_p95_ms"]} for row in real
    ]
    lanes = (
        ("bare Django page", bare),
        ("participants' pages", real),
        ("those that save scenarios", saves),
    )
    for name, rows in lanes:
        print(f"{name:24}" + "".join(f"{_median(rows, key):>18}" for key in SHOWN))
    for name, rows in (("ratio", real), ("ratio, saved scenarios", saves)):
        print(f"{name:24}" + "".join(f"{_ratio(rows, bare, key):>18}" for key in list(SHOWN)[:4]))
    print("   " + _counts(real))
    if max(row["client_busy"] for row in (*bare, *real)) > BUSY:
        print("   the clients had too little processor time: these figures are theirs")


def _median(rows: Sequence[Row], key: str) -> str:
    values = [row[key] for row in rows if key in row]
    return format(median(values), SHOWN[key][1]) if values else "-"


def _ratio(rows: Sequence[Row], bare: Sequence[Row], key: str) -> str:
    """Median, smallest and largest of the rounds."""
    shares = [row[key] / base[key] for row, base in zip(rows, bare, strict=True) if key in row]
    return f"{median(shares):.2f} ({min(shares):.2f}-{max(shares):.2f})" if shares else "-"


def _counts(real: Sequence[Row]) -> str:
    names = (
        "participants", "completed", "answers_lost", "duplicates", "cells_over_target",
        "max_imbalance", "endings_wrong",
    )  # fmt: skip
    return ", ".join(f"{name} {'/'.join(f'{row[name]:.0f}' for row in real)}" for name in names)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--click"]:
        print(json.dumps(click(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
    else:
        main()
