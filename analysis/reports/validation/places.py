"""Questions of a validation as tables name them, and how their estimates are found."""

from analysis.metrics import METRICS, Estimate
from analysis.reports.book import Book
from analysis.reports.validation.findings import TABLE
from analysis.reports.validation.inputs import ValidationInputs

TOGETHER = "All questions together"


def places(inputs: ValidationInputs) -> list[tuple[str, str]]:
    """(title, code) of every question that has a rating, then of all together."""
    rated = set(inputs.ratings["criterion"])
    return [(code, code) for code in inputs.names if code in rated] + [(TOGETHER, "")]


def place_of(one: Estimate) -> str:
    """The question an estimate is about, in words."""
    return one.group.get("criterion") or TOGETHER


def found_in(
    book: Book, metric: str, code: str, setting: str = "", model: str = "", **tokens: str
) -> list[Estimate]:
    """The estimates of a metric under one question (empty: all together)."""
    definition = METRICS[metric].definition(**tokens)
    return book.find(
        TABLE,
        metric,
        where=lambda one: (one.group.get("criterion") or "") == code,
        definition=definition,
        setting=setting,
        model=model,
    )


def single_rated(inputs: ValidationInputs) -> int:
    """How many items have one annotator."""
    return int((inputs.ratings.groupby("item")["rater"].nunique() == 1).sum())
