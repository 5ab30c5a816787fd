"""Pages that many people see alike are drawn once, with holes where each person's own words stand.

Drawing a scenario's page took Django's templates more time than everything else about it, and but
for its texts, a token and a stamp it is the same for everybody. The template is given marks in
their place, so that what is kept for the next person holds nothing of anybody
(docs/decisions/0022-stencils.md).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.html import conditional_escape

Words = Mapping[str, str]
Draw = Callable[[Words], Mapping[str, Any]]
"""A template's context, made of a person's own words or of the marks in their place."""

MOST = 1000
"""How many stencils of about 8 kB a process keeps."""

_MARK = f"~{secrets.token_hex(8)}-"
"""No text that anybody writes holds it."""

_HOLE = re.compile(f"{_MARK}(\\w+)~")

_kept: dict[Hashable, list[str]] = {}


def fill_page(
    request: HttpRequest, template: str, alike: Hashable, own: Words, draw: Draw
) -> HttpResponse:
    """The page with this person's `own` words in its holes, escaped where they are no HTML already.

    `alike` names everything else that the page depends on: people of whom it is the same see the
    same page but for their own words. Every page may use `csrf_token`.
    """
    words = {**own, "csrf_token": get_token(request)}
    return HttpResponse(_fill(_stencil(template, alike, words, draw), words))


def _stencil(template: str, alike: Hashable, words: Words, draw: Draw) -> list[str]:
    """What stands between the holes and, at each second place, the name of what belongs in one."""
    key = (template, alike, *words)
    found = _kept.get(key)
    if found is None:
        marks = {name: f"{_MARK}{name}~" for name in words}
        found = _HOLE.split(render_to_string(template, {**draw(marks), **_token(marks)}))
        _keep(key, found)
    return found


def _token(words: Words) -> dict[str, str]:
    return {"csrf_token": words["csrf_token"]}


def _keep(key: Hashable, stencil: list[str]) -> None:
    if settings.DEBUG:  # templates are being worked on
        return
    if len(_kept) >= MOST:
        _kept.clear()
    _kept[key] = stencil


def _fill(stencil: list[str], words: Words) -> str:
    escaped = {name: conditional_escape(word) for name, word in words.items()}
    filled = stencil.copy()
    filled[1::2] = [escaped[name] for name in stencil[1::2]]
    return "".join(filled)
