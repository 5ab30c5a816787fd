"""Base instances of a PACT release: scenarios with both actions written out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from annotation.vocab.terms import RECEIVER_PLACEHOLDER, receiver_phrase, with_phrase
from pact_site.base.readers import Layout, Row, read_table

from . import cultureatlas, normad
from .common import Entry, Importer, country_of, limited
from .drafts import Draft, Facts, Licence, Skipped, Wording, digest

REPEATED: Final = "repeats the scenario of an earlier row for another relation or demographic cell"
MAX_GOLD_LABEL: Final = 20

# The stricter licence stands first and wins where a release mixes its sources.
SOURCES: Final = (("cultureatlas", cultureatlas.LICENCE), ("normad", normad.LICENCE))


Origin = tuple[str, ...]
ORIGIN: Final = (
    "dataset", "source_row", "base_country", "culture_following", "preference_allowing",
)  # fmt: skip
"""What the rows of one scenario have in common."""
RECEIVER: Final = ("receiver_age", "receiver_gender")


class PactImporter(Importer):
    """Keeps a scenario once, though a release repeats it for relations and demographic cells."""

    layout = Layout(
        required=(
            "pact_item_id",
            "dataset",
            "base_country",
            "scenario",
            "culture_following",
            "preference_allowing",
        ),
        optional=("source_row", "source_gold_label", "scenario_type"),
        aliases={
            "situation": "scenario",
            "choice_a": "culture_following",
            "choice_b": "preference_allowing",
            "metadata_source": "dataset",
        },
    )

    def __init__(self, *, include_neutral: bool = False, negatives: bool = False) -> None:
        super().__init__(include_neutral=include_neutral, negatives=negatives)
        self._scenarios: set[str] = set()
        self._sources: set[str] = set()
        self._told: frozenset[Origin] = frozenset()

    def read(self, path: Path) -> Iterator[Entry]:
        """An entry per row; a file that names receivers is read once more beforehand, to find the
        scenarios whose text says which receiver it is."""
        self._told = _told(read_table(path, self.layout))
        yield from super().read(path)

    def entry(self, row: Row) -> Entry:
        """A draft, or a further row of a scenario that is there already."""
        source_id = self.own_id(row, "pact_item_id")
        wording = Wording(
            country=country_of(row, "base_country").iso2,
            situation=self._situation(row),
            cultural_expectation=row.cells.get("cultural_expectation", ""),
            personal_preference=row.cells.get("personal_preference", ""),
            culture_action=row.text("culture_following"),
            preference_action=row.text("preference_allowing"),
        )
        self._sources.add(row.text("dataset"))
        label = limited(row, "source_gold_label", MAX_GOLD_LABEL, required=False)
        if self._is_repeated(row, wording):
            return Skipped(REPEATED)
        return Draft(
            source_id=source_id,
            key=f"pact-{source_id}",
            file_name=row.file,
            row_number=row.number,
            cells=row.cells,
            wording=wording,
            gold_label=label,
        )

    def facts(self) -> Facts:
        """The strictest licence among the sources that the file names."""
        return Facts(_licence(self._sources), "PACT base instances")

    def _situation(self, row: Row) -> str:
        """The scenario with `{receiver}` where a row of an export of ours tells the receiver."""
        text = row.text("scenario")
        return _without_receiver(row, text) if _origin(row) in self._told else text

    def _is_repeated(self, row: Row, wording: Wording) -> bool:
        origin = {"dataset": row.text("dataset"), "source_row": row.cells.get("source_row", "")}
        scenario = digest({**origin, "wording": wording.digest})
        if scenario in self._scenarios:
            return True
        self._scenarios.add(scenario)
        return False


def _told(rows: Iterable[Row]) -> frozenset[Origin]:
    """The scenarios that stand in the file in several wordings, a receiver named beside each."""
    wordings: dict[Origin, set[str]] = defaultdict(set)
    for row in rows:
        if not row.cells.keys() >= set(RECEIVER):
            break
        wordings[_origin(row)].add(row.cells.get("scenario", ""))
    return frozenset(origin for origin, texts in wordings.items() if len(texts) > 1)


def _origin(row: Row) -> Origin:
    return tuple(row.cells.get(name, "") for name in ORIGIN)


def _without_receiver(row: Row, text: str) -> str:
    """The text with the placeholder for its receiver, if that leads back to the same text."""
    try:
        phrase = receiver_phrase(*(row.cells[name] for name in RECEIVER))
    except ValueError:
        return text
    opening = phrase[0].upper() + phrase[1:]
    told = text.replace(phrase, RECEIVER_PLACEHOLDER).replace(opening, RECEIVER_PLACEHOLDER)
    return told if with_phrase(told, phrase) == text else text


def _licence(sources: set[str]) -> Licence | None:
    """None where a source is not one we know: the licence has to be given then."""
    found = [_source_licence(source) for source in sources]
    known = [licence for licence in found if licence is not None]
    if not known or len(known) < len(found):
        return None
    ranked = [licence for _, licence in SOURCES if licence in known]
    credits = " ".join(licence.attribution for licence in ranked)
    return Licence(ranked[0].name, ranked[0].url, credits)


def _source_licence(source: str) -> Licence | None:
    plain = "".join(char for char in source.casefold() if char.isalnum())
    return next((licence for name, licence in SOURCES if name in plain), None)
