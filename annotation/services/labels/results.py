"""What the labels of a validation amount to: agreement, pairs of annotators, items by disagreement.

pandas and the statistics are imported where they are used: the web process starts without them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis.metrics import agreement as coefficients
from analysis.metrics.agreement import POOLED, SINGLE_RATED, WEIGHTS, Disagreement, Estimate, Pair
from annotation.models import Validation
from annotation.services.labels.rows import RATING_COLUMNS, first_ratings, repeated_ratings

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Rule:
    """How agreement is computed: whether items with one rating count, and weights of labels."""

    single_rated: str = "include"
    weights: str = "identity"

    @classmethod
    def asked(cls, single_rated: str | None, weights: str | None) -> Rule:
        """The rule that was asked for; what is not known is the default."""
        return cls(
            single_rated if single_rated in SINGLE_RATED else "include",
            weights if weights in WEIGHTS else "identity",
        )


@dataclass(frozen=True)
class CriterionResult:
    """Every coefficient of one criterion, or of all together, by the coefficient's name."""

    code: str
    question: str
    estimates: Mapping[str, Estimate] = field(default_factory=dict)

    @property
    def is_pooled(self) -> bool:
        """Whether this is over all criteria."""
        return self.code == POOLED


def affirmative(labels: Sequence[str]) -> str:
    """The label that counts as yes, as the statistics choose it: yes, true and the like, or the first."""
    from analysis.metrics.agreement.labels import Labels

    return labels[Labels(tuple(labels)).positive]


def ratings_frame(rows: Iterable[tuple[object, ...]]) -> pd.DataFrame:
    """Rows of ratings as the frame that the statistics take."""
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(RATING_COLUMNS))


def ratings_of(validation: Validation) -> pd.DataFrame:
    """Everybody's first ratings."""
    return ratings_frame(first_ratings(validation))


def agreement(validation: Validation, ratings: pd.DataFrame, rule: Rule) -> list[CriterionResult]:
    """Every coefficient per criterion in the protocol's order, then pooled; empty without ratings."""
    if ratings.empty:
        return []
    rows = coefficients.summarise(
        ratings, validation.labels, weights=rule.weights, single_rated=rule.single_rated
    )
    found: dict[str, dict[str, Estimate]] = {}
    for row in rows:
        found.setdefault(row.criterion, {})[row.coefficient] = row
    names = dict(validation.criteria.values_list("code", "question")) | {POOLED: ""}
    return [
        CriterionResult(code, question, found[code])
        for code, question in names.items()
        if code in found
    ]


def pairs(validation: Validation, ratings: pd.DataFrame, rule: Rule) -> list[Pair]:
    """How far every two annotators agree on what both rated."""
    return (
        []
        if ratings.empty
        else coefficients.pairwise(ratings, validation.labels, weights=rule.weights)
    )


def items(validation: Validation, ratings: pd.DataFrame, criterion: str = "") -> list[Disagreement]:
    """Items by how much their annotators differ, under one criterion or all; most first."""
    rows = ratings[ratings["criterion"] == criterion] if criterion else ratings
    return [] if rows.empty else coefficients.disagreement(rows, validation.labels)


def steadiness(validation: Validation, level: float = 0.95) -> list[Estimate]:
    """How often annotators said the same again where they rated an item twice, by criterion."""
    rows = ratings_frame(repeated_ratings(validation))
    if rows.empty:
        return []
    found = coefficients.summarise(rows, validation.labels, single_rated="exclude", level=level)
    return [row for row in found if row.coefficient == "percent"]
