"""Is a scenario's country more than a name: scenarios dealt out to the same countries anew."""

from dataclasses import dataclass

import numpy as np

from analysis.metrics.regression.design import Columns, Patterns
from analysis.metrics.regression.fit import Fit, solve
from analysis.metrics.study import Array, Codes, count_by, floats

ONE_EACH = "no deal differs from another: every country has a single scenario"
RIDGE = 1e-10


@dataclass(frozen=True)
class Permutation:
    """How often scenarios are dealt out to countries anew, and with which seed."""

    replicates: int = 999
    seed: int = 20260


@dataclass(frozen=True)
class Scores:
    """What a fit without the country leaves unexplained, scenario by scenario.

    `residual` and `weight` are sums over a scenario's answers, `shared` the weighted sums of the
    other columns (scenarios, columns), `inverse` the inverse information of those columns.
    """

    residual: Array
    weight: Array
    shared: Array
    inverse: Array

    def statistic(self, country: Codes, size: int) -> float:
        """Rao's score statistic for adding these countries: what the deviance is, to second order."""
        gained = count_by(country, size, self.residual)
        shared = np.zeros((size, self.shared.shape[1]))
        np.add.at(shared, country, self.shared)
        variance = np.diag(count_by(country, size, self.weight)) - shared @ self.inverse @ shared.T
        variance[np.diag_indices(size)] += RIDGE * max(float(np.trace(variance)) / size, RIDGE)
        return float(gained @ np.linalg.solve(variance, gained))


def scores_of(columns: Columns, reduced: Fit, scenario: Codes) -> Scores:
    """Gather what the permutation needs from the model without the scenario's country."""
    patterns = columns.patterns
    p = reduced.fitted[patterns.pattern]
    used = reduced.used
    weight = patterns.total * reduced.fitted * (1 - reduced.fitted)
    information = columns.cross(weight)[np.ix_(used, used)]
    spread = columns.cluster_sums(p * (1 - p), scenario)
    return Scores(
        residual=count_by(scenario, len(spread), patterns.y - p),
        weight=spread[:, 0],
        shared=floats(spread[:, used]),
        inverse=solve(information, np.eye(len(used))),
    )


def permutation_p(
    columns: Columns, reduced: Fit, column: str, how: Permutation
) -> tuple[float | None, str]:
    """The share of deals whose score statistic is as large as the observed one, or the reason.

    Every deal keeps how many scenarios each country has; the observed one counts, so p is never
    below 1 / (replicates + 1).
    """
    patterns = columns.patterns
    scenario = patterns.clusters["scenario"]
    country, size = _countries(patterns, column)
    if np.bincount(country, minlength=size).max(initial=0) < 2:
        return None, ONE_EACH
    scores = scores_of(columns, reduced, scenario)
    rng = np.random.default_rng([how.seed, 5])
    seen = scores.statistic(country, size) * (1 - 1e-9)
    larger = sum(
        scores.statistic(rng.permutation(country), size) >= seen for _ in range(how.replicates)
    )
    return (1 + larger) / (how.replicates + 1), ""


def _countries(patterns: Patterns, column: str) -> tuple[Codes, int]:
    """Each scenario code's country, and how many countries there are."""
    _, first = np.unique(patterns.clusters["scenario"], return_index=True)
    return patterns.cells[column][patterns.pattern[first]], len(patterns.levels[column])
