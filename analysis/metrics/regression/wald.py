"""Cluster-robust Wald tests: answers of one participant, and of one scenario, are not independent."""

from collections.abc import Mapping

import numpy as np
from scipy import sparse, stats

from analysis.metrics.regression.design import Patterns
from analysis.metrics.regression.fit import Fit
from analysis.metrics.regression.result import Wald
from analysis.metrics.study import Array, Codes, floats

TOO_FEW = "no robust test: fewer clusters than the factor has degrees of freedom"
FLAT = "no robust test: the factor does not vary within clusters of one kind"
CLIPPED = "directions in which the robust variance is not positive are left out"
LEAST = 1e-9


def covariance(patterns: Patterns, made: Fit) -> Array:
    """Sandwich covariance of the coefficients, (columns, columns).

    One kind of cluster: the usual sandwich with G / (G - 1). Two kinds: the sum of both less that of
    their intersection, each with its own factor (Cameron, Gelbach and Miller 2011).
    """
    bread = _bread(patterns, made)
    return floats(bread @ _meat(patterns, made) @ bread)


def _meat(patterns: Patterns, made: Fit) -> Array:
    parts = [_outer(patterns, made, codes) for codes in patterns.clusters.values()]
    if len(parts) == 2:
        parts.append(-_outer(patterns, made, crossed(patterns.clusters)))
    return floats(np.sum(parts, axis=0))


def _bread(patterns: Patterns, made: Fit) -> Array:
    p = made.fitted
    information = made.columns.T @ (made.columns * (patterns.total * p * (1 - p))[:, None])
    return floats(np.linalg.pinv(information))


def _varies(patterns: Patterns, made: Fit, df: int) -> bool:
    """Whether every kind of cluster by itself tells how unsure the last `df` coefficients are."""
    bread = _bread(patterns, made)[-df:]
    for codes in patterns.clusters.values():
        values = np.linalg.eigvalsh(bread @ _outer(patterns, made, codes) @ bread.T)
        if values.min() < LEAST * max(values.max(), 0.0) or values.max() <= 0:
            return False
    return True


def crossed(clusters: Mapping[str, Codes]) -> Codes:
    """Each answer's code in the intersection of two kinds of cluster."""
    one, two = clusters.values()
    keys = one * (int(two.max(initial=0)) + 1) + two
    codes: Codes = np.unique(keys, return_inverse=True)[1].astype(np.intp)
    return codes


def _outer(patterns: Patterns, made: Fit, codes: Codes) -> Array:
    """The sum over clusters of their summed scores' outer products, times G / (G - 1)."""
    groups = int(codes.max()) + 1
    residual = patterns.y - made.fitted[patterns.pattern]
    shape = (groups, len(patterns.cells))
    by_cluster = sparse.csr_array((residual, (codes, patterns.pattern)), shape=shape)
    scores = by_cluster @ made.columns
    return floats(groups / (groups - 1) * (scores.T @ scores)) if groups > 1 else scores.T @ scores


def wald(patterns: Patterns, made: Fit, df: int) -> Wald:
    """Test that the last `df` coefficients of a fit are zero: F with G - 1 denominator degrees.

    G is the smaller number of clusters. None with the reason where the variance cannot carry it: a
    scenario's country does not vary within scenarios, so its scores sum to zero in each of them.
    """
    clusters = min(int(codes.max()) + 1 for codes in patterns.clusters.values())
    if clusters - 1 < df:
        return Wald(df=df, note=TOO_FEW)
    if not _varies(patterns, made, df):
        return Wald(df=df, note=FLAT)
    beta, variance = made.beta[-df:], covariance(patterns, made)[-df:, -df:]
    values, vectors = np.linalg.eigh((variance + variance.T) / 2)
    kept = values > LEAST * values.max()
    turned = vectors[:, kept].T @ beta
    f = float((turned**2 / values[kept]).sum() / kept.sum())
    p = float(stats.f.sf(f, int(kept.sum()), clusters - 1))
    return Wald(f, int(kept.sum()), clusters - 1, p, "" if kept.all() else CLIPPED)
