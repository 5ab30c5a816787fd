"""Cluster-robust Wald tests: answers of one participant, and of one scenario, are not independent."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import stats

from analysis.metrics.regression.design import Columns, independent
from analysis.metrics.regression.fit import Fit, solve
from analysis.metrics.regression.result import Wald
from analysis.metrics.study import Array, Codes, floats

TOO_FEW = "no robust test: fewer clusters than the factor has degrees of freedom"
FLAT = "no robust test: the factor does not vary within clusters of one kind"
ALL_CERTAIN = "no robust test: the factor's answers are separated"
SPARSE = "no robust test: a level has answers of fewer than {least} {kind}s"
CLIPPED = "directions in which the robust variance is not positive are left out"
PARTLY = "separated cells are left out of the robust test"
LEAST = 1e-9
LEAST_CLUSTERS = 5
"""Fewer clusters in a level make the sandwich far too sure of it: with two or three scenarios a
country it finds differences between countries that are mere names."""


@dataclass(frozen=True)
class Sandwich:
    """Information and clustered outer products of the scores of a fit, for all columns at once.

    Patterns whose probability went to 0 or 1 carry no information and are left out.
    """

    columns: Columns
    made: Fit

    @cached_property
    def _open(self) -> Array:
        return floats(~self.made.certain)

    @cached_property
    def information(self) -> Array:
        """X' W X, (columns, columns)."""
        p = self.made.fitted
        return self.columns.cross(self.columns.patterns.total * p * (1 - p) * self._open)

    @cached_property
    def outer(self) -> tuple[Array, ...]:
        """Summed scores' outer products by each kind of cluster, times G / (G - 1); of two kinds
        also those of their intersection, (columns, columns) each."""
        clusters = self.columns.patterns.clusters
        kinds = list(clusters.values()) + ([crossed(clusters)] if len(clusters) == 2 else [])
        return tuple(self._outer(codes) for codes in kinds)

    def _outer(self, codes: Codes) -> Array:
        patterns = self.columns.patterns
        residual = (patterns.y - self.made.fitted[patterns.pattern]) * self._open[patterns.pattern]
        scores = self.columns.cluster_sums(residual, codes)
        groups = len(scores)
        return floats(scores.T @ scores * (groups / (groups - 1) if groups > 1 else 1.0))

    @property
    def clusters(self) -> int:
        """How many clusters the kind with fewer of them has."""
        return min(int(codes.max()) + 1 for codes in self.columns.patterns.clusters.values())

    def fewest(self, factor: str) -> dict[str, int]:
        """Of each kind of cluster, how many the factor's level with fewest of them has."""
        columns = self.columns
        answers = np.ones(columns.patterns.n_answers)
        mine = columns.owner == factor
        return {
            kind: int((columns.cluster_sums(answers, codes)[:, mine] > 0).sum(axis=0).min())
            for kind, codes in columns.patterns.clusters.items()
        }

    def basis(self, last: str = "") -> Codes:
        """Independent columns as far as the open patterns tell, those of one factor last."""
        return independent(self.columns.cross(self._open), self.columns.order(last))

    def coefficients(self, basis: Codes) -> Array:
        """The fit's coefficients on a basis: the same predictor on the open patterns."""
        eta = self.columns.predictor(self.made.beta) * self._open
        cross = self.columns.cross(self._open)[np.ix_(basis, basis)]
        return solve(cross, self.columns.sums(eta)[basis])

    def covariances(self, basis: Codes) -> tuple[Array, ...]:
        """Covariance of the coefficients on a basis by each kind of cluster, and by their
        intersection where there are two kinds, (basis, basis) each."""
        at = np.ix_(basis, basis)
        bread = solve(self.information[at], np.eye(len(basis)))
        return tuple(floats(bread @ outer[at] @ bread) for outer in self.outer)


def combined(parts: tuple[Array, ...]) -> Array:
    """Covariance by both kinds of cluster: their sum less that of the intersection.

    Cameron, Gelbach and Miller (2011), each with its own small-sample factor.
    """
    return parts[0] if len(parts) == 1 else floats(parts[0] + parts[1] - parts[2])


def crossed(clusters: Mapping[str, Codes]) -> Codes:
    """Each answer's code in the intersection of two kinds of cluster."""
    one, two = clusters.values()
    keys = one * (int(two.max(initial=0)) + 1) + two
    codes: Codes = np.unique(keys, return_inverse=True)[1].astype(np.intp)
    return codes


def wald(sandwich: Sandwich, factor: str) -> Wald:
    """Test that a factor's own coefficients are zero: F with G - 1 denominator degrees.

    G is the smaller number of clusters. None with the reason where the variance cannot carry it: a
    scenario's country does not vary within scenarios, so its scores sum to zero in each of them.
    """
    basis = sandwich.basis(factor)
    df = int((sandwich.columns.owner[basis] == factor).sum())
    if not df:
        return Wald(note=ALL_CERTAIN)
    if sandwich.clusters - 1 < df:
        return Wald(df=df, note=TOO_FEW)
    for kind, fewest in sandwich.fewest(factor).items():
        if fewest < LEAST_CLUSTERS:
            return Wald(df=df, note=SPARSE.format(least=LEAST_CLUSTERS, kind=kind))
    parts = [part[-df:, -df:] for part in sandwich.covariances(basis)]
    if not all(_varies(part) for part in parts[:2]):
        return Wald(df=df, note=FLAT)
    f, rank = quadratic(sandwich.coefficients(basis)[-df:], combined(tuple(parts)))
    if not rank:
        return Wald(df=df, note=FLAT)
    p = float(stats.f.sf(f, rank, sandwich.clusters - 1))
    notes = [CLIPPED] if rank < df else []
    notes += [PARTLY] if sandwich.made.separated else []
    return Wald(f, rank, sandwich.clusters - 1, p, "; ".join(notes))


def quadratic(beta: Array, variance: Array) -> tuple[float, int]:
    """The coefficients' Wald statistic over its rank, in the directions of positive variance.

    A sum and difference of clustered variances need not be positive in all (Cameron, Gelbach and
    Miller 2011); the rank is the number of those left, 0 with a statistic of 0 where there are none.
    """
    values, vectors = np.linalg.eigh((variance + variance.T) / 2)
    kept = values > LEAST * values.max()
    if not kept.any():
        return 0.0, 0
    turned = vectors[:, kept].T @ beta
    rank = int(kept.sum())
    return float((turned**2 / values[kept]).sum() / rank), rank


def _varies(covariance: Array) -> bool:
    """Whether one kind of cluster by itself tells how unsure every coefficient is."""
    values = np.linalg.eigvalsh((covariance + covariance.T) / 2)
    return bool(values.max() > 0 and values.min() >= LEAST * values.max())
