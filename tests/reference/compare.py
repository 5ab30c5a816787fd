"""Hold a whole `estimates.csv` against the reference, row by row."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isclose
from pathlib import Path

from tests.reference.judge import Judge, tokens

COLUMNS = [
    "table",
    "setting",
    "model",
    "frame",
    "group",
    "metric",
    "definition",
    "value",
    "lower",
    "upper",
    "n_items",
    "n_humans",
    "n_answers",
    "n_dropped",
    "note",
]
KEY = COLUMNS[:7]
Row = Mapping[str, str]


@dataclass
class Verdict:
    """What came of the comparison."""

    compared: Counter[str] = field(default_factory=Counter)
    different: list[str] = field(default_factory=list)
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)


def read_estimates(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def compare(judge: Judge, rows: Iterable[Row]) -> Verdict:
    """Every row that the reference knows, to 1e-9; an empty cell must be undefined there too."""
    verdict = Verdict()
    for row in rows:
        try:
            expected = judge.value(row)
        except KeyError:
            verdict.unknown[row["metric"], row["definition"]] += 1
            continue
        verdict.compared[row["metric"]] += 1
        if not alike(expected, row["value"]):
            key = " | ".join(row[name] for name in KEY)
            verdict.different.append(f"{key}: product {row['value']!r}, reference {expected!r}")
    return verdict


def alike(expected: float | None, printed: str) -> bool:
    if expected is None or printed == "":
        return expected is None and printed == ""
    return isclose(expected, float(printed), rel_tol=1e-9, abs_tol=1e-9)


def malformed(rows: Sequence[Row]) -> list[str]:
    """Rows that break what section 10 says of every row."""
    found = [f"twice: {key}" for key, times in Counter(map(_key, rows)).items() if times > 1]
    for row in rows:
        found += [f"{reason}: {_key(row)}" for reason in _complaints(row)]
    return found


def _key(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in KEY)


def _complaints(row: Row) -> Iterable[str]:
    try:
        tokens(row["definition"])
    except ValueError as problem:
        yield str(problem)
    if row["value"] == "" and not row["note"]:
        yield "undefined without a note"
    if "nan" in (row["value"] + row["lower"] + row["upper"]).lower():
        yield "a NaN"
    if row["group"]:
        group = json.loads(row["group"])
        if list(group) != sorted(group) or '": ' in row["group"] or '", ' in row["group"]:
            yield "group not sorted or not compact"
    if row["table"] == "human" and (row["setting"] or row["model"]):
        yield "a human row with a setting or model"
    yield from _interval_complaints(row)


def _interval_complaints(row: Row) -> Iterable[str]:
    lower, upper = row["lower"], row["upper"]
    if (lower == "") != (upper == ""):
        yield "half an interval"
    if lower and row["value"] == "":
        yield "an interval without a value"
    if lower and float(lower) > float(upper):
        yield "an interval upside down"
    for name in ("n_items", "n_humans", "n_answers", "n_dropped"):
        if not row[name].isdigit():
            yield f"{name} is not a count"
