"""What the standard instrument's texts are in other languages, to begin a translation with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_FILE = Path(__file__).resolve().parents[1] / "data" / "instruments" / "standard_translations.json"


def suggested(language: str) -> Mapping[str, str]:
    """Translations by the English text, made by machine; none in a language that is not there.

    They are found by the text itself, so a text that was edited has none.
    """
    return _all().get(language, {})


@cache
def _all() -> dict[str, dict[str, str]]:
    made: dict[str, dict[str, str]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return made
