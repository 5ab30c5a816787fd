"""A counterpart run against the stub server, beside bare loops on the same prompts.

    python bench/run_engine.py --prompts 10000 --rounds 3

Each lane runs in processes of its own, in turns, against one stub server (a process too, so its
work is not counted): the engine of `run_models` on the `lean` and the `openai` endpoint, with
planning, leases, shards and database; bare loops of the `openai` client and of aiohttp over bodies
made beforehand; and two processes of plain sockets that find out what the stub can serve. All ask
the same prompts; clients have at most 256 in flight. The stub keeps all its answers, and lane
`stub`, the first, has them made: with any number of prompts it only looks them up. Printed per
lane: median prompts a second, CPU seconds per 1,000 prompts, peak memory; then ratios, each the
median of the rounds' own. Compare ratios, not machines. Where the stub serves less than twice what
the bare aiohttp loop reaches, it holds the clients back: the figures are called invalid and the exit
code is 1.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import orjson

ROOT = Path(__file__).resolve().parents[1]
MODEL = "pact-stub-1"
IN_FLIGHT = 256
STUB_PROCESSES = 2
LEAST_ROOM = 2.0
WARM_UP = 500
"""So many prompts are asked before: what is imported with the first answer is start-up."""
LANES = {
    "stub": "plain sockets: what the stub can serve",
    "aiohttp": "bare loop of aiohttp",
    "engine": "run_models' engine on the lean endpoint, SQLite",
    "engine_openai": "the same on the openai endpoint",
    "openai": "bare loop of the openai client (aiohttp transport)",
    "openai_default": "bare loop of the openai client (default transport)",
}
KINDS = {"engine": "lean", "engine_openai": "openai"}

Body = dict[str, Any]
Ask = Callable[[Body], Coroutine[Any, Any, str]]
Measured = dict[str, float]


def main() -> int:
    args = _arguments()
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    if args.lane:
        print(json.dumps(_lane(args.lane, args.prompts, args.url)))
        return 0
    with tempfile.TemporaryDirectory(prefix="pact-bench-") as home, _stub(args) as url:
        environment = os.environ | {
            "PACT_HOME": home, "PACT_BASE_URL": url, "PACT_MODEL": MODEL, "OPENAI_API_KEY": "none",
            "DATABASE_URL": f"sqlite:///{home}/pact.sqlite3", "PACT_SHARDS": f"{home}/shards",
        }  # fmt: skip
        _manage(environment, "migrate", "--verbosity", "0")
        _manage(environment, "load_study")
        rounds = [_round(args, url, environment) for _ in range(args.rounds)]
    _tell(rounds, args.prompts)
    _print_table(rounds, args)
    return _print_ratios(rounds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompts", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency-ms", type=float, default=20.0, help="of the stub (default 20)")
    parser.add_argument(
        "--lanes", type=lambda text: text.split(","), default=list(LANES),
        help=f"comma-separated, of {', '.join(LANES)}",
    )  # fmt: skip
    parser.add_argument("--lane", choices=LANES, help=argparse.SUPPRESS)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def _manage(environment: dict[str, str], *args: str) -> None:
    command = [sys.executable, "manage.py", *args]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _stub(args: argparse.Namespace):
    """The stub server in a process of its own; its base URL.

    It keeps every answer, in the two spellings that clients have: one that it has made before costs
    it a twentieth, and what is measured is how clients ask, not how it thinks.
    """
    command = [
        sys.executable, "manage.py", "stub_server", "--latency-ms", str(args.latency_ms),
        "--keep", str(2 * args.prompts),
    ]  # fmt: skip
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield server.stdout.readline().split(" ", 1)[1].strip()
    finally:
        server.terminate()
        server.wait()


def _round(args: argparse.Namespace, url: str, environment: dict[str, str]) -> dict[str, Measured]:
    """Every lane once, one after the other."""
    measured = {name: _measure(name, args.prompts, url, environment) for name in args.lanes}
    print(f"load {os.getloadavg()[0]:.1f}", end=" ", file=sys.stderr, flush=True)
    return measured


def _measure(lane: str, prompts: int, url: str, environment: dict[str, str]) -> Measured:
    """The lane's own figures; of several processes the sums, and the longest time."""
    number = STUB_PROCESSES if lane == "stub" else 1
    command = [
        sys.executable, __file__, "--lane", lane, "--prompts", str(prompts), "--url", url,
    ]  # fmt: skip
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    environment = environment | {"PACT_ENDPOINT_KIND": KINDS.get(lane, "openai")}
    processes = [subprocess.Popen(command, env=environment, **pipes) for _ in range(number)]
    for process in processes:
        process.stdout.readline()  # it is ready
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    found = [json.loads(process.communicate()[0].splitlines()[-1]) for process in processes]
    return {
        "rate": number * prompts / max(one["seconds"] for one in found),
        "cpu": sum(one["cpu"] for one in found) / number,
        "peak_mb": max(one["peak_mb"] for one in found),
    }


