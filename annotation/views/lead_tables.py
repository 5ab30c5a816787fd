"""Tables of a validation's results, laid out for the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from django.utils.translation import gettext as _

from analysis.metrics.agreement import COEFFICIENTS, Estimate, Pair
from analysis.metrics.catalogue import METRICS, SHARE
from analysis.metrics.pass_rate import Beside
from annotation.services.labels.judged import JudgeResult
from annotation.services.labels.results import CriterionResult, Rule

if TYPE_CHECKING:
    import pandas as pd

SHOWN_FIRST: Final = "ac1"
BESIDE: Final = ("percent", "pabak", "ac1", "fleiss")
"""The coefficients that are known for people beside a judge."""


R = TypeVar("R", Estimate, Beside)


@dataclass(frozen=True)
class Spot:
    """A value with its interval, or why there is none: what is written and drawn of one number."""

    value: float | None
    lower: float | None = None
    upper: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Line:
    """One row of the drawn table."""

    code: str
    question: str
    spot: Spot
    other: float | None
    n_items: int
    n_pairs: int
    n_raters: int
    counts: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True)
class Drawn:
    """One coefficient over all criteria, on one axis from `low` to 1."""

    coefficient: str
    title: str
    meaning: str
    low: float
    lines: Sequence[Line]


@dataclass(frozen=True)
class MatrixCell:
    """How two annotators agree; on the diagonal, how many items somebody rated."""

    own: int | None = None
    pair: Pair | None = None


@dataclass(frozen=True)
class Compared:
    """People among themselves beside people with a judge, under one criterion."""

    code: str
    people: Spot
    judge: Spot
    difference: Spot
    n_items: int
    note: str


@dataclass(frozen=True)
class JudgeTable:
    """One judge's part of the page."""

    result: JudgeResult
    title: str
    low: float
    lines: Sequence[Compared] = ()
    flips: Sequence[tuple[str, Spot, int]] = ()


def coefficient_choices(rule: Rule) -> list[tuple[str, str]]:
    """Name and title of every coefficient there is under a rule."""
    weighted = rule.weights != "identity"
    names = ["ac2" if name == "ac1" and weighted else name for name in COEFFICIENTS]
    return [(name, METRICS[name].title) for name in names]


def chosen_coefficient(asked: str | None, rule: Rule) -> str:
    """The coefficient that was asked for, or the first."""
    names = [name for name, _title in coefficient_choices(rule)]
    return asked if asked in names else names[COEFFICIENTS.index(SHOWN_FIRST)]


def drawn(
    results: Sequence[CriterionResult], coefficient: str, ratings: pd.DataFrame, labels: list[str]
) -> Drawn:
    """One coefficient over all criteria, with how often each label was given."""
    metric = METRICS[coefficient]
    counted = Counter(zip(ratings["criterion"], ratings["value"], strict=True))
    lines = []
    for result in results:
        estimate = result.estimates[coefficient]
        codes = {code for code, _value in counted} if result.is_pooled else {result.code}
        counts = [(label, sum(counted[code, label] for code in codes)) for label in labels]
        lines.append(
            Line(
                code=result.code,
                question=result.question or _("All questions together"),
                spot=spot(estimate),
                other=estimate.other_rule,
                n_items=estimate.n_items,
                n_pairs=estimate.n_pairs,
                n_raters=estimate.n_raters,
                counts=counts,
            )
        )
    low = _low(coefficient, [line.spot for line in lines])
    return Drawn(coefficient, metric.title, metric.meaning, low, lines)


def spot(estimate: Estimate) -> Spot:
    """An estimate of agreement as it is drawn."""
    return Spot(estimate.value, estimate.lower, estimate.upper, estimate.note)


def _low(coefficient: str, spots: Iterable[Spot]) -> float:
    """Where the axis begins: at 0 unless something lies below it."""
    if METRICS[coefficient].unit == SHARE:
        return 0.0
    ends = [end for one in spots for end in (one.value, one.lower) if end is not None]
    return -1.0 if any(end < 0 for end in ends) else 0.0


def every_coefficient(
    results: Sequence[CriterionResult],
) -> list[tuple[str, str, list[Spot]]]:
    """Name, title and one spot per criterion of every coefficient."""
    if not results:
        return []
    names = list(results[0].estimates)
    return [
        (name, METRICS[name].title, [spot(one.estimates[name]) for one in results])
        for name in names
    ]


def matrix(
    pairs: Sequence[Pair], ratings: pd.DataFrame
) -> tuple[list[str], list[tuple[str, list[MatrixCell]]]]:
    """Annotators, and a row of cells for each: the lower triangle mirrors the upper."""
    own = ratings.groupby("rater")["item"].nunique().to_dict()
    names = sorted(str(name) for name in own)
    known = {frozenset((pair.one, pair.two)): pair for pair in pairs}
    rows = [
        (
            one,
            [
                MatrixCell(own=int(own[one]))
                if one == two
                else MatrixCell(pair=known[frozenset((one, two))])
                for two in names
            ],
        )
        for one in names
    ]
    return names, rows


def in_order(rows: Sequence[R], codes: Sequence[str]) -> list[R]:
    """Rows of criteria in the protocol's order, all together last."""
    places = {code: place for place, code in enumerate(codes)}
    return sorted(rows, key=lambda row: places.get(row.criterion, len(places)))


def judge_table(result: JudgeResult, coefficient: str, codes: Sequence[str]) -> JudgeTable:
    """People and judge on identical items; another coefficient gives way to AC1."""
    names = {row.coefficient for row in result.beside}
    name = coefficient if coefficient in names else SHOWN_FIRST
    rows = in_order([row for row in result.beside if row.coefficient == name], codes)
    lines = [_compared(row) for row in rows]
    spots = [side for line in lines for side in (line.people, line.judge)]
    flips = [(row.criterion, spot(row), row.n_items) for row in in_order(result.flips, codes)]
    return JudgeTable(result, METRICS[name].title, _low(name, spots), lines, flips)


def _compared(row: Beside) -> Compared:
    return Compared(
        code=row.criterion,
        people=_side(row.human_human, row.human_human_bounds, row.note),
        judge=_side(row.human_judge, row.human_judge_bounds, row.note),
        difference=_side(row.difference, row.difference_bounds, row.note),
        n_items=row.n_items,
        note=row.note,
    )


def _side(value: float | None, bounds: object, note: str) -> Spot:
    lower, upper = getattr(bounds, "lower", None), getattr(bounds, "upper", None)
    own = getattr(bounds, "note", "")
    return Spot(value, lower, upper, note or own)
