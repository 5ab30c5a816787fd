"""Participants who arrive within a minute while models are asked and reports are built beside them.

    DATABASE_URL=postgres://postgres@127.0.0.1:5432/postgres python bench/load.py

It makes a database of its own on that PostgreSQL and drops it. The people are those of
`manage.py simulate_participants`; web server, worker and stub are started as the how-to says. Wished:
no error, 95 of 100 pages within half a second, no cell over target, no acknowledged answer lost or
doubled. Ends with 1 where a wish is not met. Loopback only; nothing is asked of anybody else.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.installation import Installation, free_port, installed, wait_for
from bench.table import Figure, tell

PLANNED = """
from survey.models import Study
from survey.services.studies import add_instrument, standard_definition
add_instrument(study=Study.objects.get(), definition=standard_definition(planned_completes={people}))
print("ok")
"""
REPORTS = """
from analysis.reports.options import Options
from analysis.reports.service import request_report
for seed in range(100):
    request_report(options=Options("alignment", "first-light", "rehearsal", seed=seed))
print("ok")
"""
BESIDE = """
import json
from analysis.models import Report
from modeling.models import Chunk
from django.db.models import Sum
print(json.dumps({
    "answers of the run": Chunk.objects.aggregate(n=Sum("rows", default=0))["n"],
    "reports built": Report.objects.exclude(finished_at=None).count(),
    "reports failed": Report.objects.filter(job__state="failed").count(),
}))
"""
NEVER = (
    "retried", "answers_lost", "duplicates", "cells_over_target", "endings_wrong",
    "reports failed",
)  # fmt: skip
WISHED_MS = 500


def main() -> None:
    args = _arguments()
    with installed() as made:
        _prepare(made, args)
        url = made.start_web(args.workers, args.threads)
        if not args.alone:
            _keep_busy(made, args.nice)
        started = time.monotonic()
        found = _send_people(made, args, url)
        found |= json.loads(made.tell(BESIDE)) if not args.alone else {"reports failed": 0}
        found["minutes"] = round((time.monotonic() - started) / 60, 1)
        _print(found, args)
    sys.exit(0 if all(_met(found).values()) else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--within", type=float, default=60.0, help="seconds in which they arrive")
    parser.add_argument(
        "--pause", type=float, nargs=2, default=(3.0, 9.0), help="s they read a page"
    )
    parser.add_argument("--workers", type=int, default=4, help="of gunicorn")
    parser.add_argument("--threads", type=int, default=2, help="of each of them")
    parser.add_argument("--nice", type=int, default=0, help="of the worker: 10 lets pages go first")
    parser.add_argument("--alone", action="store_true", help="no run and no reports beside them")
    args = parser.parse_args()
    if not 1 <= args.people <= 2000:
        parser.error("--people is from 1 to 2000")
    return args


def _prepare(made: Installation, args: argparse.Namespace) -> None:
    """The bundled study for so many people, and a few answers for the first report."""
    made.manage("load_study")
    made.tell(PLANNED.format(people=args.people))
    made.manage("run_models", "--study", "first-light", "--endpoint", "baseline:always_culture")
    made.manage("simulate_participants", "--study", "first-light", "--n", 20, "--seed", 1)


def _keep_busy(made: Installation, nice: int) -> None:
    """A worker with a run against a stub and more reports than it can build meanwhile."""
    port = free_port()
    made.start_manage("stub", "stub_server", "--port", port, "--latency-ms", 500)
    wait_for(f"http://127.0.0.1:{port}/v1/models")
    made.environment |= {
        "PACT_BASE_URL": f"http://127.0.0.1:{port}/v1", "PACT_MODEL": "pact-stub-1",
        "OPENAI_API_KEY": "none",
    }  # fmt: skip
    made.manage(
        "run_models", "--study", "first-light", "--endpoint", "env", "--samples", 20,
        "--temperature", 1, "--queue", "--skip-preflight",
    )  # fmt: skip
    made.tell(REPORTS)
    made.start("worker", "nice", "-n", nice, *made.command("worker"))


def _send_people(made: Installation, args: argparse.Namespace, url: str) -> dict[str, Any]:
    done = made.manage(
        "simulate_participants", "--study", "first-light", "--n", args.people, "--seed", 2,
        "--dropout", 0.1, "--within", args.within, "--pause", *args.pause,
        "--concurrency", args.people, "--url", url, "--json", check=False,
    )  # fmt: skip
    if not done.stdout.strip():
        sys.exit(f"The rehearsal did not end: {done.stderr.strip()[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _met(found: dict[str, Any]) -> dict[str, bool]:
    return {"p95_ms": found["p95_ms"] < WISHED_MS} | {name: found[name] == 0 for name in NEVER}


def _print(found: dict[str, Any], args: argparse.Namespace) -> None:
    shown = (
        "participants", "completed", "answers_sent", "answers_stored", "surplus", "max_imbalance",
        "minutes", "pages", "pages_per_second", "client_busy", "p50_ms", "p95_ms", "scenario_p50_ms",
        "scenario_p95_ms", *NEVER, "answers of the run", "reports built",
    )  # fmt: skip
    load = os.getloadavg()[0]
    print(
        f"{args.people} people within {args.within:g} s, {args.pause[0]:g} to {args.pause[1]:g} s a page; "
        f"{args.workers} workers of {args.threads} threads, nice {args.nice}; {os.cpu_count()} processors, load {load:.1f}"
    )
    met = _met(found)
    tell(
        Figure("500 people: p95 of a page" if args.people == 500 else "p95 of a page", found["p95_ms"], "ms", wish=f"<= {WISHED_MS}"),
        *(Figure(name.replace("_", " "), found[name], "", wish="<= 0") for name in NEVER),
    )  # fmt: skip
    for name in shown:
        if name in found:
            mark = "" if name not in met else "  as wished" if met[name] else "  NOT AS WISHED"
            print(f"{name.replace('_', ' '):20}{found[name]:>12,}{mark}")


if __name__ == "__main__":
    main()
