"""Names of countries in the participant's language."""

import pytest

from annotation.vocab.countries import all_countries
from survey.services.country_names import by_name, country_name


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "South Africa"), ("en-gb", "South Africa"), ("pt-br", "África do Sul"), ("hi", "दक्षिण अफ़्रीका")],
)  # fmt: skip
def test_a_country_is_named_in_the_language(language, name):
    assert country_name("ZA", language) == name


@pytest.mark.parametrize("language", ["qq", "no such tag", "x"])
def test_a_language_that_cldr_does_not_know_reads_the_english_name(language):
    assert country_name("BR", language) == "Brazil"


@pytest.mark.parametrize("language", ["pt-br", "hi", "ar"])
def test_every_country_of_the_table_has_a_name(language):
    assert all(country_name(country.iso2, language) for country in all_countries())


def test_accents_do_not_send_a_country_to_the_end():
    codes = ("BR", "IN", "ZA", "GB", "US")
    assert [code for code, _ in by_name(codes, "pt-br")] == ["ZA", "BR", "US", "IN", "GB"]
