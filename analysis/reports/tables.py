"""Tables of a report: one structure that the page, CSV and LaTeX are written from."""

from dataclasses import dataclass, field
from typing import Final

from analysis.metrics.catalogue import COUNT, METRICS, SIGNED, P
from analysis.metrics.estimate import Estimate

Value = Estimate | str | int | None

# Heads of narrow columns; the full title and its meaning are one click away.
SHORT: Final = {
    "item_mae": "Distance",
    "item_mse_unbiased": "Squared, unbiased",
    "rescaled_score": "Score",
    "majority_alignment": "Majority",
    "row_mae": "Hard distance",
    "row_mae_floor": "its floor",
    "rate_gap_abs": "Rate gap",
    "signed_culture_gap": "Leaning",
    "uncertainty_r": "Uncertainty r",
    "entropy_error_signed": "Entropy error",
    "brier": "Brier",
    "brier_floor": "its floor",
    "model_culture_rate": "Culture rate",
    "human_culture_rate": "People's rate",
    "ties": "Tied items",
    "invalid_rate": "Invalid",
    "norm_personal_gap": "Norm-personal gap",
    "model_norm_personal_gap": "Norm-personal gap",
    "gap_alignment_r": "Gaps, r",
    "gap_alignment_mae": "Gaps, distance",
    "personal_norm_consistency": "Same in both",
    "consensus": "Consensus",
    "perceived_rate": "Guessed",
    "perceived_gap": "Guessed less actual",
    "importance_norm": "Norm",
    "importance_preference": "Preference",
    "importance_difference": "Difference",
    "order_effect": "Effect",
    "order_effect_p": "p, sign flips",
    "order_effect_p_z": "p, unpaired z",
}

MINUS = "−"
SMALLEST_P = 0.0001
DASH = "–"


@dataclass(frozen=True)
class Column:
    """A column's key in files and its title for people; `metric` links it to its definition."""

    key: str
    title: str
    metric: str = ""
    bar: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of texts, counts and estimates; `muted` are the places of rows that are references."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: str = ""
    muted: frozenset[int] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"table {self.name}: a row of {len(row)} cells")


@dataclass(frozen=True)
class Cell:
    """What a page shows of one value: the number, its interval, and all of it as words."""

    text: str
    interval: str = ""
    title: str = ""
    numeric: bool = False
    undefined: bool = False
    bar: float | None = None


def metric_column(metric: str, title: str = "", *, key: str = "", bar: bool = False) -> Column:
    """A column of estimates of one metric."""
    return Column(key or metric, title or SHORT.get(metric) or METRICS[metric].title, metric, bar)


def cell(value: Value, *, bar: bool = False) -> Cell:
    """How a value looks in a page."""
    if isinstance(value, Estimate):
        return _estimate_cell(value, bar)
    if value is None:
        return Cell(DASH, title="not computed", undefined=True, numeric=True)
    if isinstance(value, int):
        return Cell(f"{value:,}", numeric=True)
    return Cell(value)


def _estimate_cell(estimate: Estimate, bar: bool) -> Cell:
    if estimate.value is None:
        return Cell(DASH, title=describe(estimate), numeric=True, undefined=True)
    share = min(max(estimate.value, 0.0), 1.0) if bar else None
    return Cell(
        number(estimate), interval_text(estimate), describe(estimate), numeric=True, bar=share
    )


def number(estimate: Estimate) -> str:
    """The value in the metric's own form: counts whole, signed ones with their sign."""
    return formatted(estimate.metric, estimate.value)


def interval_text(estimate: Estimate) -> str:
    """The interval as "0.12 to 0.15", empty without one."""
    if estimate.lower is None or estimate.upper is None:
        return ""
    ends = (formatted(estimate.metric, end) for end in (estimate.lower, estimate.upper))
    return " to ".join(ends)


def describe(estimate: Estimate) -> str:
    """Everything behind a number in one line: value, interval, counts, drops, notes."""
    parts = [METRICS[estimate.metric].title if estimate.metric in METRICS else estimate.metric]
    if estimate.value is None:
        parts.append(f"undefined: {estimate.note}")
    else:
        interval = interval_text(estimate)
        parts.append(number(estimate) + (f" (interval {interval})" if interval else ""))
    counts = [
        (estimate.n_items, "items"),
        (estimate.n_humans, "people"),
        (estimate.n_answers, "answers"),
        (estimate.n_dropped, "left out"),
    ]
    parts.append(", ".join(f"{count:,} {name}" for count, name in counts if count))
    if estimate.value is not None and estimate.note:
        parts.append(estimate.note)
    return " · ".join(part for part in parts if part)


def formatted(metric: str, value: float | None) -> str:
    """A number in the metric's own form, a dash for None."""
    if value is None:
        return DASH
    known = METRICS.get(metric)
    if known is not None and known.unit == COUNT:
        return f"{value:,.0f}"
    if known is not None and known.unit == P:
        return f"{value:.4f}" if value >= SMALLEST_P else f"< {SMALLEST_P}"
    signed = known is not None and known.orientation == SIGNED
    text = f"{value:+.3f}" if signed else f"{value:.3f}"
    return text.replace("-", MINUS)


def records(table: Table) -> tuple[list[str], list[dict[str, object]]]:
    """Columns and rows for a file: each estimate spread into value, ends, counts and note."""
    names: list[str] = []
    rows: list[dict[str, object]] = [{} for _ in table.rows]
    for place, column in enumerate(table.columns):
        values = [row[place] for row in table.rows]
        spread = any(isinstance(value, Estimate) for value in values)
        parts = _PARTS if spread else ("",)
        names += [column.key + part for part in parts]
        for row, value in zip(rows, values, strict=True):
            row.update(_spread(column.key, value) if spread else {column.key: value})
    return names, rows


_PARTS = ("", "_lower", "_upper", "_n_items", "_n_humans", "_n_answers", "_note")


def _spread(key: str, value: Value) -> dict[str, object]:
    if not isinstance(value, Estimate):
        return {key + part: None for part in _PARTS}
    fields = ("value", "lower", "upper", "n_items", "n_humans", "n_answers", "note")
    pairs = zip(_PARTS, fields, strict=True)
    return {key + part: getattr(value, name) for part, name in pairs}
