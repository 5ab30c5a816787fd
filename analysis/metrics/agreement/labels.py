"""A fixed set of labels, and how much agreement two different labels count for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.metrics.agreement.result import WEIGHTS
from analysis.metrics.study import Array, floats

AFFIRMATIVE = ("yes", "y", "true", "1", "positive", "pass")


@dataclass(frozen=True)
class Labels:
    """The labels raters may choose, in their order, with agreement weights of shape (q, q)."""

    names: tuple[str, ...]
    weights: str = "identity"

    def __post_init__(self) -> None:
        if not self.names:
            raise ValueError("a label set needs at least one label")
        if len(set(self.names)) < len(self.names):
            raise ValueError(f"a label is named twice: {', '.join(self.names)}")
        if self.weights not in WEIGHTS:
            raise ValueError(f"weights must be one of {', '.join(WEIGHTS)}, found {self.weights}")

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def positive(self) -> int:
        """The place of the positive of two labels: yes, true, 1 and the like, else the first."""
        folded = [name.casefold() for name in self.names]
        return next((folded.index(word) for word in AFFIRMATIVE if word in folded), 0)

    @cached_property
    def matrix(self) -> Array:
        """Weights: 1 on the diagonal, less the further apart two labels are.

        Gwet (2014), chapter 3. Linear and quadratic weights use the labels' own numbers where all
        are numbers, else their places; ordinal weights use places: 1 - M_kl / M_1q with M_kl the
        pairs that can be formed of the labels from k to l.
        """
        q = len(self)
        if self.weights == "identity" or q == 1:
            return np.eye(q)
        if self.weights == "ordinal":
            span = np.abs(np.subtract.outer(np.arange(q), np.arange(q))) + 1
            return floats(1 - span * (span - 1) / (q * (q - 1)))
        scores = label_scores(self.names)
        apart = np.abs(np.subtract.outer(scores, scores)) / np.ptp(scores)
        return floats(1 - apart**2 if self.weights == "quadratic" else 1 - apart)


def label_scores(names: Sequence[str]) -> Array:
    """The labels' own numbers where all are different numbers, else their places from 0."""
    try:
        scores = floats([float(name) for name in names])
    except ValueError:
        return floats(np.arange(len(names)))
    usable = np.isfinite(scores).all() and len(np.unique(scores)) == len(names)
    return scores if usable else floats(np.arange(len(names)))
