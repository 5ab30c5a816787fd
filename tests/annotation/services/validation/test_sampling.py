"""The sample: exact sizes, fair shares, the same for the same seed, whatever the order of rows."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.services.validation.sampling import (
    Unit,
    allocate,
    draw,
    population_hash,
    ranked,
    strata_of,
)

counts = st.dictionaries(st.text("abcdef", min_size=1, max_size=4), st.integers(0, 400), min_size=1)


@given(counts, st.data())
def test_every_stratum_gets_its_quota_to_within_one_and_the_sum_is_exact(counts, data):
    total = sum(counts.values())
    size = data.draw(st.integers(0, total))
    sizes = allocate(counts, size)
    assert sum(sizes.values()) == size
    for name, count in counts.items():
        assert 0 <= sizes[name] <= count
        assert abs(sizes[name] - (size * count / total if total else 0)) < 1


@given(counts, st.data())
def test_a_larger_stratum_never_gets_less(counts, data):
    size = data.draw(st.integers(0, sum(counts.values())))
    sizes = allocate(counts, size)
    by_count = sorted(counts, key=lambda name: counts[name])
    for smaller, larger in pairwise(by_count):
        assert sizes[smaller] <= sizes[larger] or counts[smaller] == counts[larger]


def test_largest_remainders_by_hand():
    # Quotas of 10 among 47, 33, 20: 4.7, 3.3, 2.0; the one place left goes to the remainder .7.
    assert allocate({"a": 47, "b": 33, "c": 20}, 10) == {"a": 5, "b": 3, "c": 2}
    # Equal remainders: the earlier name.
    assert allocate({"b": 5, "a": 5}, 1) == {"a": 1, "b": 0}
    with pytest.raises(ValueError, match="cannot be drawn"):
        allocate({"a": 3}, 4)


def units(count, strata=3):
    return [Unit(f"k{n}", f"h{n}", f"s{n % strata}") for n in range(count)]


@given(st.integers(1, 60), st.data(), st.randoms(use_true_random=False))
def test_a_sample_is_part_of_the_population_and_does_not_depend_on_its_order(count, data, random):
    population = units(count)
    size, seed = data.draw(st.integers(0, count)), data.draw(st.integers(0, 2**32))
    sample = draw(population, size=size, seed=seed)
    shuffled = random.sample(population, count)
    assert draw(shuffled, size=size, seed=seed) == sample
    assert len(set(sample)) == size
    assert set(sample) <= set(population)
    sizes = allocate(strata_of(population), size)
    assert strata_of(sample) == {name: n for name, n in sizes.items() if n}
    assert population_hash(shuffled) == population_hash(population)


def test_every_unit_is_drawn_about_equally_often():
    drawn = {unit.key: 0 for unit in units(12)}
    for seed in range(900):
        for unit in draw(units(12), size=6, seed=seed):
            drawn[unit.key] += 1
    # Two of four in each stratum: expected 450 each, standard deviation 15; five of them either way.
    assert all(375 < count < 525 for count in drawn.values())


def test_the_ranking_is_the_documented_digest():
    digests = {key: hashlib.sha256(f"7|order|{key}".encode()).hexdigest() for key in "abc"}
    assert ranked("abc", seed=7, purpose="order") == sorted("abc", key=digests.get)


def test_another_wording_is_another_population():
    changed = [*units(5)[:-1], Unit("k4", "other", "s1")]
    assert population_hash(changed) != population_hash(units(5))
