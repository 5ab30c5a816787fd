"""The tabs over the pages of one study, dataset or validation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise


@dataclass(frozen=True)
class Tab:
    """One tab; the page it leads to may be the one that is open."""

    label: str
    url: str
    here: bool


def tabs(parts: Iterable[tuple[str | Promise, str]], key: str, here: str) -> list[Tab]:
    """A tab for each (label, URL name) whose page there is; every page takes the same key.

    `here` is the URL name of the page that is open.
    """
    found = ((label, _address(name, key), name == here) for label, name in parts)
    return [Tab(str(label), url, is_here) for label, url, is_here in found if url]


def _address(name: str, key: str) -> str:
    try:
        return reverse(name, args=[key])
    except NoReverseMatch:
        return ""
