"""The reference itself, on numbers small enough to do on paper."""

import pytest

from tests.reference import human, models
from tests.reference.models import Unit

ONE = ("i1", "older", "male")
TWO = ("i2", "older", "male")


def test_pair_agreement_counts_only_pairs_of_different_people():
    cells = {ONE: [1, 1, 0], TWO: [1, 0]}
    assert human.pair_agreement_items(cells) == pytest.approx((2 / 6 + 0 / 2) / 2)
    assert human.pair_agreement_pairs(cells) == pytest.approx(2 / 8)
    assert human.pair_agreement_items({ONE: [1]}) is None


def test_majority_share_of_one_person_is_one():
    assert human.majority_share({ONE: [0]}) == 1
    assert human.majority_share({ONE: [1, 1, 0], TWO: [1, 0]}) == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_unbiased_square_subtracts_the_sampling_variance():
    units = [Unit(1.0, [1, 1, 0]), Unit(0.0, [1])]
    assert models.mse_unbiased(units) == pytest.approx(1 / 9 - (2 / 9) / 2)


def test_brier_floor_is_the_spread_between_people():
    units = [Unit(0.5, [1, 0]), Unit(0.5, [1])]
    assert models.brier(units) == pytest.approx(0.25)
    assert models.brier_floor(units) == pytest.approx(0.5)


def test_uncertainty_of_a_deterministic_model_is_undefined():
    assert models.uncertainty([Unit(1.0, [1, 0]), Unit(0.0, [1, 1])]) is None


def test_spearman_gives_ties_their_mean_rank():
    assert models.ranks([0.3, 0.1, 0.3]) == [2.5, 1.0, 2.5]
