"""Runs of a million cells and of tens of millions, and ten million answers in large files.

    python bench/scale.py

Each part is a process of its own with a database and a folder of its own, on SQLite (or on the
database in DATABASE_URL, which must be empty). Planning stores the rows of all chunks. `resume`
kills one of two workers with SIGKILL in the middle of the million-cell run and counts the seconds
until the other, which stood still meanwhile, holds what the dead one held: with the lease's owner
on this host, and, as if it had been another host, after the end of the lease. `compact` writes answers with drawn probabilities and latencies (what
packs worst) as shards of 50,000 rows, merges them, and groups the large files by several columns.
Memory is the peak of the part's process.
"""

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LEASE_S = 6
Figures = dict[str, Any]


def main() -> None:
    args = _arguments()
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    if args.part:
        print(json.dumps(_part(args)))
        return
    from bench.table import tell

    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for part in args.parts:
        with tempfile.TemporaryDirectory(prefix="pact-scale-") as home:
            found = _measure(part, args, home)
        tell(*(_figure(name, value) for name, value in found.items()))
        print(f"\n{part}")
        for name, value in found.items():
            print(
                f"  {value:>14,.2f}  {name}"
                if isinstance(value, float)
                else f"  {value:>14,}  {name}"
            )


WISHES = {"to plan 1,000,000 cells": "<= 5", "until": "<= 5", "to group by": "<= 2"}


def _figure(name: str, value: float) -> Any:
    """A unit stands before what is measured: "s to merge them", "MB in shards"."""
    from bench.table import Figure

    unit, _, what = name.partition(" ")
    if unit not in ("s", "ms", "MB"):
        return Figure(name.removesuffix(", MB"), value, "MB")
    bound = next((bound for start, bound in WISHES.items() if what.startswith(start)), "")
    return Figure(what, value, unit, wish=bound)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", type=lambda text: text.split(","), default=list(PARTS),
                        help=f"comma-separated, of {', '.join(PARTS)}")  # fmt: skip
    parser.add_argument("--cells", type=int, default=1_000_000)
    parser.add_argument("--many-cells", type=int, default=38_000_000)
    parser.add_argument("--answers", type=int, default=10_000_000)
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(part: str, args: argparse.Namespace, home: str) -> Figures:
    environment = {"DATABASE_URL": f"sqlite:///{home}/pact.sqlite3"} | os.environ | {
        "PACT_HOME": home, "PACT_SHARDS": f"{home}/shards", "PACT_LEASE_SECONDS": str(LEASE_S),
    }  # fmt: skip
    _manage(environment, "migrate", "--verbosity", "0")
    command = [sys.executable, __file__, "--part", part]
    for name in ("cells", "many_cells", "answers"):
        command += [f"--{name.replace('_', '-')}", str(getattr(args, name))]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def _manage(environment: dict[str, str], *args: str) -> None:
    subprocess.run([sys.executable, "manage.py", *args], env=environment, check=True)


