"""Agreement between raters: any number of them, missing ratings, a fixed label set, weights.

`summarise` gives every coefficient per criterion and pooled; `pairwise` how far each two raters
agree; `disagreement` the items by how much their raters differ. Pure functions on a long frame with
columns item, rater, criterion, value. docs/explanation/agreement.md says which to read when.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from analysis.metrics.agreement.result import (
    COEFFICIENTS,
    POOLED,
    SINGLE_RATED,
    WEIGHTS,
    Bounds,
    Disagreement,
    Estimate,
    Pair,
)

if TYPE_CHECKING:
    from analysis.metrics.agreement.pairs import disagreement, pairwise
    from analysis.metrics.agreement.summary import summarise

__all__ = [
    "COEFFICIENTS",
    "POOLED",
    "SINGLE_RATED",
    "WEIGHTS",
    "Bounds",
    "Disagreement",
    "Estimate",
    "Pair",
    "disagreement",
    "pairwise",
    "summarise",
]

_COMPUTING = {
    "disagreement": "analysis.metrics.agreement.pairs",
    "pairwise": "analysis.metrics.agreement.pairs",
    "summarise": "analysis.metrics.agreement.summary",
}


def __getattr__(name: str) -> Any:
    """Load numpy, pandas and scipy on first use: the web process only reads the names."""
    if name in _COMPUTING:
        return getattr(import_module(_COMPUTING[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
