"""Which factors explain culture-following: logistic regression and drop-one deviance.

`regress` tests the factors of one regression, `regress_within` does it with item effects, `adjust`
corrects for their number; `human_regressions` and `model_regressions` make the estimates of a report
of them. Pure functions on long frames. docs/explanation/regression.md says how to
read them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from analysis.metrics.regression.factors import (
    HUMAN,
    HUMAN_COMBINED,
    MODEL,
    MODEL_COMBINED,
    Factor,
)
from analysis.metrics.regression.result import NOT_TESTABLE, Adjusted, Dropped, FactorTest, Wald

if TYPE_CHECKING:
    from analysis.metrics.regression.dropone import regress
    from analysis.metrics.regression.multiplicity import adjust
    from analysis.metrics.regression.permutation import Permutation
    from analysis.metrics.regression.table import human_regressions, model_regressions
    from analysis.metrics.regression.within import regress_within

__all__ = [
    "HUMAN",
    "HUMAN_COMBINED",
    "MODEL",
    "MODEL_COMBINED",
    "NOT_TESTABLE",
    "Adjusted",
    "Dropped",
    "Factor",
    "FactorTest",
    "Permutation",
    "Wald",
    "adjust",
    "human_regressions",
    "model_regressions",
    "regress",
    "regress_within",
]

_COMPUTING = {
    "Permutation": "analysis.metrics.regression.permutation",
    "adjust": "analysis.metrics.regression.multiplicity",
    "human_regressions": "analysis.metrics.regression.table",
    "model_regressions": "analysis.metrics.regression.table",
    "regress": "analysis.metrics.regression.dropone",
    "regress_within": "analysis.metrics.regression.within",
}


def __getattr__(name: str) -> Any:
    """Load numpy, pandas and statsmodels on first use: the web process only reads the names."""
    if name in _COMPUTING:
        return getattr(import_module(_COMPUTING[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
