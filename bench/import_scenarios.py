"""Imports of source rows, beside the least that could store them.

    python bench/import_scenarios.py

Lanes, each a process of its own with a fresh SQLite database, one after the other: the importer on
a NormAd-sized table (2,633 rows) and on 100,000 rows of the project's own table; the same rows once
more (nothing changes); and a bare lane that reads the 100,000 rows with the csv module and writes
one table of the same columns with bulk_create in one transaction, without any check. Start-up and
migrations are not timed. Printed per lane: seconds, rows a second, peak memory of the process.
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
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SMALL, LARGE = 2_633, 100_000
LANES = {
    "small": f"importer, NormAd-ETI layout, {SMALL:,} rows",
    "large": "importer, own table",
    "again": "the same file once more",
    "bare": "bare csv and bulk_create",
}


def main() -> None:
    args = _arguments()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    if args.lane:
        print(json.dumps(_lane(args.lane, Path(args.folder))))
        return
    with tempfile.TemporaryDirectory(prefix="pact-bench-") as folder:
        _write_normad(Path(folder) / "small.csv")
        _write_own(Path(folder) / "large.csv", args.rows)
        environment = os.environ | {
            "PACT_HOME": folder,
            "DATABASE_URL": f"sqlite:///{folder}/pact.sqlite3",
        }
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(command, env=environment, check=True)
        _print(args.rows, {lane: _measure(lane, folder, environment) for lane in LANES})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=LARGE, help="of the larger table")
    parser.add_argument("--lane", choices=LANES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(lane: str, folder: str, environment: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, __file__, "--lane", lane, "--folder", folder]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _lane(lane: str, folder: Path) -> dict[str, float]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pact_site.settings")
    import django

    django.setup()
    work: Callable[[Path], int] = {"small": _small, "large": _large, "again": _large,
                                   "bare": _bare}[lane]  # fmt: skip
    before = time.perf_counter()
    rows = work(folder)
    seconds = time.perf_counter() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": rows, "seconds": seconds, "peak_mb": peak}


def _small(folder: Path) -> int:
    from annotation.services.imports import import_scenarios

    return import_scenarios(
        path=folder / "small.csv", source_format="normad", dataset_slug="small"
    ).read


def _large(folder: Path) -> int:
    from annotation.services.imports import import_scenarios

    return import_scenarios(
        path=folder / "large.csv", source_format="csv", dataset_slug="large", licence="CC0 1.0"
    ).read


def _bare(folder: Path) -> int:
    """One row a line, of the columns a version has, in a dataset of its own."""
    from django.db import transaction

    from annotation.models import Dataset, Scenario, ScenarioVersion

    columns = ("situation", "cultural_expectation", "personal_preference", "culture_action",
               "preference_action", "setting", "theme")  # fmt: skip
    with (folder / "large.csv").open(encoding="utf-8", newline="") as stream, transaction.atomic():
        dataset = Dataset.objects.create(slug="bare", name="bare", source_format="csv", licence="x")
        scenario = Scenario.objects.create(dataset=dataset, key="bare")
        ScenarioVersion.objects.bulk_create(
            (
                ScenarioVersion(scenario=scenario, number=number, country="BR",
                                **{name: row[name] for name in columns})
                for number, row in enumerate(csv.DictReader(stream))
            ),
            batch_size=500,
        )  # fmt: skip
        return scenario.versions.count()


def _write_normad(path: Path) -> None:
    header = ("ID", "Country", "Axis", "Subaxis", "Value", "Rule-of-Thumb", "Story", "Gold Label")
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        for number in range(SMALL):
            country = ("egypt", "brazil", "japan", "namibia")[number % 4]
            rule = f"Guests greet everybody in the room before they sit down, in case {number}."
            story = (
                f"At a dinner with {number} friends, Mona came late, took a seat and began to "
                "talk to the person beside her. Is what Mona did socially acceptable?"
            )
            label = ("yes", "no", "neutral")[number % 3]
            cells = (number, country, "Etiquette", "visiting", "Respect for others.", rule, story)
            writer.writerow((*cells, label))


def _write_own(path: Path, rows: int) -> None:
    header = ("key", "country", "situation", "cultural_expectation", "personal_preference",
              "culture_action", "preference_action", "setting", "theme")  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        for number in range(rows):
            writer.writerow(
                (
                    f"made-{number}",
                    ("Brazil", "India", "Namibia", "Republic of Korea")[number % 4],
                    f"The actor comes to dinner number {number}. The host, {{receiver}}, points at "
                    "the chairs around the table and asks everybody to sit down.",
                    "A guest is expected to wait until the host has taken a seat.",
                    "The actor has a sore knee and would like to sit down soon.",
                    "Wait beside the chair until the host sits down.",
                    "Take the chair as soon as the host points at it.",
                    "family home",
                    "hospitality",
                )
            )


def _tell(rows: int, measured: dict[str, dict[str, float]]) -> None:
    from bench.table import Figure, tell

    small, large, again, bare = (measured[lane] for lane in LANES)
    ratio = large["seconds"] / bare["seconds"]
    full = rows == LARGE
    tell(
        Figure(LANES["small"], small["seconds"], "s", wish="<= 5"),
        Figure(LANES["large"], large["seconds"], "s", ratio, "bare csv and bulk_create", "<= 60" if full else "", rows),
        Figure("importer, memory", large["peak_mb"], "MB", wish="<= 500", size=rows),
        Figure(LANES["again"], again["seconds"], "s", size=rows),
    )  # fmt: skip


def _print(rows: int, measured: dict[str, dict[str, float]]) -> None:
    _tell(rows, measured)
    print("| lane | rows | seconds | rows/s | peak MB |")
    print("|---|---|---|---|---|")
    for lane, found in measured.items():
        rate = found["rows"] / found["seconds"]
        print(
            f"| {LANES[lane]} | {found['rows']:,.0f} | {found['seconds']:.1f} | {rate:,.0f} "
            f"| {found['peak_mb']:.0f} |"
        )
    ratio = measured["large"]["seconds"] / measured["bare"]["seconds"]
    print(f"\nThe importer took {ratio:.1f} times as long as the bare lane.")


if __name__ == "__main__":
    main()
