"""What a regression hands back: frozen rows, undefined is None with a reason."""

import math
from dataclasses import dataclass, field

NOT_TESTABLE = "not testable here: its columns are in the span of the other factors"
"""The note of a factor whose `dropped.df` is 0."""

ONE_LEVEL = "not testable here: only one level occurs"


@dataclass(frozen=True)
class Wald:
    """A cluster-robust test of one factor: F with (df, clusters - 1) degrees of freedom."""

    f: float | None = None
    df: int = 0
    df_clusters: int = 0
    p: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Dropped:
    """What the deviance gains when a factor is left out; `df` 0 means that it cannot be tested."""

    deviance: float | None
    df: int
    p: float | None


@dataclass(frozen=True)
class Adjusted:
    """The culture rate of one level, everything else being as it is, with its interval.

    `cell` names the level, `part` the column or columns that it is a level of.
    """

    part: tuple[str, ...]
    cell: str
    rate: float | None
    lower: float | None = None
    upper: float | None = None
    n_answers: int = 0
    note: str = ""


@dataclass(frozen=True)
class FactorTest:
    """One factor of one regression.

    `dropped` is the test in the full model. Where that has no degrees of freedom, `alone` is the test
    in the model without the interactions that contain the factor (None where that changes nothing).
    `null_deviance` is what there is to explain: the deviance without any factor. `p_bh` is adjusted
    within the stated family. `permutation_p` is there for the scenario's country, or the reason in
    `permutation_note`. `separated` names the factor's cells in which everybody chose the same.
    """

    regression: str
    factor: str
    dropped: Dropped
    n_answers: int
    alone: Dropped | None = None
    null_deviance: float | None = None
    p_bh: float | None = None
    wald: Wald = field(default_factory=Wald)
    permutation_p: float | None = None
    permutation_note: str = ""
    separated: tuple[str, ...] = ()
    adjusted: tuple[Adjusted, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        for part in (self.dropped, self.alone):
            if part is not None and part.p is not None and not math.isfinite(part.p):
                raise ValueError(f"{self.factor}: undefined must be None, found {part}")
        if self.dropped.p is None and not self.note:
            raise ValueError(f"{self.factor}: a test without a p value needs a reason in its note")