def _part(args: argparse.Namespace) -> Figures:
    os.environ["DJANGO_SETTINGS_MODULE"] = "pact_site.settings"
    import django

    django.setup()
    return PARTS[args.part](args) | {"peak memory, MB": _peak_mb()}


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def _plan(cells: int):
    """A run of so many cells about four scenarios: many samples make it large."""
    from annotation.models import Release
    from modeling.backends import Decoding
    from modeling.services import designs, endpoints, items, plans
    from tests.modeling.making import make_release

    release = Release.objects.first() or make_release(64)
    count = len(items.items_of(release))
    design = designs.counterparts(
        items=count, countries=["BR", "IN", "ZA", "GB", "US"], styles=["all"], limit=cells,
        samples=min(-(-cells // (count * 21 * 5 * 4)), designs.MAX_SAMPLES),
    )  # fmt: skip
    assert design.cells == cells, design.cells
    return plans.plan_run(
        release=release, design=design, endpoint=endpoints.named("baseline:uniform"),
        decoding=Decoding(), new=True,
    ).run  # fmt: skip


def plan(args: argparse.Namespace) -> Figures:
    from modeling.services import progress, runs

    _plan(1000)  # imports, caches
    before = _peak_mb()
    small, run = _timed(lambda: _plan(args.cells))
    middle = _peak_mb()
    large, many = _timed(lambda: _plan(args.many_cells))
    start, _ = _timed(lambda: runs.start(run=many))
    look, _ = _timed(lambda: progress.of(many))
    return {
        f"s to plan {args.cells:,} cells ({run.chunks.count():,} chunks)": small,
        "MB that took": middle - before,
        f"s to plan {args.many_cells:,} cells ({many.chunks.count():,} chunks)": large,
        "MB more that took": _peak_mb() - middle,
        "s to start the larger": start,
        "s to count its progress": look,
        "ms to claim one of its chunks": 1000 * _claim(many),
    }


def _claim(run: Any) -> float:
    from modeling.services import chunks

    seconds, claimed = _timed(lambda: [chunks.claim([run.pk]) for _ in range(50)])
    assert all(claimed)
    return seconds / 50


def resume(args: argparse.Namespace) -> Figures:
    from modeling.services import runs

    run = _plan(args.cells)
    runs.start(run=run)
    helper = _worker()
    figures: Figures = {}
    try:
        for place in ("here", "elsewhere"):
            seconds, chunks = _taken_over(run, helper, place)
            told = {
                "here": "after their worker died on this host",
                "elsewhere": "after the end of the lease, the dead worker on another host",
            }
            figures[f"s until {chunks} chunks were taken over {told[place]}"] = seconds
    finally:
        helper.kill()
        helper.wait()
    return figures


def _taken_over(run: Any, helper: subprocess.Popen[bytes], place: str) -> tuple[float, int]:
    """Kill a worker beside `helper`, which sleeps meanwhile; seconds until it has its chunks."""
    held: Any = run.chunks.none()
    while not held.exists():
        victim = _worker()
        held = run.chunks.filter(state="running", owner_process__startswith=f"{victim.pid}:")
        while not held.exists():
            time.sleep(0.001)
        helper.send_signal(signal.SIGSTOP)
        victim.kill()
        victim.wait()
    lost = list(held.values_list("pk", "attempts"))
    since = time.time()
    if place == "elsewhere":
        since = max(held.values_list("lease_expires", flat=True)).timestamp()
        held.update(owner_host="another-host")
    helper.send_signal(signal.SIGCONT)
    while any(run.chunks.filter(pk=pk, attempts=tried).exists() for pk, tried in lost):
        time.sleep(0.01)
    return time.time() - since, len(lost)


def _worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "manage.py", "worker", "--kinds", "chunks"])


def compact(args: argparse.Namespace) -> Figures:
    from modeling.services import compaction

    run = _answered(args.answers)
    size = _folder_mb()
    seconds, done = _timed(lambda: compaction.compact(run))
    assert done.rows == args.answers
    peak = _peak_mb()
    large = sum(
        Path(path).stat().st_size for path in {row for row in _paths(run)}
    ) / 1e6  # fmt: skip
    figures: Figures = {
        "MB in shards of 50,000": size,
        f"MB in {done.after} large files": large,
        "s to merge them": seconds,
        "MB of memory it took at most": peak,
    }
    return figures | _group_bys(run, args.answers)


def _paths(run: Any) -> list[str]:
    from modeling.services import answers

    return answers.answers([run.pk])


def _folder_mb() -> float:
    from django.conf import settings

    return sum(path.stat().st_size for path in Path(settings.PACT_SHARDS).rglob("*")) / 1e6


GROUPS = (
    ("frame",),
    ("prompt_style", "option_order"),
    ("scenario_country", "persona_country"),
    ("persona_country", "persona_demo", "frame", "option_order"),
    ("scenario_item_id",),
    ("scenario", "persona_country", "persona_demo"),
    ("item_id", "persona_country", "persona_demo", "frame"),
)


