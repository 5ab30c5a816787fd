"""Eight regions: each country in one at most, and the ones people get wrong in the right one."""

import pytest

from annotation.vocab.countries import all_countries
from annotation.vocab.regions import UnknownRegions, get_regions, parse_regions, shipped_regions

OUTSIDE = {"AQ", "BV", "GS"}
"""Nobody is from there: Antarctica, Bouvet Island, South Georgia."""


def test_the_paper_has_eight_regions_and_every_peopled_country_stands_in_one():
    regions = get_regions("pact-8")
    assert len(regions.labels) == 8
    missing = {country.iso2 for country in all_countries() if not regions.region_of(country.iso2)}
    assert missing == OUTSIDE
    assert sum(len(regions.codes(label)) for label in regions.labels) == 250 - len(OUTSIDE)


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("NA", "Sub-Saharan"),
        ("XK", "E. Eur./C. Asia"),
        ("PS", "MENA"),
        ("HK", "E/SE Asia"),
        ("TW", "E/SE Asia"),
        ("KR", "E/SE Asia"),
        ("KP", "E/SE Asia"),
        ("AU", "N. Am./W. Eur."),
        ("MX", "Lat. Am./Carib."),
        ("FJ", "Pacific"),
        ("PK", "South Asia"),
    ],
)
def test_countries_that_are_easily_lost_stand_where_they_belong(code, label):
    assert get_regions().region_of(code) == label
    assert code in get_regions().codes(label)


def test_a_country_in_two_regions_is_refused():
    definition = shipped_regions("pact-8")
    definition["regions"]["MENA"].append("NA")
    with pytest.raises(ValueError, match="NA stands both in 'MENA' and in 'Sub-Saharan'"):
        parse_regions(definition)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(UnknownRegions, match="pact-8"):
        get_regions("pact-9")


def test_the_hash_covers_every_country():
    before = shipped_regions("pact-8")
    moved = shipped_regions("pact-8")
    moved["regions"]["Pacific"].append(moved["regions"]["N. Am./W. Eur."].pop())
    assert parse_regions(before).hash != parse_regions(moved).hash
