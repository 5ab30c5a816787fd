"""Dyads and conditions: how many there are, and that number, instance and id lead to one another."""

from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest

from annotation.vocab.actors import ActorRule, Pool, candidates, state_pool
from annotation.vocab.distance import get_scheme, relation
from annotation.vocab.dyads import Expansion, Person, Source, base_instances, cells_of
from annotation.vocab.terms import (
    BalancePrompt,
    DemographicCondition,
    OptionOrder,
    Relation,
    RoleConfiguration,
)

STATES = state_pool().countries
ALL_CONDITIONS = tuple(DemographicCondition)


def make_sources(n, countries=STATES):
    return [Source(f"norms.s-{i}.v1", countries[i % len(countries)]) for i in range(n)]


def make_expansion(n=5, **fields):
    settings = {"scheme": get_scheme("geo-v1"), "pool": state_pool()} | fields
    return Expansion(make_sources(n), **settings)


def test_the_paper_s_counts_are_exact():
    """2,633 x 48 = 126,384 from NormAd-ETI, 4,007 x 48 = 192,336 from CultureAtlas, 318,720 in all."""
    assert len(base_instances(make_sources(2633))) == 126_384
    assert len(base_instances(make_sources(4007))) == 192_336
    assert len(base_instances(make_sources(2633 + 4007))) == 318_720
    full = make_expansion(2633 + 4007)
    assert len(full) == 318_720 * 3 * 2 == 1_912_320


@pytest.mark.parametrize(
    ("condition", "cells"),
    [("full_demo", 16), ("age_only", 4), ("gender_only", 4), ("no_demo", 1)],
)
def test_a_condition_has_one_instance_per_distinct_prompt(condition, cells):
    """Two ages times two ages where age alone shows; nothing to vary where nothing shows."""
    made = cells_of([DemographicCondition(condition)])
    assert len(made) == len(set(made)) == cells
    expansion = make_expansion(7, conditions=(DemographicCondition(condition),))
    assert len(expansion) == 7 * 3 * cells * 3 * 2


def test_all_conditions_together():
    """(16 + 4 + 4 + 1) cells x 3 relations x 3 roles x 2 prompts = 450 a scenario."""
    expansion = make_expansion(4, conditions=ALL_CONDITIONS)
    assert len(expansion) == 4 * 450
    made = list(expansion)
    assert len({instance.id for instance in made}) == len(made) == len(expansion)


def test_number_instance_and_id_lead_to_one_another():
    expansion = make_expansion(3, conditions=ALL_CONDITIONS)
    for number, instance in enumerate(expansion):
        assert expansion[number] == instance
        assert expansion.index(instance) == number
        assert expansion.find(instance.id) == instance


def test_what_is_no_instance_is_refused():
    expansion = make_expansion(3)
    instance = expansion[0]
    for number in (-1, len(expansion)):
        with pytest.raises(IndexError):
            expansion[number]
    strangers = [
        replace(instance, key="norms.s-9.v1"),
        replace(instance, actor_country="ZW"),
        replace(instance, balance="other"),
    ]
    for stranger in strangers:
        with pytest.raises(ValueError, match=r"in this expansion|no instance"):
            expansion.index(stranger)
    good = instance.id
    for text in ("", "a.b", good + ".x", good.replace(".C1.", ".C4."), good.replace("yf-", "y_-")):
        with pytest.raises(ValueError, match="no instance"):
            expansion.find(text)
    other = good.replace(f"-{instance.actor_country}.", "-ZW.")
    with pytest.raises(ValueError, match="the actor comes from"):
        expansion.find(other)


def test_ids_are_stable():
    """Written down once: an id that changes would orphan every answer given under it."""
    expansion = make_expansion(200, conditions=ALL_CONDITIONS)
    assert expansion[0].id == "norms.s-0.v1.same-AD.yf-yf.C1.balance"
    assert expansion[2 * 225 - 1].id == "norms.s-1.v1.far-MR.__-__.C3.balance"
    namibia = next(i for i in expansion if i.receiver_country == "NA" and i.relation == "same")
    assert ".same-NA." in namibia.id
    assert expansion.find(namibia.id).receiver_country == "NA"


def test_every_base_instance_is_there_once():
    made = list(base_instances(make_sources(1)))
    assert len({instance.base_id for instance in made}) == 48
    assert Counter(instance.relation for instance in made) == dict.fromkeys(
        ("same", "close", "far"), 16
    )
    people = {(i.cell.actor, i.cell.receiver) for i in made if i.relation == "same"}
    assert len(people) == 16