def _lane(lane: str, prompts: int, url: str) -> Measured:
    """Warm up, prepare, say so, wait for the word, then do the timed part; in its own process."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "pact_site.settings"
    import django

    django.setup()
    make = _engine if lane in KINDS else partial(_bare, lane, url)
    make(min(WARM_UP, prompts))()
    work = make(prompts)
    print("ready", flush=True)
    sys.stdin.readline()
    before, started = _cpu(), time.perf_counter()
    answered = work()
    seconds, cpu = time.perf_counter() - started, _cpu() - before
    assert answered == prompts, f"{lane}: {answered} of {prompts} answered"
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu": 1000 * cpu / prompts, "peak_mb": peak_mb}


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _design(prompts: int):
    from modeling.services import designs, items
    from pact_site.services import counterparts

    subject = counterparts.of_study("first-light")
    design = designs.counterparts(
        items=len(items.askable_items(subject.release)),
        countries=subject.countries,
        styles=["all"],
        limit=prompts,
    )
    if design.cells != prompts:
        raise SystemExit(f"The study has {design.cells} prompts only.")
    return subject, design


def _engine(prompts: int) -> Callable[[], int]:
    """All of it: plan, lease, ask, read, parse, shard."""
    from modeling.backends import Decoding
    from modeling.services import endpoints, foreground, plans, progress, runs

    subject, design = _design(prompts)

    def work() -> int:
        run = plans.plan_run(
            release=subject.release, design=design, endpoint=endpoints.from_environment(),
            decoding=Decoding(), study_slug=subject.study_slug, new=True,
        ).run  # fmt: skip
        runs.start(run=run)
        foreground.see_through(run, lambda tick: None)
        return progress.of(run).answered

    return work


def _bare(lane: str, url: str, prompts: int) -> Callable[[], int]:
    bodies = list(_bodies(prompts))
    if lane == "stub":
        requests = [_request(url, body) for body in bodies]
        asyncio.run(_sockets(url, requests))  # from here on the stub's answers are made
        return lambda: asyncio.run(_sockets(url, requests))
    opener = {"openai": _openai, "openai_default": _openai_default, "aiohttp": _aiohttp}[lane]
    return lambda: asyncio.run(_loop(opener, url, bodies))


def _bodies(prompts: int) -> Iterator[Body]:
    """The same requests as the engine's, rendered beforehand."""
    from modeling.backends import Decoding
    from modeling.backends.chat_format import request_body
    from modeling.services.items import Questionnaire, askable_items

    subject, design = _design(prompts)
    questions = Questionnaire(design, askable_items(subject.release))
    for asked in questions.asked(0, prompts):
        yield request_body(MODEL, asked.prompt, Decoding())


def _request(url: str, body: Body) -> bytes:
    content = orjson.dumps(body)
    path = urlsplit(url).path + "/chat/completions"
    return f"POST {path} HTTP/1.1\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


