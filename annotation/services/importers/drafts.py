"""What every importer yields: rows worth keeping, rows left out with the reason, and licences."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Final

from django.utils.functional import cached_property


@dataclass(frozen=True)
class Licence:
    """The terms a source is published under, with the credit its publishers ask for."""

    name: str
    url: str = ""
    attribution: str = ""


LICENCE_URLS = {
    "CC0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-SA 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC BY-NC 4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "CC BY-NC-SA 4.0": "https://creativecommons.org/licenses/by-nc-sa/4.0/",
}


def licence_named(name: str, attribution: str = "") -> Licence:
    """The licence of this name, with its address where the name is a usual one."""
    return Licence(name, LICENCE_URLS.get(name, ""), attribution)


@dataclass(frozen=True)
class Wording:
    """The text of a scenario version; the names are ScenarioVersion's columns.

    `country` is ISO 3166-1 alpha-2. Empty text means not written yet.
    """

    country: str
    situation: str
    cultural_expectation: str = ""
    personal_preference: str = ""
    culture_action: str = ""
    preference_action: str = ""
    setting: str = ""
    theme: str = ""
    preference_type: str = ""
    preference_strength: str = ""
    norm_basis: str = ""

    def columns(self) -> dict[str, str]:
        """The texts by column name."""
        return {column.name: getattr(self, column.name) for column in fields(self)}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all columns: equal exactly where two wordings are equal."""
        return digest(self.columns())


@dataclass(frozen=True)
class Draft:
    """A source row worth keeping, and the scenario wording made from it.

    `row_number` counts as a spreadsheet does; `cells` is the row as its publishers wrote it.
    """

    source_id: str
    key: str
    file_name: str
    row_number: int
    cells: Mapping[str, str]
    wording: Wording
    gold_label: str = ""

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the source cells, whatever the order of the columns."""
        return digest(dict(self.cells))


@dataclass(frozen=True)
class Skipped:
    """A row that is left out on purpose."""

    reason: str


@dataclass(frozen=True)
class Facts:
    """What a whole file told about itself, known once it has been read."""

    licence: Licence | None
    name: str = ""
    version: str = ""
    notes: tuple[str, ...] = field(default=())


SHOWN: Final = 10
"""Rows named in a note; the others are counted."""


def note_of(rows: Sequence[str], one: str, many: str) -> str:
    """A note such as "1 row seems odd: row 3 names PE."; `one` and `many` say what they seem."""
    start = f"1 row {one}" if len(rows) == 1 else f"{len(rows)} rows {many}"
    return f"{start}: {'; '.join(rows[:SHOWN])}{'; ...' if len(rows) > SHOWN else ''}."


def digest(cells: Mapping[str, str]) -> str:
    """SHA-256 of named texts as canonical JSON."""
    text = json.dumps(cells, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
