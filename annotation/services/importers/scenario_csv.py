"""The project's own table of scenarios (docs/reference/scenario-csv.md), made in any spreadsheet."""

from enum import StrEnum

from annotation.vocab.terms import PreferenceStrength, PreferenceType, Theme
from annotation.vocab.wording_checks import BRACES, BRACES_EXPECTED, LONGEST, unfilled
from pact_site.base.readers import Layout, Row

from .common import MAX_SETTING, Entry, Importer, country_of, limited
from .drafts import Draft, Facts, Wording


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

    def entry(self, row: Row) -> Entry:
        """A draft."""
        key = self.own_id(row, "key")
        return Draft(
            source_id=key,
            key=key,
            file_name=row.file,
            row_number=row.number,
            cells=row.cells,
            wording=_wording(row),
        )

    def facts(self) -> Facts:
        """Nothing: a table of one's own names neither itself nor its licence."""
        return Facts(None)


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
            raise row.bad(column, "One of the two actions is missing.", f"a text, as in {other}")
    if texts[0] and texts[0] == texts[1]:
        raise row.bad(second, "The two actions are the same.", f"another text than in {first}")
    return texts


def _term(row: Row, column: str, terms: type[StrEnum]) -> str:
    allowed = {term.value: term.value for term in terms}
    return row.one_of(column, allowed, required=False) or ""
