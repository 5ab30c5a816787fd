"""The benchmark at full size: planned, loaded, and as a file of decisions in and out.

    python bench/decisions.py

A made-up release of 6,640 scenarios in a database of its own. Lanes, each a process of its own: plan
every distinct prompt (all relations, roles, conditions and prompts); load the questions of a run and
make one chunk's prompts, for a run of three million decisions and for one of a thousand; import a
CSV of decisions; export them as Parquet. Start-up is not timed. The first three are seconds to wait
for, the last two rates.
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice, product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = 2633 + 4007
LANES = {
    "plan": "plan every distinct prompt",
    "chunk": "load a chunk's questions, and its 500 prompts",
    "small": "the same in a run of 1,000 decisions",
    "import": "import decisions from CSV",
    "export": "export them as Parquet",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenarios", type=int, default=SCENARIOS)
    parser.add_argument("--rows", type=int, default=300_000, help="decisions of the file")
    parser.add_argument("--lane", choices=[*LANES, "prepare"], help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.lane:
        print(json.dumps(_lane(args.lane, args.scenarios, args.rows)))
        return
    with tempfile.TemporaryDirectory() as home:
        env = os.environ | {"PACT_HOME": home, "DATABASE_URL": f"sqlite:///{home}/bench.sqlite3"}
        sys.path.insert(0, str(ROOT))
        from bench.table import Figure, tell

        _measure("prepare", args, env)
        print("| lane | decisions | seconds | decisions/s | peak MB |\n|---|---|---|---|---|")
        for lane, told in LANES.items():
            row = _measure(lane, args, env)
            size = args.rows if lane in ("import", "export") else 0
            tell(
                Figure(told, row["seconds"], "s", size=size),
                Figure(f"{told}, memory", row["peak_mb"], "MB", size=size),
            )
            print(
                f"| {told} | {row['n']:,} | {row['seconds']:.2f} | "
                f"{row['n'] / row['seconds']:,.0f} | {row['peak_mb']:.0f} |"
            )


def _measure(lane: str, args: argparse.Namespace, env: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, __file__, "--lane", lane]
    command += ["--scenarios", str(args.scenarios), "--rows", str(args.rows)]
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=env).stdout
    return json.loads(made.splitlines()[-1])


def _lane(lane: str, scenarios: int, rows: int) -> dict[str, float]:
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    os.environ["DJANGO_SETTINGS_MODULE"] = "pact_site.settings"
    import django

    django.setup()
    work = {
        "prepare": lambda: _prepare(scenarios, rows),
        "plan": lambda: _plan(None),
        "chunk": lambda: _chunk(smallest=False),
        "small": lambda: _chunk(smallest=True),
        "import": _import,
        "export": _export,
    }[lane]
    if lane in ("chunk", "small"):
        _plan(1_000 if lane == "small" else None)  # found again, or made: not timed either way
    started = time.perf_counter()
    n = work()
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"n": n, "seconds": seconds, "peak_mb": peak}


def _prepare(scenarios: int, rows: int) -> int:
    """A database with a release, and a file of decisions about it."""
    from django.core.management import call_command

    from annotation.models import Dataset, Release, Scenario, ScenarioVersion
    from annotation.vocab.actors import state_pool

    call_command("migrate", verbosity=0)
    codes = state_pool().countries
    dataset = Dataset.objects.create(slug="big", name="Big", source_format="csv", licence="CC0")
    made = Scenario.objects.bulk_create(
        [Scenario(dataset=dataset, key=f"s{n:05d}") for n in range(scenarios)], batch_size=500
    )
    versions = ScenarioVersion.objects.bulk_create(
        [
            ScenarioVersion(
                scenario=scenario, country=codes[n % len(codes)], situation=_situation(n),
                cultural_expectation="The eldest begins to eat.", culture_action=f"Wait {n}.",
                preference_action=f"Begin {n}.", content_hash=f"content {n}",
            )
            for n, scenario in enumerate(made)
        ],
        batch_size=500,
    )  # fmt: skip
    release = Release.objects.create(dataset=dataset, number=1, content_hash="h")
    release.versions.set(versions)
    _write_decisions(scenarios, rows)
    return scenarios


def _situation(number: int) -> str:
    return (
        f"At the table of house {number} the guest watches as the host carries in one dish after the "
        "other, and wonders whether to begin or to wait until somebody else has begun to eat."
    )


def _write_decisions(scenarios: int, rows: int) -> None:
    from annotation.vocab.actors import state_pool
    from annotation.vocab.countries import by_iso2
    from modeling.services.decision_rows import LAYOUT

    names = [by_iso2(code).name for code in state_pool().countries]
    ages, genders = ("younger", "older"), ("female", "male")
    people = list(product(ages, genders, ages, genders))
    roles = ("actor_pref_only", "swapped", "both_prefs")
    cells = product(range(scenarios), ("same", "close", "far"), people, roles)
    with _file().open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*LAYOUT.required, "situation"])
        for n, relation, who, role in islice(cells, rows):
            country = names[n % len(names)]
            decision = ("FOLLOW_CULTURE", "ALLOW_PREFERENCE", "UNKNOWN")[n % 3]
            writer.writerow(
                [n, country, relation, names[(n + 7) % len(names)], country, *who, "full_demo",
                 role, decision, "Model", _situation(n)]
            )  # fmt: skip


def _file() -> Path:
    return Path(os.environ["PACT_HOME"]) / "decisions.csv"


def _plan(limit: int | None) -> int:
    from modeling.backends import Decoding
    from pact_site.services.proposals import benchmark_proposal

    proposal = benchmark_proposal(
        endpoint="baseline:noisy", decoding=Decoding(), dataset="big", conditions=["all"],
        samples=1 if limit is None else 2, limit=limit,
    )  # fmt: skip
    return proposal.plan().run.cells


def _chunk(*, smallest: bool) -> int:
    from modeling.models import Run
    from modeling.services import questions

    run = Run.objects.filter(imported=False).order_by("cells" if smallest else "-cells").first()
    assert run is not None
    asked = questions.of(run)
    return len(list(asked.asked(run.cells - 500, run.cells)))


def _import() -> int:
    from annotation.models import Dataset
    from modeling.services.decision_imports import import_decisions
    from modeling.services.decision_rows import Said

    dataset = Dataset.objects.get(slug="big")
    (outcome,) = import_decisions(files=[_file()], dataset=dataset, said=Said("balance"))
    return outcome.run.cells


def _export() -> int:
    from analysis.exports.decisions import write_decisions

    return write_decisions("big", Path(os.environ["PACT_HOME"]) / "out.parquet")


if __name__ == "__main__":
    main()
