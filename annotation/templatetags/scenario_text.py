"""Codes of the database as people read them."""

from django import template

from annotation.filters import term
from annotation.vocab.countries import by_iso2

register = template.Library()


@register.filter
def country_name(code: str) -> str:
    """The full English name of a country code."""
    return by_iso2(code).name


register.filter("term", term)
