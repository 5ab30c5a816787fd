"""What report templates need beyond Django's own filters."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def entry(mapping: Mapping[str, Any], key: str) -> Any:
    """The value under a key that is only known at run time; empty where there is none."""
    return mapping.get(key, "")


@register.filter
def percent(share: float) -> int:
    """A share between 0 and 1 as whole percent."""
    return round(share * 100)


@register.filter
def words(text: str) -> list[str]:
    """The words of a text, to loop over."""
    return text.split()


@register.filter
def less(whole: int, part: int) -> int:
    """What is left of a count."""
    return whole - part
