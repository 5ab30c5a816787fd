"""Logistic regression of gathered answers by statsmodels, and what leaving a factor out costs."""

import warnings
from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm
from scipy import stats
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from analysis.metrics.regression.design import Patterns
from analysis.metrics.regression.result import Dropped
from analysis.metrics.study import Array, floats

CERTAIN = 1e-6
"""A fitted probability this near to 0 or 1 means that the answers there are separated."""

MOST_STEPS = 200


@dataclass(frozen=True)
class Fit:
    """A fitted model: coefficients (columns,), fitted probabilities (patterns,), and deviance."""

    columns: Array
    beta: Array
    fitted: Array
    deviance: float

    @property
    def separated(self) -> bool:
        """Whether some pattern's probability went to 0 or 1."""
        return bool(((self.fitted < CERTAIN) | (self.fitted > 1 - CERTAIN)).any())


def fit(patterns: Patterns, columns: Array) -> Fit:
    """Fit a binomial GLM with logit link on independent columns (patterns, columns).

    Where answers are separated the coefficients grow without end while deviance and fitted values
    settle; the fit ends there and says so.
    """
    counts = np.column_stack([patterns.chosen, patterns.total - patterns.chosen])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        model = sm.GLM(counts, columns, family=sm.families.Binomial())
        made = model.fit(maxiter=MOST_STEPS, tol=1e-10)
    fitted = floats(made.fittedvalues)
    return Fit(columns, floats(made.params), fitted, deviance(patterns, fitted))


def deviance(patterns: Patterns, fitted: Array) -> float:
    """-2 log likelihood of the answers taken one by one, so that patterns do not matter."""
    p = np.clip(fitted, 1e-300, 1 - 1e-16)
    k, n = patterns.chosen, patterns.total
    terms = np.where(k > 0, k * np.log(p), 0.0) + np.where(n > k, (n - k) * np.log1p(-p), 0.0)
    return float(-2 * terms.sum())


def dropped(full: Fit, reduced: Fit) -> Dropped:
    """The deviance test of the columns that the reduced model lacks."""
    df = full.columns.shape[1] - reduced.columns.shape[1]
    if not df:
        return Dropped(None, 0, None)
    gained = max(reduced.deviance - full.deviance, 0.0)
    return Dropped(gained, df, float(stats.chi2.sf(gained, df)))
