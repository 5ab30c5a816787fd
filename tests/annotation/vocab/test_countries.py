import csv
from dataclasses import replace
from pathlib import Path

import pytest

from annotation.vocab import countries
from annotation.vocab.countries import UnknownCountry, all_countries, by_iso2, resolve
from tests.every import of_every

NORMAD = Path(__file__).parents[4] / "shared" / "data" / "normad_eti_v1_core.csv"

SLUG_LINES = """
afghanistan argentina australia austria bangladesh bosnia_and_herzegovina brazil cambodia canada
chile china colombia croatia cyprus egypt ethiopia fiji france germany greece hong_kong hungary
india indonesia iran iraq ireland israel italy japan kenya laos lebanon malaysia malta mauritius
mexico myanmar nepal netherlands new_zealand north_macedonia pakistan palestinian_territories
papua_new_guinea peru philippines poland portugal romania russia samoa saudi_arabia serbia
singapore somalia south_africa south_korea south_sudan spain sri_lanka sudan sweden syria taiwan
thailand timor-leste tonga türkiye ukraine united_kingdom united_states_of_america venezuela
vietnam zimbabwe
"""
SLUGS = SLUG_LINES.split()


def test_the_table_is_complete_and_its_codes_are_unique():
    rows = all_countries()
    assert len(rows) == 250
    assert len({row.iso2 for row in rows}) == len({row.iso3 for row in rows}) == 250
    assert len({row.name for row in rows}) == 250
    assert all(row.name and len(row.iso2) == 2 and len(row.iso3) == 3 for row in rows)


def test_namibia_survives_its_code():
    assert by_iso2("NA").name == "Namibia"
    assert resolve("NA").iso2 == resolve("namibia").iso2 == "NA"
    assert "NA" in by_iso2("ZA").neighbours


def test_borders_are_known_on_both_sides():
    for row in all_countries():
        for code in row.neighbours:
            assert row.iso2 in by_iso2(code).neighbours, (row.iso2, code)


@pytest.mark.parametrize(("a", "b"), [("US", "CU"), ("ES", "MA"), ("FR", "BR"), ("FR", "SR")])
def test_borders_of_outposts_and_overseas_territories_do_not_count(a, b):
    assert b not in by_iso2(a).neighbours


def test_coordinates_are_degrees_or_honestly_absent():
    located = [row for row in all_countries() if row.lat is not None and row.lon is not None]
    assert all(-90 <= row.lat <= 90 and -180 <= row.lon <= 180 for row in located)
    missing = {row.iso2 for row in all_countries()} - {row.iso2 for row in located}
    assert missing == {"AQ", "BQ", "BV", "HM", "TK", "UM"}


@of_every(SLUGS)
def test_every_normad_slug_resolves(slug):
    assert resolve(slug).normad_slug == slug


def test_the_slugs_above_are_all_there_are():
    assert len(SLUGS) == 75
    assert {row.normad_slug for row in all_countries() if row.normad_slug} == set(SLUGS)


@pytest.mark.skipif(not NORMAD.exists(), reason=f"the NormAd-ETI file is not at {NORMAD}")
def test_every_slug_of_the_real_normad_file_resolves():
    with NORMAD.open(encoding="utf-8", newline="") as file:
        slugs = {row["Country"] for row in csv.DictReader(file)}
    assert len({resolve(slug).iso2 for slug in slugs}) == 75


@of_every(all_countries(), name=lambda row: row.iso2)
def test_every_name_and_code_leads_back_to_its_country(row):
    names = (row.iso2, row.iso3, row.name, row.name.upper(), f" {row.name} ", *row.aliases)
    assert {resolve(name).iso2 for name in names} == {row.iso2}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Republic of Korea", "KR"),
        ("Democratic People's Republic of Korea", "KP"),
        ("Democratic People’s Republic of Korea", "KP"),
        ("Korea, Republic of", "KR"),
        ("Iran (Islamic Republic of)", "IR"),
        ("Bolivia (Plurinational State of)", "BO"),
        ("Venezuela (Bolivarian Republic of)", "VE"),
        ("Micronesia (Federated States of)", "FM"),
        ("United Kingdom of Great Britain and Northern Ireland", "GB"),
        ("United States of America", "US"),
        ("U.S.", "US"),
        ("Lao People's Democratic Republic", "LA"),
        ("Viet Nam", "VN"),
        ("Republic of Moldova", "MD"),
        ("United Republic of Tanzania", "TZ"),
        ("China, Hong Kong Special Administrative Region", "HK"),
        ("Taiwan, Province of China", "TW"),
        ("State of Palestine", "PS"),
        ("palestinian_territories", "PS"),
        ("Kosovo", "XK"),
        ("Turkey", "TR"),
        ("TÜRKİYE", "TR"),
        ("tu\u0308rkiye", "TR"),
        ("Bosnia & Herzegovina", "BA"),
        ("Trinidad and Tobago", "TT"),
        ("St. Lucia", "LC"),
        ("Cote d'Ivoire", "CI"),
        ("The Gambia", "GM"),
        ("the_netherlands", "NL"),
        ("Swaziland", "SZ"),
        ("Burma", "MM"),
        ("Congo", "CG"),
        ("Congo, Dem. Rep.", "CD"),
        ("Guinea", "GN"),
        ("Dominica", "DM"),
    ],
)
def test_names_in_use_resolve(text, code):
    assert resolve(text).iso2 == code


@pytest.mark.parametrize(
    "text", ["", "  ", "Korea", "Atlantis", "Brazill", "na", "Virgin Islands", "&"]
)
def test_nothing_is_guessed(text):
    with pytest.raises(UnknownCountry):
        resolve(text)


def test_the_message_suggests_but_does_not_choose():
    with pytest.raises(UnknownCountry) as caught:
        resolve("Brazill")
    assert caught.value.found == "Brazill"
    assert caught.value.suggestions == ("Brazil",)
    assert str(caught.value) == "unknown country 'Brazill'; did you mean Brazil?"


def test_part_of_a_name_suggests_the_whole_ones():
    with pytest.raises(UnknownCountry) as caught:
        resolve("Korea")
    assert set(caught.value.suggestions) == {"South Korea", "North Korea"}


def test_codes_are_upper_case_and_known():
    for code in ("br", "", "ZZ"):
        with pytest.raises(UnknownCountry):
            by_iso2(code)


def test_a_name_claimed_twice_is_refused():
    intruder = replace(by_iso2("KP"), aliases=("Republic of Korea",))
    with pytest.raises(ValueError, match="names both KR and KP"):
        countries.name_index([by_iso2("KR"), intruder])


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Republic of Albania", "AL"),
        ("People's Democratic Republic of Algeria", "DZ"),
        ("Gabonese Republic", "GA"),
        ("Republic of the Niger", "NE"),
        ("Federal Republic of Nigeria", "NG"),
        ("Republic of Guinea-Bissau", "GW"),
        ("Grand Duchy of Luxembourg", "LU"),
        ("Socialist Republic of Viet Nam", "VN"),
    ],
)
def test_official_long_names_resolve(name, code):
    assert resolve(name).iso2 == code
