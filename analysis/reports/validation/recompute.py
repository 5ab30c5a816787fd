"""Computes the headline numbers of this folder anew from labels.csv, and compares.

Run `python recompute.py` in the folder of the bundle. Needs nothing but Python; shares no code with
the platform that made the report. Exit code 1 where a number differs.
"""

import csv
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
CLOSE = 1e-9
Units = defaultdict[str, defaultdict[str, Counter[str]]]


def read(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file as dictionaries."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def plain(text: str) -> str:
    """A cell without the apostrophe that keeps spreadsheets from running it."""
    return text[1:] if text[:1] == "'" and text.lstrip("'")[:1] in "=+-@\t\r\n" else text


def units(labels: list[dict[str, str]]) -> Units:
    """How often each value was given, by criterion, then by item; first ratings only."""
    counted: Units = defaultdict(lambda: defaultdict(Counter))
    for row in labels:
        if row["repeat"] == "0":
            counted[row["criterion"]][plain(row["item"])][plain(row["value"])] += 1
    return counted


def agreement(counts: list[Counter[str]], q: int) -> dict[str, float]:
    """Observed agreement, PABAK and AC1 of units (counts of values), with q labels in all."""
    shared = [unit for unit in counts if sum(unit.values()) > 1]
    if not shared:
        return {}
    same = [
        sum(n * (n - 1) for n in unit.values()) / (sum(unit.values()) * (sum(unit.values()) - 1))
        for unit in shared
    ]
    observed = sum(same) / len(same)
    values = {value for unit in counts for value in unit}
    shares = [sum(unit[v] / sum(unit.values()) for unit in counts) / len(counts) for v in values]
    chance = sum(p * (1 - p) for p in shares) / (q - 1)
    return {
        "percent": observed,
        "pabak": (observed - 1 / q) / (1 - 1 / q),
        "ac1": (observed - chance) / (1 - chance),
    }


def main() -> int:
    """Compare every number that can be computed here; print each."""
    q = len(json.loads((FOLDER / "manifest.json").read_text())["facts"]["label_set"])
    by_criterion = units(read("labels.csv"))
    parts = {code: list(items.values()) for code, items in by_criterion.items()}
    parts[""] = [unit for counts in parts.values() for unit in counts]
    told = {
        (json.loads(row["group"])["criterion"] if row["group"] else "", row["metric"]): row["value"]
        for row in read("estimates.csv")
        if row["table"] == "validation" and not row["setting"] and not row["model"]
        and row["definition"] == "single_rated:include;weights:identity"
    }  # fmt: skip
    wrong = 0
    for code, counts in sorted(parts.items()):
        for metric, value in agreement(counts, q).items():
            stated = told[code, metric]
            same = bool(stated) and abs(float(stated) - value) < CLOSE
            wrong += not same
            mark = "same" if same else "DIFFERS"
            print(f"{code or 'all':30} {metric:10} {value:.6f} {stated[:8]:>8} {mark}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
