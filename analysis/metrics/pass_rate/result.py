"""What the functions of this package hand back; undefined is None with a reason."""

import math
from dataclasses import dataclass

from analysis.metrics.agreement.result import Bounds


@dataclass(frozen=True)
class Rate:
    """A share of a finite population with its interval.

    `n_population` counts the items it speaks of, `n_sampled` those that people judged, `n_dropped`
    those that are in the sample but have no verdict. `definition` names the rule behind it.
    """

    metric: str
    definition: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    n_population: int = 0
    n_sampled: int = 0
    n_dropped: int = 0
    note: str = ""

    def __post_init__(self) -> None:
        numbers = (self.value, self.lower, self.upper)
        if any(number is not None and not math.isfinite(number) for number in numbers):
            raise ValueError(f"{self.metric}: undefined must be None, found {numbers}")
        if self.value is None and not self.note:
            raise ValueError(f"{self.metric}: an undefined value needs a reason in its note")


@dataclass(frozen=True)
class Beside:
    """One coefficient between people, between people and a judge, and the second less the first.

    All three on the same units: those with two people's ratings or more and the judge's.
    """

    criterion: str
    coefficient: str
    human_human: float | None
    human_judge: float | None
    difference: float | None
    human_human_bounds: Bounds
    human_judge_bounds: Bounds
    difference_bounds: Bounds
    n_items: int
    n_units: int
    n_dropped: int
    note: str = ""
