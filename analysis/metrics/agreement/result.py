"""What the statistics of agreement hand back: frozen rows, undefined is None with a reason."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

POOLED = "__pooled__"
"""The criterion of rows that pool all criteria."""

COEFFICIENTS = (
    "percent",
    "pabak",
    "ac1",
    "cohen",
    "fleiss",
    "alpha",
    "positive",
    "negative",
    "prevalence_index",
    "bias_index",
)
"""Every criterion has these rows, in this order; with weights `ac1` is called `ac2`."""

WEIGHTS = ("identity", "linear", "quadratic", "ordinal")
"""How far different labels agree: not at all, or the more the closer they stand in their order."""

SINGLE_RATED = ("include", "exclude")
"""Whether items with a single rating count towards chance agreement."""


@dataclass(frozen=True)
class Bounds:
    """A standard error with its interval, or what is missing of them and why."""

    se: float | None = None
    lower: float | None = None
    upper: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Estimate:
    """One coefficient of one criterion.

    `se`, `lower` and `upper` are Gwet's (2014), items being the clusters; `jackknife` leaves out one
    item at a time, `bootstrap` draws items anew and is None unless replicates were asked for.
    `n_items` counts items that enter the coefficient, `n_pairs` pairs of ratings of the same item
    and criterion, `n_raters` people with a rating that enters, `n_dropped` items that do not enter.
    `other_rule` is the value under the other rule for items with a single rating.
    """

    criterion: str
    coefficient: str
    value: float | None
    se: float | None = None
    lower: float | None = None
    upper: float | None = None
    n_items: int = 0
    n_pairs: int = 0
    n_raters: int = 0
    n_dropped: int = 0
    note: str = ""
    jackknife: Bounds = field(default_factory=Bounds)
    bootstrap: Bounds | None = None
    single_rated: str = "include"
    other_rule: float | None = None

    def __post_init__(self) -> None:
        numbers = (self.value, self.se, self.lower, self.upper)
        if any(number is not None and not math.isfinite(number) for number in numbers):
            raise ValueError(f"{self.coefficient}: undefined must be None, found {numbers}")
        if self.value is None and not self.note:
            raise ValueError(f"{self.coefficient}: an undefined value needs a reason in its note")


@dataclass(frozen=True)
class Pair:
    """How far two raters agree on what both rated; undefined is None with the reason in `note`."""

    one: str
    two: str
    n_items: int
    n_ratings: int
    observed: float | None = None
    observed_lower: float | None = None
    observed_upper: float | None = None
    ac1: float | None = None
    ac1_lower: float | None = None
    ac1_upper: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Disagreement:
    """One item: how often two of its raters differ, and who said what how often.

    `disagreement` is 1 - observed agreement, averaged over the criteria with two ratings or more;
    None where there is none. `counts` gives, per criterion, how many raters chose each label.
    """

    item: str
    disagreement: float | None
    n_pairs: int
    n_ratings: int
    counts: Mapping[str, Mapping[str, int]]
