"""Item effects by conditional logit: what does not vary within an item cancels out.

With hundreds of items and a handful of answers each, one dummy an item biases the rest of a logistic
regression; conditioning on each item's number of culture answers does not (Chamberlain 1980).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.discrete.conditional_models import ConditionalLogit

from analysis.metrics.regression.design import Patterns, design, gather, independent
from analysis.metrics.regression.factors import Factor
from analysis.metrics.regression.result import Dropped, FactorTest, Wald
from analysis.metrics.study import Array, Codes, floats

NESTED = "not testable here: it does not vary within items"
NO_CONTRAST = "no item has both answers: there is nothing to compare within items"
NO_ROBUST = "no cluster-robust test with item effects"


def regress_within(
    frame: pd.DataFrame, outcome: str, factors: Sequence[Factor], *, name: str, item: str = "item"
) -> list[FactorTest]:
    """Drop-one deviance of every factor with item effects; arguments as in `regress`."""
    needed = sorted({column for factor in factors for column in factor.columns})
    patterns = gather(frame, outcome, needed, (item,))
    rows = _informative(patterns, item)
    if not len(rows):
        nothing = Dropped(None, 0, None)
        return [FactorTest(name, one.name, nothing, 0, note=NO_CONTRAST) for one in factors]
    y, items = patterns.y[rows], patterns.clusters[item][rows]
    return [_test(patterns, rows, (y, items), factors, factor, name) for factor in factors]


def _informative(patterns: Patterns, item: str) -> Codes:
    """The answers to items on which both answers were given."""
    codes = patterns.clusters[item]
    n = np.bincount(codes)
    k = np.bincount(codes, weights=patterns.y)
    both = (k > 0) & (k < n)
    return np.flatnonzero(both[codes]).astype(np.intp)


def _test(
    patterns: Patterns,
    rows: Codes,
    data: tuple[Array, Codes],
    factors: Sequence[Factor],
    factor: Factor,
    name: str,
) -> FactorTest:
    others = [one for one in factors if one.name != factor.name]
    y, items = data
    where = patterns.pattern[rows]
    base = independent(centred(design(patterns, others)[where], items))
    own = independent(centred(patterns.indicators(factor)[where], items), base)
    robust = Wald(note=NO_ROBUST)
    if not own.shape[1]:
        nothing = Dropped(None, 0, None)
        return FactorTest(name, factor.name, nothing, len(y), wald=robust, note=NESTED)
    full = log_likelihood(y, np.hstack([base, own]), items)
    gained = max(2 * (full - log_likelihood(y, base, items)), 0.0)
    tested = Dropped(gained, own.shape[1], float(stats.chi2.sf(gained, own.shape[1])))
    return FactorTest(name, factor.name, tested, len(y), wald=robust)


def centred(columns: Array, items: Codes) -> Array:
    """Columns less their mean within each item, which leaves a conditional likelihood as it is."""
    codes = np.unique(items, return_inverse=True)[1]
    n = np.bincount(codes)
    means = np.column_stack([np.bincount(codes, weights=column) / n for column in columns.T])
    return floats(columns - means[codes])


def log_likelihood(y: Array, columns: Array, items: Codes) -> float:
    """The largest conditional log likelihood; without columns that of drawing answers at random."""
    if not columns.shape[1]:
        columns = np.zeros((len(y), 1))
        return float(ConditionalLogit(y, columns, groups=items).loglike(np.zeros(1)))
    made = ConditionalLogit(y, columns, groups=items).fit(disp=False, method="bfgs", maxiter=500)
    return float(made.llf)
