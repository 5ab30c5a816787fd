"""CultureAtlas: statements about cultural knowledge, drawn from an encyclopaedia's pages."""

from typing import Final

from pact_site.base.readers import Layout, Row

from .common import MAX_SETTING, Entry, Importer, country_of
from .drafts import Draft, Facts, Licence, Skipped, Wording, digest

POSITIVE: Final = "positive"
NEGATIVE: Final = "negative"
NEGATIVE_MARK: Final = "[NEG NORM]"
NO_STATEMENT: Final = "no statement"
CONTEXTS: Final = ("Sentence", "Context1", "Context2", "Context3")
REPEATED: Final = "repeats the country, page, context and statement of an earlier row"

LICENCE: Final = Licence(
    "CC BY-NC-SA 4.0",
    "https://creativecommons.org/licenses/by-nc-sa/4.0/",
    "Fung, Zhao, Doo, Sun and Ji: Massively Multi-Cultural Knowledge Acquisition and LM "
    "Benchmarking (CultureAtlas), 2024; text from Wikipedia. Non-commercial use only; what is "
    "made from it is shared under the same licence. Changes: statements read into scenarios, "
    "country names replaced by ISO codes.",
)


class CultureAtlasImporter(Importer):
    """Reads both layouts; false statements stay, flagged `negative`.

    The rows have no id of their own: country, page, context and statement identify a row. The
    published files hold rows without a statement and rows twice over; both are counted and left
    out.
    """

    layout = Layout(
        required=("Country", "Assertion"),
        optional=("Titile", "Url", "Context1", "Context2", "Context3", "Sentence", "Label"),
        aliases={
            "Title": "Titile",
            "0": "Country",
            "1": "Topic1",
            "2": "Topic2",
            "3": "Topic3",
            "4": "Titile",
            "7": "Sentence",
            "9": "Assertion",
            "10": "Label",
        },
    )

    def __init__(self, *, include_neutral: bool = False, negatives: bool = False) -> None:
        super().__init__(include_neutral=include_neutral, negatives=negatives)
        self._labels: dict[str, str] = {}
        self._knows_truth = negatives

    def entry(self, row: Row) -> Entry:
        """A draft; or a row without a statement, or one that was there before."""
        country = country_of(row, "Country").iso2
        label = self._gold_label(row)
        statement = row.text("Assertion", required=False).split(NEGATIVE_MARK)[0].strip()
        if not statement:
            return Skipped(NO_STATEMENT)
        source_id = _identity(row, country)
        if self._is_repeated(row, source_id, label):
            return Skipped(REPEATED)
        return Draft(
            source_id=source_id,
            key=f"cultureatlas-{source_id}",
            file_name=row.file,
            row_number=row.number,
            cells=row.cells,
            wording=Wording(
                country=country,
                situation=_context(row),
                cultural_expectation=statement,
                setting=row.cells.get("Titile", "")[:MAX_SETTING],
            ),
            gold_label=label,
        )

    def facts(self) -> Facts:
        """The licence; and a warning where nothing in the file tells true from false."""
        unlabelled = (
            "Nothing in this file says which statements are false (no True/False column, no "
            f"{NEGATIVE_MARK}): every row is taken as {POSITIVE}. For the file of negatives, "
            "import it as such (--negatives)."
        )
        return Facts(LICENCE, "CultureAtlas", "", () if self._knows_truth else (unlabelled,))

    def _gold_label(self, row: Row) -> str:
        marked = NEGATIVE_MARK in row.cells.get("Assertion", "")
        labels = {"True": POSITIVE, "False": NEGATIVE}
        label = row.one_of("Label", labels, required=False)
        self._knows_truth = self._knows_truth or marked or label is not None
        if self.negatives and label == POSITIVE:
            raise row.bad("Label", "A file of negatives holds a true statement.", "False or empty")
        return NEGATIVE if marked or self.negatives else label or POSITIVE

    def _is_repeated(self, row: Row, source_id: str, label: str) -> bool:
        first = self._rows_by_id.setdefault(source_id, row.number)
        if self._labels.setdefault(source_id, label) != label:
            expected = f"{self._labels[source_id]}, as the same statement in row {first}"
            raise row.bad("Label", "A statement is both true and false.", expected)
        return first != row.number


def _identity(row: Row, country: str) -> str:
    cells = {name: row.cells.get(name, "") for name in ("Titile", "Assertion", *CONTEXTS)}
    return f"{country.lower()}-{digest(cells)[:20]}"


def _context(row: Row) -> str:
    parts = [row.cells.get(column, "") for column in CONTEXTS]
    return " ".join(dict.fromkeys(part for part in parts if part))
