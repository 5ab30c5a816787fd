"""The report on behaviour over 1,900,000 decisions: beside a bare Polars script, and pandas on CSV.

    python bench/behaviour.py --decisions 1900000

Six models decide about 6,640 scenarios in shards of an imported run each. Lanes, one process each,
one after the other: what the tables of rates are counted from (three cubes, kinds of preference),
beside a bare Polars script of the same group-bys on the same files, and beside pandas that reads the
same decisions as CSV and groups table by table; the five paired contrasts, and their bare group-bys;
the whole report (estimates, tables, figures, bundle). Start-up is not timed, nor writing the CSV.
Printed: seconds, processor seconds and peak memory of each, those of the process that sets the PDF
added to the report's own, and the ratios. Compare ratios, not machines.
"""

import argparse
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
MODELS = ("llama", "gpt", "deepseek", "mistral", "olmo", "qwen")
SCENARIOS = 6640
FULL = 1_900_000
ROLES = ("actor_pref_only", "swapped", "both_prefs")
RELATIONS = ("same", "close", "far")
LANES = ("tables", "tables_polars", "tables_pandas", "contrasts", "contrasts_polars", "report")
STARTED = ("pandas", "polars", "pyarrow.dataset", "modeling.services.benchmark", "analysis.reports.behaviour.build")  # fmt: skip
KEYS = ["model", "stage", "dataset", "scenario"]
PEOPLE = ["actor_age", "receiver_age", "actor_gender", "receiver_gender"]
COUNTRIES = ["scenario_country", "actor_country", "receiver_country"]
ASKED = ["role", "condition", "balance", "relation", *COUNTRIES, *PEOPLE]
GROUPS = (["role", "condition", "balance", "relation"], COUNTRIES, ["condition", *PEOPLE], ["version_id", "personal_preference"])  # fmt: skip


def main() -> None:
    args = _arguments()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    if args.lane:
        print(json.dumps(_timed(args.lane)))
        return
    with tempfile.TemporaryDirectory(prefix="pact-bench-") as home:
        environment = os.environ | {
            "PACT_HOME": home, "DATABASE_URL": f"sqlite:///{home}/pact.sqlite3",
            "PACT_SHARDS": f"{home}/shards", "BENCH_DECISIONS": str(args.decisions),
        }  # fmt: skip
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], env=environment, check=True)  # fmt: skip
        _lane("make", environment)
        lanes = [lane for lane in LANES if lane in args.lanes]
        found = {lane: _lane(lane, environment) for lane in lanes}
    _print(found, args.decisions)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decisions", type=int, default=FULL)
    parser.add_argument("--lanes", type=lambda text: text.split(","), default=list(LANES))
    parser.add_argument("--lane", help=argparse.SUPPRESS)
    return parser.parse_args()


def _lane(lane: str, environment: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, "-W", "ignore", __file__, "--lane", lane]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _timed(lane: str) -> dict[str, float]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pact_site.settings")
    import django

    django.setup()
    for module in STARTED:
        importlib.import_module(module)
    if lane == "tables_pandas":
        _write_csv()
    work = globals()[f"_{lane}"]
    if lane == "contrasts":
        work = work()
    done = threading.Event()
    held: list[int] = []
    watch = threading.Thread(target=_watch, args=(held, done))
    watch.start()
    started, used = time.perf_counter(), _cpu()
    work()
    seconds, cpu = time.perf_counter() - started, _cpu() - used
    done.set()
    watch.join()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds, "cpu": cpu, "mb": max(own, *held) / 1024}


def _cpu() -> float:
    """Processor seconds so far, with those of processes that were waited for."""
    return sum(os.times()[:4])


def _watch(held: list[int], done: threading.Event) -> None:
    """What this process and those it started hold together, in KiB, twenty times a second."""
    while True:
        started = " ".join(path.read_text() for path in Path("/proc/self/task").glob("*/children"))
        held.append(sum(_held(pid) for pid in ("self", *started.split())))
        if done.wait(0.05):
            return


def _held(pid: str) -> int:
    try:
        words = Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()
    except (OSError, IndexError):  # it has just ended
        return 0
    return int(words[0])


