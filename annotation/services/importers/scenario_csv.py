"""The project's own table of scenarios (docs/reference/scenario-csv.md), made in any spreadsheet."""

from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from annotation.vocab.terms import PreferenceStrength, PreferenceType, Theme
from annotation.vocab.wording_checks import BRACES, BRACES_EXPECTED, LONGEST, unfilled
from pact_site.base.readers import Layout, Row

from .common import MAX_SETTING, Entry, Importer, country_of, limited
from .drafts import Draft, Facts, Wording, note_of

NEARLY: Final = 0.85
"""How like one of our names a column must be to be taken for a misspelt one (difflib's ratio)."""


class ScenarioCsvImporter(Importer):
    """Keeps every row; the licence has to be given, since only the author knows it."""

    layout = Layout(
        required=("key", "country", "situation", "cultural_expectation"),
        optional=(
            "personal_preference",
            "culture_action",
            "preference_action",
            "setting",
            "theme",
            "preference_type",
            "preference_strength",
            "norm_basis",
        ),
    )

    def __init__(self, **options: bool) -> None:
        super().__init__(**options)
        self._columns: set[str] = set()
        self._without_actions: list[str] = []

    def entry(self, row: Row) -> Entry:
        """A draft."""
        key, wording = self.own_id(row, "key"), _wording(row)
        self._columns |= set(row.cells)
        if not wording.culture_action:
            self._without_actions.append(f"row {row.number}")
        return Draft(
            source_id=key,
            key=key,
            file_name=row.file,
            row_number=row.number,
            cells=row.cells,
            wording=wording,
        )

    def facts(self) -> Facts:
        """What is odd about the table; it names neither itself nor its licence."""
        notes = [_misspelt(column, self.layout) for column in sorted(self._columns)]
        if self._without_actions:
            kept = "no actions to choose from, and is stored, but cannot be asked"
            many = "no actions to choose from, and are stored, but cannot be asked"
            notes.append(note_of(self._without_actions, f"has {kept}", f"have {many}"))
        return Facts(None, notes=tuple(filter(None, notes)))


def _misspelt(column: str, layout: Layout) -> str:
    """A note about a column that nothing reads, although its name is nearly one of ours."""
    ours = (*layout.required, *layout.optional)
    near = () if column in ours else get_close_matches(column, ours, n=1, cutoff=NEARLY)
    return f"Nothing reads the column {column}. Is {near[0]} meant?" if near else ""


def _wording(row: Row) -> Wording:
    for column in LONGEST:
        if unfilled(column, row.cells.get(column, "")):
            raise row.bad(column, BRACES, BRACES_EXPECTED)
    culture, preference = _both_or_neither(row, "culture_action", "preference_action")
    return Wording(
        country=country_of(row, "country").iso2,
        situation=row.text("situation"),
        cultural_expectation=row.text("cultural_expectation"),
        personal_preference=row.text("personal_preference", required=False),
        culture_action=culture,
        preference_action=preference,
        setting=limited(row, "setting", MAX_SETTING, required=False),
        theme=_term(row, "theme", Theme),
        preference_type=_term(row, "preference_type", PreferenceType),
        preference_strength=_term(row, "preference_strength", PreferenceStrength),
        norm_basis=row.text("norm_basis", required=False),
    )


def _both_or_neither(row: Row, first: str, second: str) -> tuple[str, str]:
    texts = (row.text(first, required=False), row.text(second, required=False))
    for column, other, text in ((first, second, texts[0]), (second, first, texts[1])):
        if not text and any(texts):
            expected = (
                f"a text, as in {other}" if column in row.cells else f"a column beside {other}"
            )
            raise row.bad(column, "One of the two actions is missing.", expected)
    if texts[0] and texts[0] == texts[1]:
        raise row.bad(second, "The two actions are the same.", f"another text than in {first}")
    return texts


def _term(row: Row, column: str, terms: type[StrEnum]) -> str:
    allowed = {term.value: term.value for term in terms}
    return row.one_of(column, allowed, required=False) or ""