async def _sockets(url: str, requests: list[bytes]) -> int:
    """Send each request over one of IN_FLIGHT connections; count the good answers."""
    waiting, parts, everything = iter(requests), urlsplit(url), asyncio.Event()
    answered = 0

    class Connection(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport, self.left = transport, 0
            self.send()

        def send(self) -> None:
            request = next(waiting, None)
            if request is not None:
                self.transport.write(request)

        def data_received(self, data: bytes) -> None:
            nonlocal answered
            if not self.left:  # the head of an answer comes whole on loopback
                head, _, data = data.partition(b"\r\n\r\n")
                answered += head.startswith(b"HTTP/1.1 200 ")
                self.left = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            self.left -= len(data)
            if not self.left:
                self.send()
            if answered == len(requests) and not self.left:
                everything.set()

    loop = asyncio.get_running_loop()
    for _ in range(IN_FLIGHT):
        await loop.create_connection(Connection, parts.hostname, parts.port)
    await asyncio.wait_for(everything.wait(), timeout=600)
    return answered


async def _loop(opener: Any, url: str, bodies: list[Body]) -> int:
    """Ask all bodies with IN_FLIGHT askers; count the answers that hold a letter."""
    waiting = iter(bodies)
    answered = 0

    async def asker(ask: Ask) -> None:
        nonlocal answered
        for body in waiting:
            text = await ask(body)  # apart: `answered += await` would read the count too early
            answered += bool(text)

    async for ask in opener(url):
        await asyncio.gather(*(asker(ask) for _ in range(IN_FLIGHT)))
    return answered


async def _aiohttp(url: str) -> AsyncIterator[Ask]:
    import aiohttp

    connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def ask(body: Body) -> str:
            data, kind = orjson.dumps(body), {"content-type": "application/json"}
            async with session.post(f"{url}/chat/completions", data=data, headers=kind) as reply:
                return orjson.loads(await reply.read())["choices"][0]["message"]["content"]

        yield ask


async def _openai(url: str) -> AsyncIterator[Ask]:
    import openai

    async for ask in _openai_with(url, openai.DefaultAioHttpClient):
        yield ask


async def _openai_default(url: str) -> AsyncIterator[Ask]:
    import openai

    async for ask in _openai_with(url, openai.DefaultAsyncHttpxClient):
        yield ask


async def _openai_with(url: str, http_client: Any) -> AsyncIterator[Ask]:
    import httpx2
    import openai

    limits = httpx2.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
    client = openai.AsyncOpenAI(
        api_key="none", base_url=url, max_retries=0, http_client=http_client(limits=limits)
    )
    async with client:

        async def ask(body: Body) -> str:
            reply = await client.chat.completions.create(**body)
            return reply.choices[0].message.content

        yield ask


WISHES = {"rate": ">= 0.6x", "cpu": "<= 2x", "peak_mb": "<= 500"}


def _tell(rounds: list[dict[str, Measured]], prompts: int) -> None:
    """Medians of the rounds, the engine's on `lean` beside the bare aiohttp loop with their wishes."""
    from bench.table import Figure, tell

    units = {
        "rate": ("rate", "prompts/s"),
        "cpu": ("processor time", "s per 1,000"),
        "peak_mb": ("memory", "MB"),
    }
    for lane in rounds[0]:
        held = lane == "engine" and "aiohttp" in rounds[0]
        for name, (title, unit) in units.items():
            ratio = median(one[lane][name] / one["aiohttp"][name] for one in rounds) if held else None  # fmt: skip
            value = median(one[lane][name] for one in rounds)
            beside, wish = ("bare aiohttp", WISHES[name]) if held else ("", "")
            tell(Figure(f"{lane}: {title}", value, unit, ratio, beside, wish, prompts))  # fmt: skip


def _print_table(rounds: list[dict[str, Measured]], args: argparse.Namespace) -> None:
    print(
        f"{args.prompts} prompts, stub latency {args.latency_ms:g} ms, {IN_FLIGHT} in flight; "
        f"medians of {args.rounds} rounds"
    )
    print(f"{'prompts/s':>10} {'CPU s/1,000':>12} {'peak MB':>8}  lane")
    for lane in args.lanes:
        rate, cpu, peak = (
            median(one[lane][name] for one in rounds) for name in ("rate", "cpu", "peak_mb")
        )
        print(f"{rate:10.0f} {cpu:12.2f} {peak:8.0f}  {lane}: {LANES[lane]}")


def _print_ratios(rounds: list[dict[str, Measured]]) -> int:
    """Say how lanes compare; 1 if the stub was too slow for the comparison to mean anything."""
    lanes = rounds[0].keys()
    for engine in KINDS.keys() & lanes:
        for lane in sorted(lanes - KINDS.keys() - {"stub"}):
            rate, cpu = (
                median(one[engine][name] / one[lane][name] for one in rounds)
                for name in ("rate", "cpu")
            )
            print(f"{engine} against {lane}: {rate:.2f} x its rate, {cpu:.2f} x its CPU time")
    if not {"stub", "aiohttp"} <= lanes:
        return 0
    room = median(one["stub"]["rate"] / one["aiohttp"]["rate"] for one in rounds)
    print(f"the stub serves {room:.2f} x what the bare aiohttp loop reaches", end="")
    print("" if room >= LEAST_ROOM else f": INVALID, {LEAST_ROOM:g} x is needed")
    return int(room < LEAST_ROOM)


if __name__ == "__main__":
    sys.exit(main())
