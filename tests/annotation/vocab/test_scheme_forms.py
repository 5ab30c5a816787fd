"""Definitions of schemes: what is refused, and what is said to have changed."""

import pytest

from annotation.vocab.distance import shipped_definition
from annotation.vocab.regions import shipped_regions
from annotation.vocab.scheme_forms import BadScheme, Change, check_definition, differences


def geography(**changes):
    return shipped_definition("geo-v1") | changes


def pair(participant="BR", scenario="NA", relation="close", note=""):
    return {
        "participant": participant,
        "scenario": scenario,
        "relation": relation,
        "note": note,
    }


def test_every_shipped_definition_has_the_form():
    for definition in (
        shipped_definition("geo-v1"),
        shipped_definition("pact-2026"),
        shipped_regions("pact-8"),
    ):
        check_definition(definition)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"kind": "magic"}, "kind"),
        ({"colour": "red"}, "keys"),
        ({"version": 1}, "version"),
        ({"nearest": 2.5}, "nearest"),
        ({"nearest": True}, "nearest"),
        ({"nearest_within_km": -1}, "nearest_within_km"),
        ({"far_beyond_km": 99_999}, "far_beyond_km"),
        ({"far_beyond_km": 100}, "far_beyond_km"),
        ({"overrides": {}}, "overrides"),
        ({"overrides": [pair(scenario="ZZ")]}, "overrides, line 1"),
        ({"overrides": [pair(relation="near")]}, "overrides, line 1"),
        ({"overrides": [pair(note=None)]}, "overrides, line 1"),
        ({"overrides": [pair(), {"participant": "BR"}]}, "overrides, line 2"),
        ({"overrides": [pair(), pair("NA", "BR")]}, "overrides, line 2"),
    ],
)
def test_what_is_wrong_is_named(changes, key):
    with pytest.raises(BadScheme) as caught:
        check_definition(geography(**changes))
    assert caught.value.key == key


def test_a_table_knows_directions_and_needs_participants():
    table = shipped_definition("pact-2026")
    table["overrides"] += [pair("IN", "BR"), pair("BR", "IN", "far")]
    check_definition(table)
    with pytest.raises(BadScheme, match="participants"):
        check_definition(table | {"participants": []})


@pytest.mark.parametrize(
    "regions",
    [{}, [], {"": ["NA"]}, {"x" * 61: ["NA"]}, {"One": "NA"}, {"One": ["NA"], "Two": ["NA"]},
     {"One": ["NA", "NA"]}, {"One": ["na"]}],
)  # fmt: skip
def test_regions_hold_each_country_once(regions):
    with pytest.raises(BadScheme):
        check_definition(shipped_regions("pact-8") | {"regions": regions})


def test_differences_name_parameters_pairs_and_countries():
    after = geography(nearest=5, overrides=[pair(note="trade")])
    assert differences(geography(), after) == [
        Change("nearest", "3", "5"),
        Change("Brazil and Namibia", "", "close (trade)"),
    ]
    moved = shipped_regions("pact-8")
    moved["regions"]["MENA"].append("NA")
    moved["regions"]["Sub-Saharan"].remove("NA")
    change = Change("Namibia", "Sub-Saharan", "MENA")
    assert differences(shipped_regions("pact-8"), moved) == [change]
    assert differences(moved, moved) == []