def _make() -> None:
    """A run a model, a million rows a shard, and the same decisions as one CSV."""
    from annotation.models import Dataset
    from modeling import shards
    from modeling.models import Chunk, Run
    from pact_site.base.models import State

    Dataset.objects.create(slug="bench", name="Bench")
    each = int(os.environ["BENCH_DECISIONS"]) // len(MODELS)
    for number, model in enumerate(MODELS):
        run = Run.objects.create(
            label=model, kind="benchmark", dataset_slug="bench", state=Run.State.DONE,
            endpoint={"kind": "openai"}, design={}, plan_hash=model, imported=True, cells=each,
        )  # fmt: skip
        for part, start in enumerate(range(0, each, 1_000_000)):
            table = _table(run.public_id, model, start, min(each, start + 1_000_000), number)
            shard = shards.write(shards.fresh_key(run.public_id, part, 1), table)
            Chunk.objects.create(
                run=run, number=part, start=start, stop=start + table.num_rows, state=State.DONE,
                shard=shard.key, checksum=shard.checksum, rows=table.num_rows,
                valid=table.num_rows,
            )  # fmt: skip


def _table(run: str, model: str, start: int, stop: int, seed: int):
    """Decisions [start, stop) of a model: scenario, relation, 16 people, role, prompt counted off."""
    import pyarrow as pa

    from annotation.vocab.countries import all_countries
    from modeling.schemas import DECISION_SCHEMA

    rng = np.random.default_rng([seed, start])
    codes = np.array([country.iso2 for country in all_countries()])
    number = np.arange(start, stop)
    role, rest = number % 3, number // 3
    people, rest = rest % 16, rest // 16
    balance, rest = rest % 2, rest // 2
    relation, scenario = rest % 3, rest // 3 % SCENARIOS
    receiver = codes[scenario % 149]
    n = len(number)
    allowed = rng.random(n) < 0.1 + 0.1 * seed * (role == 2) + 0.05 * (people % 2)
    choice = np.where(rng.random(n) < 0.01, None, np.where(allowed, "preference", "culture"))
    pick = lambda bit, one, two: np.where(people >> bit & 1, one, two)  # noqa: E731
    columns = {
        "cell_key": np.char.add(f"{model}-", number.astype(str)), "run": np.full(n, run),
        "model": np.full(n, model), "scenario": np.char.add("s", scenario.astype(str)),
        "dataset": np.where(scenario < 2633, "NormAd-ETI", "CultureAtlas"),
        "scenario_country": receiver, "receiver_country": receiver,
        "actor_country": codes[(scenario + relation) % 149],
        "relation": np.array(RELATIONS)[relation], "scenario_type": np.array(RELATIONS)[relation],
        "actor_age": pick(0, "younger", "older"), "receiver_age": pick(1, "younger", "older"),
        "actor_gender": pick(2, "female", "male"), "receiver_gender": pick(3, "female", "male"),
        "condition": np.full(n, "full_demo"), "role": np.array(ROLES)[role],
        "balance": np.where(balance, "balance", "no_balance"), "choice": choice,
        "sample_index": number // (3 * 16 * 2 * 3 * SCENARIOS),
        "personal_preference": np.char.add("keep the usual way ", (scenario % 50).astype(str)),
    }  # fmt: skip
    arrays = []
    for field in DECISION_SCHEMA:
        if field.name in columns:
            values = pa.array(columns[field.name], field.type)
        elif field.nullable:
            values = pa.nulls(n, field.type)
        else:
            values = pa.array(np.full(n, "" if pa.types.is_string(field.type) else 0), field.type)
        arrays.append(values)
    return pa.Table.from_arrays(arrays, schema=DECISION_SCHEMA)


def _tallied():
    from analysis.frames.decisions import decision_runs
    from analysis.frames.tallies import tally
    from annotation.vocab.regions import get_regions

    runs = decision_runs("bench")
    return runs, tally(runs, get_regions(), _quiet)


def _quiet(done: int, every: int) -> None:
    """Progress that nobody watches."""


def _tables() -> None:
    _tallied()


def _contrasts():
    """Which models a run holds comes with the counts, so these are made first, untimed."""
    from analysis.frames.pairs import paired
    from analysis.reports.behaviour.inputs import CONTRASTS

    runs, found = _tallied()
    wanted = [contrast for contrast in CONTRASTS if contrast.factor != "stage"]
    return lambda: paired(runs, found, wanted, _quiet)


def _report() -> None:
    from analysis.reports.service import build_report

    build_report(kind="behavior", study="bench", cohort=None, replicates=1000, seed=1, level=0.95)


def _files() -> list[str]:
    from modeling.models import Chunk
    from modeling.shards import locate

    return [locate(key) for key in Chunk.objects.order_by("pk").values_list("shard", flat=True)]


