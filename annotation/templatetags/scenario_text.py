"""Codes of the database as people read them."""

from django import template
from django.utils.translation import gettext

from annotation.filters import term
from annotation.services.construction_overview import reason_of
from annotation.vocab.countries import by_iso2
from annotation.vocab.terms import RECEIVER_PLACEHOLDER

register = template.Library()


@register.filter
def country_name(code: str) -> str:
    """The full English name of a country code."""
    return by_iso2(code).name


register.filter("term", term)


@register.filter
def any_receiver(text: str) -> str:
    """A situation as annotators read it: they judge it for every receiver at once."""
    return text.replace(RECEIVER_PLACEHOLDER, gettext("[the receiver]"))


register.filter("reason", reason_of)
