"""Endpoints that answer later: prompts out, answers in, and a batch through the stub.

    python bench/later.py [--cells N]

A made-up release in a SQLite database of its own; each lane a process of its own, start-up not
timed. The file lanes are run at the full size and at a quarter of it, to see that memory does not
grow with the file. Answers come from the stub's model and are made beside the lanes.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CELLS_A_SCENARIO = 720
LANES = {
    "export": "write the prompts",
    "import": "import the answers",
    "again": "import the same file again",
    "batch": "hand over, and take in, chunks of 10,000 as batches",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=200_000)
    parser.add_argument("--lane", choices=[*LANES, "prepare", "answer"], help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.lane:
        print(json.dumps(_lane(args.lane, args.cells)))
        return
    sys.path.insert(0, str(ROOT))
    from bench.table import Figure, tell

    print("| lane | cells | seconds | cells/s | peak MB |\n|---|---|---|---|---|")
    for cells in (args.cells // 4, args.cells):
        with tempfile.TemporaryDirectory() as home:
            env = os.environ | {"PACT_HOME": home, "DATABASE_URL": f"sqlite:///{home}/b.sqlite3"}
            _measure("prepare", cells, env)
            for lane, told in LANES.items():
                if lane == "import":
                    _measure("answer", cells, env)
                row = _measure(lane, cells, env)
                tell(
                    Figure(f"{told}, {cells:,} cells", row["seconds"], "s"),
                    Figure(f"{told}, {cells:,} cells, memory", row["peak_mb"], "MB"),
                )
                print(
                    f"| {told} | {row['n']:,} | {row['seconds']:.1f} | "
                    f"{row['n'] / row['seconds']:,.0f} | {row['peak_mb']:.0f} |",
                    flush=True,
                )


def _measure(lane: str, cells: int, env: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, __file__, "--lane", lane, "--cells", str(cells)]
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=env).stdout
    return json.loads(made.splitlines()[-1])


def _lane(lane: str, cells: int) -> dict[str, float]:
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    os.environ["DJANGO_SETTINGS_MODULE"] = "pact_site.settings"
    import django

    django.setup()
    work = {
        "prepare": lambda: _prepare(cells), "export": _export, "answer": _answer,
        "import": _import, "again": _import, "batch": _batch,
    }[lane]  # fmt: skip
    started = time.perf_counter()
    n = work()
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"n": n, "seconds": seconds, "peak_mb": peak}


def _prepare(cells: int) -> int:
    from django.core.management import call_command

    from tests.modeling.making import make_plan, make_release

    call_command("migrate", verbosity=0)
    release = make_release(max(cells // CELLS_A_SCENARIO, 1))
    return make_plan(release, endpoint="files:pact-stub-1", samples=5).run.cells


def _at(name: str) -> Path:
    return Path(os.environ["PACT_HOME"]) / name


def _run():
    from modeling.models import Run

    return Run.objects.get(endpoint__kind="files")


def _export() -> int:
    from modeling.services.prompt_files import export_prompts

    return export_prompts(_run(), _at("prompts.jsonl"))


def _answer() -> int:
    from modeling.stub import StubOptions
    from modeling.stub.answers import Mind
    from modeling.stub.batch_work import results

    mind, options = Mind("pact-stub-1", 0), StubOptions()
    with _at("prompts.jsonl").open() as prompts, _at("answers.jsonl").open("w") as out:
        for line in prompts:
            made = results([json.loads(line)], mind, options, batch=0, fault=None)
            out.writelines(json.dumps(one) + "\n" for one in made.good)
    return 1


def _import() -> int:
    from modeling.services.prompt_files import import_answers

    return import_answers(_run(), _at("answers.jsonl")).lines


def _batch() -> int:
    from modeling.services import foreground, runs
    from modeling.services.endpoints import Endpoint
    from tests.modeling.making import make_plan

    command = [sys.executable, "manage.py", "stub_server", "--batch-polls", "1"]
    stub = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert stub.stdout is not None
        url = stub.stdout.readline().split()[1]
        where = Endpoint("batch", "openai_batch", "pact-stub-1", url, {"poll_s": 1.0})
        run = make_plan(_run().release, endpoint=where, samples=5).run
        runs.start(run=run)
        assert foreground.see_through(run, lambda tick: None).state == "done"
    finally:
        stub.terminate()
    return run.cells


if __name__ == "__main__":
    main()
