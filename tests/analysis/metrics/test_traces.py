"""Ranking rules: what they bound, and that few answers never lead a list by chance."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from analysis.metrics.traces import (
    Share,
    clustered_mean,
    gaps,
    jeffreys,
    ranges,
    shares_at_least,
    splits,
)

LEVEL = 0.95
COUNTS = [(0, 1), (1, 2), (0, 9), (3, 7), (10, 20), (60, 60)]


def split(k, n):
    return splits([Share(k, n)], LEVEL)[0]


def test_jeffreys_is_the_interval_of_the_beta_posterior_closed_at_the_ends():
    k, n = np.array([0.0, 3.0, 10.0]), np.array([10.0, 10.0, 10.0])
    lower, upper = jeffreys(k, n, LEVEL)
    posterior = stats.beta(3.5, 7.5)
    assert lower[1] == pytest.approx(posterior.ppf(0.025))
    assert upper[1] == pytest.approx(posterior.ppf(0.975))
    assert (lower[0], upper[2]) == (0.0, 1.0)


@pytest.mark.parametrize("counts", COUNTS)
def test_the_bound_of_a_split_is_exceeded_with_the_level(counts):
    k, n = counts
    bound = split(k, n).bound
    a = (1 - np.sqrt(max(0.0, 1 - 2 * bound))) / 2
    posterior = stats.beta(k + 0.5, n - k + 0.5)
    assert posterior.cdf(1 - a) - posterior.cdf(a) == pytest.approx(LEVEL, abs=1e-6)


def test_two_people_who_part_are_less_of_a_split_than_twenty_who_do():
    two, twenty, nearly = split(1, 2), split(10, 20), split(8, 20)
    assert two.value == 1.0 > twenty.value == pytest.approx(200 / 380)
    assert two.bound < nearly.bound < twenty.bound


def test_one_answer_shows_no_split_and_nobody_is_no_item():
    assert split(1, 1).value == 0.0
    with pytest.raises(ValueError, match="without answers"):
        split(0, 0)


@pytest.mark.parametrize("q", [0.0, 0.31, 1.0])
@pytest.mark.parametrize("counts", COUNTS)
def test_the_bound_of_a_gap_is_exceeded_with_the_level(counts, q):
    k, n = counts
    (found,) = gaps([Share(k, n)], [q], LEVEL)
    posterior = stats.beta(k + 0.5, n - k + 0.5)
    inside = posterior.cdf(min(q + found.bound, 1)) - posterior.cdf(max(q - found.bound, 0))
    assert found.value == pytest.approx(abs(q - k / n))
    assert inside == pytest.approx(1 - LEVEL, abs=1e-6)


def test_the_same_distance_counts_for_more_with_more_people():
    few, many = gaps([Share(0, 2), Share(0, 30)], [0.8, 0.8], LEVEL)
    assert few.value == many.value
    assert few.bound < many.bound < many.value


def test_models_part_by_the_published_interval_of_a_difference():
    # Newcombe 1998, table II, method 10: 56/70 against 48/80 gives .0524 to .3339.
    (found,) = ranges([[Share(48, 80), Share(56, 70)]], 0.975)  # one-sided .975 is two-sided .95
    assert found.value == pytest.approx(0.2)
    assert found.bound == pytest.approx(0.0524, abs=5e-5)


def test_more_pairs_looked_at_lower_the_bound():
    two = ranges([[Share(0, 40), Share(40, 40)]], LEVEL)[0]
    four = ranges([[Share(0, 40), Share(40, 40), Share(20, 40), Share(20, 40)]], LEVEL)[0]
    assert two.value == four.value == 1.0
    assert 0 < four.bound < two.bound
    with pytest.raises(ValueError, match="two"):
        ranges([[Share(1, 2)]], LEVEL)


def test_probabilities_count_as_parts_of_answers():
    (found,) = ranges([[Share(1.9, 2), Share(0.2, 2)]], LEVEL)
    assert found.value == pytest.approx(0.85)
    assert found.bound >= 0.0


def test_a_clustered_mean_has_the_spread_of_its_clusters():
    values = [0.0, 0.0, 1.0, 1.0]
    apart = clustered_mean(values, ["a", "a", "b", "b"], LEVEL)
    assert (apart.value, apart.n, apart.clusters) == (0.5, 4, 2)
    # totals about the mean are -1 and 1: error sqrt(2 * 2) / 4 = 0.5, t with one degree 12.706
    assert apart.upper - apart.value == pytest.approx(12.7062 * 0.5, abs=1e-3)
    alone = clustered_mean(values, ["a"] * 4, LEVEL)
    assert (alone.lower, alone.upper) == (None, None)


def test_a_clustered_mean_is_that_of_statsmodels_in_clusters_of_any_size():
    rng = np.random.default_rng(3)
    clusters = [f"s{number}" for number in rng.integers(0, 5, 23)]
    values = rng.random(23)
    fitted = sm.OLS(values, np.ones(23)).fit(
        cov_type="cluster",
        cov_kwds={"groups": np.unique(clusters, return_inverse=True)[1], "df_correction": True},
        use_t=True,
    )
    found = clustered_mean(list(values), clusters, 0.9)
    assert [found.value, found.lower, found.upper] == pytest.approx(
        [fitted.params[0], *fitted.conf_int(0.1)[0]], rel=1e-9
    )


@pytest.mark.parametrize("level", [0.9, 0.975])
def test_the_bound_of_a_share_is_exceeded_with_the_level(level):
    found = shares_at_least([Share(3, 12), Share(0, 12)], level)
    assert [one.value for one in found] == [0.25, 0.0]
    assert found[0].bound == pytest.approx(stats.beta(3.5, 9.5).ppf(1 - level), rel=1e-9)
    assert found[1].bound == 0.0