def _group_bys(run: Any, rows: int) -> Figures:
    import polars as pl

    from modeling.services import answers

    figures: Figures = {}
    culture = (pl.col("choice") == "culture").mean()
    for keys in GROUPS:
        query = answers.scan([run.pk]).group_by(*keys).agg(pl.len(), pl.mean("q"), culture)
        cpu = time.process_time()
        seconds, found = _timed(lambda query=query: query.collect(engine="streaming"))
        assert found["len"].sum() == rows
        busy = time.process_time() - cpu
        figures[f"s to group by {', '.join(keys)} ({found.height:,} groups; CPU {busy:.1f} s)"] = (
            seconds
        )
    return figures


def _answered(rows: int):
    """A finished run whose shards hold drawn answers, in the order of its plan."""
    from django.utils import timezone

    from modeling import shards
    from modeling.models import Run
    from pact_site.base.models import State

    run = _plan_in_shards(rows)
    draw = random.Random(1)
    for chunk in run.chunks.order_by("number"):
        shard = shards.write(
            shards.fresh_key(run.public_id, chunk.number, 1), _table(run, chunk, draw)
        )
        run.chunks.filter(pk=chunk.pk).update(
            state=State.DONE, shard=shard.key, checksum=shard.checksum, rows=shard.rows,
            valid=shard.rows, finished_at=timezone.now(),
        )  # fmt: skip
    Run.objects.filter(pk=run.pk).update(state=Run.State.DONE)
    run.refresh_from_db()
    return run


def _plan_in_shards(rows: int):
    from modeling.models import Chunk

    run = _plan(rows)
    run.chunks.all().delete()
    Chunk.objects.bulk_create(
        Chunk(run=run, number=number, start=start, stop=min(start + 50_000, rows))
        for number, start in enumerate(range(0, rows, 50_000))
    )
    return run


def _table(run: Any, chunk: Any, draw: random.Random):
    import numpy as np
    import pyarrow as pa

    from modeling.schemas import SCHEMA
    from modeling.services.designs import Design
    from modeling.services.items import items_of

    if not _KNOWN:
        _KNOWN.update(design=Design.from_json(run.design), items=items_of(run.release))
    items, cells = _KNOWN["items"], list(_KNOWN["design"].range(chunk.start, chunk.stop))
    draw.shuffle(cells)  # answers come in the order in which a server gives them
    n, rng = len(cells), np.random.default_rng(chunk.number)
    q = rng.beta(2, 2, n)
    first = rng.random(n) < q
    asked = [items[cell.item] for cell in cells]
    columns = {
        "cell_key": [f"{draw.getrandbits(128):032x}" for _ in cells],
        "run": [run.public_id] * n, "model": [run.label] * n,
        "item_id": [item.pk for item in asked],
        "scenario_item_id": [item.scenario_item_id for item in asked],
        "scenario": [item.scenario for item in asked],
        "scenario_country": [item.country for item in asked],
        "receiver_age": [item.receiver_age for item in asked],
        "receiver_gender": [item.receiver_gender for item in asked],
        "setting": [cell.persona.setting for cell in cells],
        "persona_country": [cell.persona.country for cell in cells],
        "persona_demo": [cell.persona.demo for cell in cells],
        "frame": [cell.frame for cell in cells],
        "prompt_style": [cell.style for cell in cells],
        "option_order": [cell.order for cell in cells],
        "sample_index": [cell.sample for cell in cells],
        "choice": np.where(first, "culture", "preference"), "q": q,
        "invalid_mass": rng.beta(1, 50, n), "invalid_reason": [""] * n,
        "written": np.where(first, "culture", "preference"), "text": np.where(first, "A", "B"),
        "rationale": [None] * n, "finish_reason": ["stop"] * n,
        "prompt_tokens": rng.integers(150, 260, n), "completion_tokens": [1] * n,
        "latency_s": np.round(rng.gamma(4, 0.1, n), 4),
    }  # fmt: skip
    arrays = [pa.array(columns[field.name], field.type) for field in SCHEMA]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


_KNOWN: dict[str, Any] = {}
PARTS: dict[str, Callable[[argparse.Namespace], Figures]] = {
    "plan": plan, "resume": resume, "compact": compact,
}  # fmt: skip

if __name__ == "__main__":
    main()
