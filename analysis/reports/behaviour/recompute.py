"""Computes the allow rates of this folder anew from data/counts.csv, and compares.

Run `python recompute.py` in the folder of the bundle. Needs nothing but Python; shares no code with
the platform that made the report. Exit code 1 where a number differs or is missing.
"""

import csv
import json
import sys
from collections import defaultdict
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
CLOSE = 1e-9
Key = tuple[str, str, str]


def read(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file as dictionaries."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def rates(rows: list[dict[str, str]], by_role: bool) -> dict[Key, float]:
    """Allow rates by (stage, model, role): within each source, then the mean of the sources."""
    sums: defaultdict[Key, defaultdict[str, list[int]]] = defaultdict(
        lambda: defaultdict(lambda: [0, 0])
    )
    for row in rows:
        role = row["eval_pref_config"] if by_role else ""
        counts = sums[row["stage"], row["model"], role][row["dataset"]]
        counts[0] += int(row["preference"])
        counts[1] += int(row["preference"]) + int(row["culture"])
    found = {}
    for key, sources in sums.items():
        parts = [allowed / valid for allowed, valid in sources.values() if valid]
        if parts:
            found[key] = sum(parts) / len(parts)
    return found


def main() -> int:
    """Compare every rate that can be computed here; print each."""
    rows = read("data/counts.csv")
    told = {}
    for row in read("estimates.csv"):
        group = json.loads(row["group"]) if row["group"] else {}
        default = row["metric"] == "allow_rate" and row["definition"] == "pool:datasets"
        if default and set(group) <= {"eval_pref_config"}:
            told[row["setting"], row["model"], group.get("eval_pref_config", "")] = row["value"]
    wrong = 0
    for key, value in sorted({**rates(rows, True), **rates(rows, False)}.items()):
        stated = told.get(key, "")
        same = bool(stated) and abs(float(stated) - value) < CLOSE
        wrong += not same
        print(f"{' '.join(key):50} {value:.6f} {stated[:8]:>8} {'same' if same else 'DIFFERS'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
