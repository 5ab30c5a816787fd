"""Schemes of one's own: copies with overrides, in editions that nothing changes."""

import pytest

from annotation.models import SchemeEdition
from annotation.services import schemes
from annotation.services.schemes import DISTANCE, REGION, copy_scheme, edit_scheme, find_distance
from annotation.vocab.distance import UnknownScheme, get_scheme, relation
from annotation.vocab.regions import UnknownRegions
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent

pytestmark = pytest.mark.django_db

BRAZIL_AND_NAMIBIA = {
    "participant": "BR",
    "scenario": "NA",
    "relation": "close",
    "note": "trade across the Atlantic",
}


def make_scheme(name="mine", base="geo-v1", kind=DISTANCE, **fields):
    return copy_scheme(kind=kind, base=base, name=name, **fields)


def test_shipped_schemes_are_found_without_a_row():
    assert find_distance("geo-v1") == get_scheme("geo-v1")
    assert schemes.find_regions("pact-8").region_of("NA") == "Sub-Saharan"
    assert not SchemeEdition.objects.exists()


def test_a_copy_answers_as_its_base_under_its_own_name_and_hash(researcher):
    made = make_scheme(actor=researcher)
    copy = find_distance("mine@1")
    assert (str(made), copy.name, made.hash) == ("mine@1", "mine@1", copy.hash)
    assert copy.hash != get_scheme("geo-v1").hash
    for pair in (("BR", "AR"), ("NA", "ZA"), ("KR", "KP"), ("HK", "CN"), ("XK", "NA")):
        assert relation(copy, *pair) == relation("geo-v1", *pair)
    event = AuditEvent.objects.get(verb="scheme.made")
    assert (event.actor, event.detail["hash"]) == (researcher, made.hash)


def test_an_edit_is_a_new_edition_and_the_old_one_stays():
    make_scheme()
    edit_scheme(kind=DISTANCE, name="mine", changes={"overrides": [BRAZIL_AND_NAMIBIA]})
    assert relation(find_distance("mine@1"), "BR", "NA") == "far"
    assert relation(find_distance("mine@2"), "NA", "BR") == "close"
    assert find_distance("mine").name == "mine@2"
    assert [str(row) for row in schemes.editions_of(DISTANCE, "mine")] == ["mine@2", "mine@1"]
    (change,) = schemes.difference(DISTANCE, "mine@1", "mine@2")
    assert (change.what, change.before) == ("Brazil and Namibia", "")
    assert [row.name for row in schemes.all_schemes(DISTANCE)] == ["geo-v1", "pact-2026", "mine@2"]


def test_parameters_decide():
    make_scheme()
    edit_scheme(kind=DISTANCE, name="mine", changes={"far_beyond_km": 20_000})
    assert relation("geo-v1", "BR", "JP") == "far"
    assert relation(find_distance("mine"), "BR", "JP") == "between"


@pytest.mark.parametrize("name", ["", "My Scheme", "geo-v1", "a@2", "x" * 31, "-a"])
def test_names_that_cannot_be_taken(name):
    with pytest.raises(BadInput):
        make_scheme(name)
    assert not SchemeEdition.objects.exists()


def test_a_name_is_taken_once():
    make_scheme()
    with pytest.raises(BadInput, match="taken"):
        make_scheme()


def test_shipped_schemes_are_not_edited_and_nothing_is_written_for_no_change():
    with pytest.raises(BadInput, match="copy"):
        edit_scheme(kind=DISTANCE, name="geo-v1", changes={"nearest": 5})
    make_scheme()
    with pytest.raises(BadInput, match="Nothing would change"):
        edit_scheme(kind=DISTANCE, name="mine", changes={"nearest": 3})
    with pytest.raises(BadInput, match="nearest"):
        edit_scheme(kind=DISTANCE, name="mine", changes={"nearest": -3})
    assert SchemeEdition.objects.count() == 1


@pytest.mark.parametrize("name", ["mine", "geo-v1@1", "mine@x", "mine@7", "pact-8", "@"])
def test_unknown_names_list_the_known_ones(name):
    make_scheme("other")
    with pytest.raises(UnknownScheme, match=r"geo-v1, pact-2026, other@1"):
        find_distance(name)
    with pytest.raises(UnknownRegions, match="pact-8"):
        schemes.find_regions("mine")


def test_regions_of_ones_own():
    make_scheme("thirds", "pact-8", REGION)
    changes = {"regions": {"South": ["NA", "BR"], "North": ["XK"]}}
    edit_scheme(kind=REGION, name="thirds", changes=changes)
    own = schemes.find_regions("thirds")
    assert (own.region_of("NA"), own.region_of("XK"), own.region_of("JP")) == ("South", "North", "")
    assert schemes.find_regions("thirds@1").region_of("NA") == "Sub-Saharan"
