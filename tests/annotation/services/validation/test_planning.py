"""The plan: every pair meets, loads are level, orders are one's own, repeats lie apart."""

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.services.validation.planning import (
    Sharing,
    free_slots,
    loads,
    planned_slots,
    share_out,
    shared_needed,
    with_repeats,
)

EVERYBODY = range(2, 9)


def strangers(raters, annotators):
    """Pairs of annotators who rate no common item."""
    met = {pair for those in raters for pair in combinations(sorted(those), 2)}
    return [pair for pair in combinations(range(annotators), 2) if pair not in met]


def keys(count):
    return [f"key-{number}" for number in range(count)]


@st.composite
def plans(draw):
    """(items, annotators, sharing) that can be carried out."""
    annotators = draw(st.integers(2, 8))
    shared_raters = draw(st.integers(2, annotators))
    needed = shared_needed(annotators=annotators, shared_raters=shared_raters)
    shared = draw(st.integers(needed, needed + 10))
    items = draw(st.integers(max(shared, annotators), shared + 40))
    raters = draw(st.integers(1, shared_raters))
    own = (items * raters + shared * (shared_raters - raters)) // annotators
    repeats = draw(st.integers(0, own // 2))
    return items, annotators, Sharing(raters, shared, shared_raters, repeats)


@pytest.mark.parametrize("annotators", EVERYBODY)
def test_every_pair_meets_and_the_smallest_number_is_what_it_says(annotators):
    for shared_raters in range(2, annotators + 1):
        needed = shared_needed(annotators=annotators, shared_raters=shared_raters)
        enough = share_out(
            items=needed, annotators=annotators, sharing=Sharing(1, needed, shared_raters)
        )
        assert not strangers(enough, annotators)
        assert strangers(enough[:-1], annotators)
        pairs = annotators * (annotators - 1) // 2
        per_item = shared_raters * (shared_raters - 1) // 2
        assert -(-pairs // per_item) <= needed <= pairs + annotators


@pytest.mark.parametrize("annotators", [2, 3, 4, 5, 6, 8, 14])
def test_people_meet_by_twos_with_the_fewest_items_possible_and_evenly(annotators):
    pairs = annotators * (annotators - 1) // 2
    assert shared_needed(annotators=annotators, shared_raters=2) == pairs
    twice = share_out(items=2 * pairs, annotators=annotators, sharing=Sharing(2, 0, 2))
    assert set(Counter(twice).values()) == {2}


@given(plans())
def test_plans_hold_what_they_promise(plan):
    items, annotators, sharing = plan
    slots = planned_slots(keys=keys(items), annotators=annotators, sharing=sharing, seed=5)
    first = [slot for slot in slots if not slot.repeat]

    # Every item has as many different raters as planned, each slot number once.
    assert Counter(slot.item for slot in first) == {
        item: sharing.raters_of(item) for item in range(items)
    }
    assert len({(slot.item, slot.annotator) for slot in first}) == len(first)
    assert len({(slot.item, slot.slot) for slot in slots}) == len(slots)

    # Loads are level, and every pair of annotators meets.
    assert max(loads(slots)) - min(loads(slots)) <= 1
    assert len(loads(slots)) == annotators
    by_item = {}
    for slot in first:
        by_item.setdefault(slot.item, []).append(slot.annotator)
    met = {pair for those in by_item.values() for pair in combinations(sorted(those), 2)}
    assert met == set(combinations(range(annotators), 2))

    # Own orders without gaps; repeats are of own items, and at least half of them apart.
    for annotator in range(annotators):
        own = sorted((s for s in slots if s.annotator == annotator), key=lambda s: s.position)
        assert [slot.position for slot in own] == list(range(len(own)))
        once = {slot.item: slot.position for slot in own if not slot.repeat}
        again = {slot.item: slot.position for slot in own if slot.repeat}
        assert len(again) == sharing.repeats
        for item, position in again.items():
            assert position - once[item] >= len(once) // 2


@given(plans(), st.integers(0, 9))
def test_the_same_seed_gives_the_same_plan(plan, seed):
    items, annotators, sharing = plan
    made = [
        planned_slots(keys=keys(items), annotators=annotators, sharing=sharing, seed=seed)
        for _ in range(2)
    ]
    assert made[0] == made[1]


def test_orders_differ_between_annotators_and_seeds():
    def order(seed, annotator):
        slots = planned_slots(keys=keys(40), annotators=2, sharing=Sharing(2, 0, 2), seed=seed)
        own = [slot for slot in slots if slot.annotator == annotator]
        return [slot.item for slot in sorted(own, key=lambda slot: slot.position)]

    assert sorted(order(1, 0)) == sorted(order(1, 1))
    assert len({tuple(order(seed, one)) for seed in (1, 2) for one in (0, 1)}) == 4


def test_repeats_are_spread_and_not_only_at_the_end():
    order = with_repeats(list(range(12)), 3)
    assert [place for place, (_, repeat) in enumerate(order) if repeat] == [8, 11, 14]
    with pytest.raises(ValueError, match="cannot be kept apart"):
        with_repeats([1, 2, 3], 2)


@given(st.integers(1, 30), st.integers(0, 30), st.integers(1, 4))
def test_a_free_pool_has_as_many_slots_as_raters(items, shared, raters):
    sharing = Sharing(raters, shared, 5)
    slots = free_slots(items=items, sharing=sharing)
    assert {slot.annotator for slot in slots} == {None}
    assert [slot.position for slot in slots] == list(range(len(slots)))
    assert Counter(slot.item for slot in slots) == {i: sharing.raters_of(i) for i in range(items)}
