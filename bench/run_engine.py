"""A counterpart run against the stub server, beside bare loops on the same prompts.

    python bench/run_engine.py --prompts 10000

Each lane runs in a process of its own, one after the other, against one stub server (a process
too, so its work is not counted): the engine of `run_models` with leases, shards and database; a
bare loop of the `openai` client; a bare loop of aiohttp. All ask exactly the same prompts with at
most 256 in flight. Printed per lane: prompts a second, CPU seconds per 1,000 prompts, peak memory
of the process; then the ratios. Start-up and planning are not timed. Compare ratios, not
machines.
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
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MODEL = "pact-stub-1"
IN_FLIGHT = 256
LANES = {
    "engine": "run_models' engine (openai client, leases, shards, SQLite)",
    "openai": "bare loop of the openai client (aiohttp transport)",
    "openai_default": "bare loop of the openai client (default transport)",
    "aiohttp": "bare loop of aiohttp",
}

Body = dict[str, Any]
Ask = Callable[[Body], Coroutine[Any, Any, str]]


def main() -> None:
    args = _arguments()
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    if args.lane:
        print(json.dumps(_lane(args.lane, args.prompts, args.url)))
        return
    with tempfile.TemporaryDirectory(prefix="pact-bench-") as home, _stub(args.latency_ms) as url:
        environment = os.environ | {
            "PACT_HOME": home, "PACT_BASE_URL": url, "PACT_MODEL": MODEL, "OPENAI_API_KEY": "none",
            "DATABASE_URL": f"sqlite:///{home}/pact.sqlite3", "PACT_SHARDS": f"{home}/shards",
        }  # fmt: skip
        _manage(environment, "migrate", "--verbosity", "0")
        _manage(environment, "load_study")
        measured = {name: _measure(name, args.prompts, url, environment) for name in args.lanes}
    _print_table(measured, args)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompts", type=int, default=10_000)
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
def _stub(latency_ms: float):
    """The stub server in a process of its own; its base URL."""
    command = [sys.executable, "manage.py", "stub_server", "--latency-ms", str(latency_ms)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield server.stdout.readline().split(" ", 1)[1].strip()
    finally:
        server.terminate()
        server.wait()


def _measure(lane: str, prompts: int, url: str, environment: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, __file__, "--lane", lane, "--prompts", str(prompts), "--url", url]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def _lane(lane: str, prompts: int, url: str) -> dict[str, float]:
    """Prepare, then do the timed part; runs in the lane's own process."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "pact_site.settings"
    import django

    django.setup()
    if lane == "engine":
        work = _engine(prompts)
    else:
        bodies = list(_bodies(prompts))
        opener = {"openai": _openai, "openai_default": _openai_default, "aiohttp": _aiohttp}[lane]
        work = lambda: asyncio.run(_loop(opener, url, bodies))  # noqa: E731
    before, started = _cpu(), time.perf_counter()
    answered = work()
    seconds, cpu = time.perf_counter() - started, _cpu() - before
    assert answered == prompts, f"{lane}: {answered} of {prompts} answered"
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu": cpu, "peak_mb": peak_mb}


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _plan(prompts: int):
    from modeling.backends import Decoding
    from modeling.services import designs, endpoints, items, plans
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
    return plans.plan_run(
        release=subject.release, design=design, endpoint=endpoints.from_environment(),
        decoding=Decoding(), study_slug=subject.study_slug, new=True,
    ).run  # fmt: skip


def _engine(prompts: int) -> Callable[[], int]:
    from modeling.services import foreground, progress, runs

    run = _plan(prompts)

    def work() -> int:
        runs.start(run=run)
        foreground.see_through(run, lambda tick: None)
        return progress.of(run).answered

    return work


def _bodies(prompts: int):
    """The same requests as the engine's, rendered beforehand."""
    from modeling.backends import Decoding
    from modeling.backends.chat_format import request_body
    from modeling.prompts import render
    from modeling.services.designs import Design
    from modeling.services.items import Questionnaire, askable_items

    run = _plan(prompts)
    asked = Questionnaire(Design.from_json(run.design), askable_items(run.release))
    for cell in asked.design.range(0, asked.design.cells):
        yield request_body(MODEL, render(asked.fields(cell, asked.key(cell))), Decoding())


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
    import orjson

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


def _print_table(measured: dict[str, dict[str, float]], args: argparse.Namespace) -> None:
    print(f"{args.prompts} prompts, stub latency {args.latency_ms:g} ms, {IN_FLIGHT} in flight")
    print(f"{'prompts/s':>10} {'CPU s/1,000':>12} {'peak MB':>8}  lane")
    for lane, got in measured.items():
        rate, cpu = args.prompts / got["seconds"], 1000 * got["cpu"] / args.prompts
        print(f"{rate:10.0f} {cpu:12.2f} {got['peak_mb']:8.0f}  {lane}: {LANES[lane]}")
    engine = measured.get("engine")
    for lane, got in measured.items():
        if engine and lane != "engine":
            speed = got["seconds"] / engine["seconds"]
            cpu = engine["cpu"] / got["cpu"]
            print(f"engine against {lane}: {speed:.2f} x its rate, {cpu:.2f} x its CPU time")


if __name__ == "__main__":
    main()