def _tables_polars() -> None:
    """The same group-bys, written down without the platform."""
    import polars as pl

    frame, choice = pl.scan_parquet(_files()), pl.col("choice")
    counts = [
        (choice == "culture").sum().alias("c"), (choice == "preference").sum().alias("p"),
        choice.is_null().sum().alias("u"),
    ]  # fmt: skip
    wanted = [frame.group_by(*KEYS, *by).agg(*counts) for by in GROUPS]
    pl.collect_all(wanted, engine="streaming")


def _contrasts_polars() -> None:
    """Every pair found by its columns, and what it moved to."""
    import polars as pl

    frame, choice = pl.scan_parquet(_files()), pl.col("choice")
    for factor, first, second in (
        ("balance", "no_balance", "balance"), ("actor_age", "older", "younger"),
        ("receiver_age", "older", "younger"), ("actor_gender", "male", "female"),
        ("receiver_gender", "male", "female"),
    ):  # fmt: skip
        rest = [name for name in ASKED if name != factor]
        sides = [choice.filter(pl.col(factor) == side).first().alias(side) for side in (first, second)]  # fmt: skip
        pairs = frame.group_by(*KEYS, *rest).agg(*sides)
        moved = ((pl.col(first) == "culture") & (pl.col(second) == "preference")).sum()
        pairs.group_by(KEYS).agg(moved).collect(engine="streaming")


def _csv() -> Path:
    return Path(os.environ["PACT_HOME"]) / "decisions.csv"


def _write_csv() -> None:
    import polars as pl

    needed = [*KEYS, *ASKED, "choice", "personal_preference"]
    pl.scan_parquet(_files()).select(needed).sink_csv(_csv())


def _tables_pandas() -> None:
    """Read as CSV, then grouped once for every table of the report."""
    import pandas as pd

    frame = pd.read_csv(_csv(), keep_default_na=False)
    tables = (
        [], ["role"], ["condition"], ["balance"], ["relation"], ["condition", "role"],
        ["receiver_country"], ["actor_country"], ["actor_country", "receiver_country"],
        *([name] for name in PEOPLE), PEOPLE[:2], PEOPLE[2:], ["personal_preference"],
    )  # fmt: skip
    for by in tables:
        frame.groupby([*KEYS, *by])["choice"].value_counts()


WISHES = {
    (FULL, "tables"): "<= 1.5x", (FULL, "contrasts"): "<= 1.5x", (FULL, "report"): "<= 10",
    (FULL, "report, memory"): "<= 1000", (20_000_000, "report"): "<= 60",
}  # fmt: skip


def _tell(found: dict[str, dict[str, float]], decisions: int) -> None:
    """Each lane's seconds, beside its bare one's where both ran, and its memory."""
    from bench.table import Figure, tell

    for lane, row in found.items():
        name, bare = lane.replace("_", ", "), found.get(f"{lane}_polars")
        ratio = row["seconds"] / bare["seconds"] if bare else None
        wish = WISHES.get((decisions, name), "")
        wish = "" if wish.endswith("x") and not bare else wish
        tell(Figure(name, row["seconds"], "s", ratio, "bare Polars" if bare else "", wish, decisions))  # fmt: skip
        name = f"{name}, memory"
        tell(Figure(name, row["mb"], "MB", None, "", WISHES.get((decisions, name), ""), decisions))
    tables, pandas = found.get("tables"), found.get("tables_pandas")
    if tables and pandas:
        ratio, wish = tables["seconds"] / pandas["seconds"], "<= 0.1x" if decisions == FULL else ""
        tell(Figure("tables, beside CSV", tables["seconds"], "s", ratio, "pandas on CSV", wish, decisions))  # fmt: skip


def _print(found: dict[str, dict[str, float]], decisions: int) -> None:
    _tell(found, decisions)
    print(f"{decisions:,} decisions of {len(MODELS)} models")
    for lane, row in found.items():
        print(f"  {lane:16} {row['seconds']:8.1f} s {row['cpu']:8.1f} s CPU {row['mb']:8,.0f} MB")
    for lane, other in (
        ("tables", "tables_polars"), ("tables", "tables_pandas"), ("contrasts", "contrasts_polars"),
    ):  # fmt: skip
        if lane in found and other in found:
            print(f"  {lane} / {other}: {found[lane]['seconds'] / found[other]['seconds']:.2f}")


if __name__ == "__main__":
    main()
