"""NormAd-ETI: stories of etiquette from 75 countries, each with a rule of thumb and a label."""

from typing import Final

from annotation.vocab.mentions import countries_mentioned
from annotation.vocab.terms import Theme
from pact_site.base.readers import Layout, Row

from .common import Entry, Importer, country_of, limited
from .drafts import Draft, Facts, Licence, Skipped, Wording, digest, note_of

NEUTRAL: Final = "neutral"
LABELS: Final = {"yes": "yes", "no": "no", NEUTRAL: NEUTRAL}
NEUTRAL_REASON: Final = "neutral label: the story is paired with another country's rule"

LICENCE: Final = Licence(
    "CC BY 4.0",
    "https://creativecommons.org/licenses/by/4.0/",
    "Rao, Yerukola, Shah, Reinecke and Sap: NormAd: A Framework for Measuring the Cultural "
    "Adaptability of Large Language Models, NAACL 2025. The norms derive from the Cultural Atlas "
    "(SBS, Australia). Changes: columns read into scenarios, country slugs replaced by ISO codes.",
)

# Two versions circulate with the same header; the country of this row tells them apart.
TELLTALE_ID: Final = "2630"
TELLTALE_COUNTRIES: Final = {"PT": "v1", "SY": "v2"}
UNKNOWN_VERSION: Final = "unknown"

# Only the sub-axes that fall wholly into one theme; the others are left without.
THEMES: Final = {
    "eating": Theme.FOOD,
    "eating_out": Theme.FOOD,
    "drinking": Theme.FOOD,
    "drinking_coffee": Theme.FOOD,
    "religious_dietary_laws": Theme.FOOD,
    "visiting": Theme.HOSPITALITY,
    "visiting_a_village": Theme.HOSPITALITY,
    "gift_giving": Theme.GIFT_GIVING,
    "gifts": Theme.GIFT_GIVING,
}


class NormadImporter(Importer):
    """Keeps the yes and no rows; neutral ones on request, flagged by their label."""

    layout = Layout(
        required=("ID", "Country", "Subaxis", "Value", "Rule-of-Thumb", "Story", "Gold Label"),
        optional=("Background", "Axis", "Explanation"),
    )

    def __init__(self, *, include_neutral: bool = False, negatives: bool = False) -> None:
        super().__init__(include_neutral=include_neutral, negatives=negatives)
        self._telltale_country = ""
        self._foreign: dict[int, list[str]] = {}
        self._stories: dict[str, tuple[str, int]] = {}

    def entry(self, row: Row) -> Entry:
        """A draft, or a neutral row left out."""
        row.parsed("ID", int, "a whole number")
        source_id = self.own_id(row, "ID")
        country = country_of(row, "Country").iso2
        label = row.one_of("Gold Label", LABELS) or ""
        if source_id == TELLTALE_ID:
            self._telltale_country = country
        draft = Draft(
            source_id=source_id,
            key=f"normad-{source_id}",
            file_name=row.file,
            row_number=row.number,
            cells=row.cells,
            wording=_wording(row, country, label),
            gold_label=label,
        )
        if label == NEUTRAL and not self.include_neutral:
            return Skipped(NEUTRAL_REASON)
        if label != NEUTRAL:
            self._look_abroad(row, country)
        return draft

    def facts(self) -> Facts:
        """v1 or v2 by the telltale row; unknown without it, and said."""
        version = TELLTALE_COUNTRIES.get(self._telltale_country, UNKNOWN_VERSION)
        notes = [] if version != UNKNOWN_VERSION else [self._version_note()]
        if self._foreign:
            notes.append(self._foreign_note())
        return Facts(LICENCE, f"NormAd-ETI {version}", version, tuple(notes))

    def _look_abroad(self, row: Row, country: str) -> None:
        """Note a story or rule of another country: by its words, or by where it stood before."""
        named = countries_mentioned(f"{row.text('Story')} {row.text('Rule-of-Thumb')}") - {country}
        why = [f"names {', '.join(sorted(named))}"] if named else []
        story = digest({"story": row.text("Story")})
        first, number = self._stories.setdefault(story, (country, row.number))
        if first != country:
            why.append(f"has the story of row {number} ({first})")
        if why:
            self._foreign[row.number] = why

    def _foreign_note(self) -> str:
        rows = [f"row {number} {' and '.join(why)}" for number, why in self._foreign.items()]
        return note_of(
            rows,
            "seems to belong to another country than the one it is filed under",
            "seem to belong to another country than the one they are filed under",
        )

    def _version_note(self) -> str:
        if self._telltale_country:
            found = f"row ID {TELLTALE_ID} is of {self._telltale_country}, not PT (v1) or SY (v2)"
        else:
            found = f"there is no row ID {TELLTALE_ID}"
        return f"The version of NormAd-ETI is unknown: {found}."


def _wording(row: Row, country: str, label: str) -> Wording:
    """The story as it stands: the actions and the preference are written at construction.

    A neutral story belongs to another rule than its row's, so the row's sub-axis gives no theme.
    """
    subaxis = limited(row, "Subaxis", 200)
    return Wording(
        country=country,
        situation=row.text("Story"),
        cultural_expectation=row.text("Rule-of-Thumb"),
        setting=subaxis,
        theme="" if label == NEUTRAL else THEMES.get(subaxis.casefold(), ""),
        norm_basis=row.text("Value", required=False),
    )