def test_actors_stand_in_their_relation_or_say_that_they_do_not():
    scheme = get_scheme("geo-v1")
    expansion = base_instances(make_sources(len(STATES)))
    fallen_back = set()
    for instance in expansion:
        if instance.actor_rule is ActorRule.SCHEME:
            judged = relation(scheme, instance.actor_country, instance.receiver_country)
            assert judged == instance.relation
        else:
            fallen_back.add((instance.receiver_country, instance.relation))
    assert fallen_back == {("IS", Relation.CLOSE)}, "Iceland has no neighbour within 2,500 km"
    assert {i.actor_country for i in expansion} <= set(STATES)


def test_the_draw_depends_on_seed_and_scenario_alone():
    few, many = make_expansion(3), make_expansion(30)
    drawn = [few.actor(source, Relation.FAR) for source in few.sources]
    assert drawn == [many.actor(source, Relation.FAR) for source in many.sources[:3]]
    other = make_expansion(30, seed=2)
    assert [many.actor(s, Relation.FAR) for s in many.sources] != [
        other.actor(s, Relation.FAR) for s in other.sources
    ]
    assert many.hash != other.hash != few.hash


def test_a_scheme_without_a_relation_falls_back_to_the_capitals():
    """pact-2026 calls nothing close to Ghana; Lomé is the nearest capital to Accra (about 170 km)."""
    found, rule = candidates(get_scheme("pact-2026"), state_pool(), "GH", Relation.CLOSE)
    assert (found, rule) == (("TG",), ActorRule.NEAREST)


def test_a_country_without_a_capital_is_refused_by_name():
    with pytest.raises(ValueError, match="no close actor for Antarctica"):
        candidates(get_scheme("geo-v1"), state_pool(), "AQ", Relation.CLOSE)


def test_option_order_is_a_coin_or_shared_or_fixed():
    count = Counter(instance.option_order for instance in make_expansion(20))
    assert sum(count.values()) == 20 * 288
    assert 0.45 < count[OptionOrder.CULTURE_FIRST] / (20 * 288) < 0.55
    shared = make_expansion(20, order="scenario")
    by_key = {(i.key, i.option_order) for i in shared}
    assert len(by_key) == 20
    assert len({order for _, order in by_key}) == 2
    fixed = {i.option_order for i in make_expansion(2, order="preference_first")}
    assert fixed == {OptionOrder.PREFERENCE_FIRST}


@pytest.mark.parametrize(
    "fields",
    [
        {"roles": ()},
        {"balances": (BalancePrompt.BALANCE, BalancePrompt.BALANCE)},
        {"relations": (Relation.BETWEEN,)},
        {"order": "alphabet"},
        {"sources": [Source("a", "NA"), Source("a", "BR")]},
    ],
)
def test_what_cannot_be_expanded_is_refused(fields):
    settings = {
        "sources": make_sources(1),
        "scheme": get_scheme("geo-v1"),
        "pool": state_pool(),
    } | fields
    with pytest.raises(ValueError):
        Expansion(**settings)


@pytest.mark.parametrize("codes", [("NA", "BR"), ("NA", "NA", "BR", "ZA"), ("ZA", "BR", "NA"), ()])
def test_a_pool_is_sorted_and_large_enough(codes):
    with pytest.raises(ValueError, match="three countries"):
        Pool("mine", tuple(codes))


def test_the_pool_holds_the_countries_that_lists_lose():
    assert len(STATES) == 199
    assert {"NA", "XK", "PS", "HK", "TW", "KR", "KP"} <= set(STATES)
    assert not {"AQ", "BV", "UM", "PR"} & set(STATES)


@pytest.mark.parametrize(
    ("person", "phrase"),
    [
        (Person("older", "female"), "an older woman"),
        (Person("younger", ""), "a younger person"),
        (Person("", "male"), "a man"),
        (Person("", ""), "a person"),
    ],
)
def test_people_are_told_of_as_far_as_the_condition_shows(person, phrase):
    assert person.phrase == phrase


def test_neighbours_share_scenario_relation_and_people():
    """Prompts with the same beginning follow one another, which a prefix cache rewards."""
    first = list(islice(iter(make_expansion(2)), 3))
    assert {(i.key, i.relation, i.cell) for i in first} == {(first[0].key, "same", first[0].cell)}
    assert [i.role for i in first] == list(RoleConfiguration)
