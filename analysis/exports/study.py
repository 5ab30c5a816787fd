"""Taking a study's data out: the kinds there are, and remembering what was taken."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from analysis.exports.answers import long_export
from analysis.exports.files import check_ending, fill_table
from analysis.exports.human import human_export
from analysis.exports.sheets import demographics_export, flow_export, quality_export
from analysis.frames.subjects import get_study, resolve_cohort
from pact_site.base.aside import file_aside
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from survey.models import Cohort
from survey.services.export_records import record_export

KINDS: Final[dict[str, Callable[[str, str | None], pd.DataFrame]]] = {
    "human": human_export,
    "long": long_export,
    "quality": quality_export,
    "flow": flow_export,
    "demographics": demographics_export,
}
_PEOPLE: Final = ("participant", "respondent_id")


class NothingThere(BadInput):
    """Nobody's row is of this kind and cohort."""


@dataclass(frozen=True)
class Taken:
    """An export: the file's name for people, where it lies, how many rows it has and of whom."""

    name: str
    path: Path
    rows: int
    simulated: bool


def take(
    *, kind: str, study_slug: str, cohort: str | None, path: Path, made_by: User | None = None
) -> Taken:
    """Write one kind of data to `path` and remember whose rows it holds; NothingThere without any."""
    study = get_study(study_slug)
    asked = resolve_cohort(study, cohort)
    rows = KINDS[kind](study_slug, asked)
    if rows.empty:
        raise NothingThere("There is nothing to export.", found=study_slug)
    check_ending(path)
    name = export_name(study_slug, kind, asked, path)
    column = next((name for name in _PEOPLE if name in rows), None)
    # Remembered before it is there: a file that nobody knows of would hold withdrawn rows for ever.
    path.parent.mkdir(parents=True, exist_ok=True)
    with file_aside(path) as aside:
        fill_table(rows, aside)
        record_export(
            study=study,
            cohort=asked,
            kind=kind,
            name=name,
            pseudonyms=[] if column is None else rows[column].astype(str).unique().tolist(),
            rows=len(rows),
            content_hash=hashlib.sha256(aside.read_bytes()).hexdigest(),
            made_by=made_by,
        )
    return Taken(name, path, len(rows), simulated=asked == Cohort.REHEARSAL)


def export_name(slug: str, kind: str, cohort: str, path: Path) -> str:
    """A name that says what the file holds, and SIMULATED where nobody in it is real."""
    mark = "-SIMULATED" if cohort == Cohort.REHEARSAL else ""
    ending = "".join(path.suffixes[-2:] if path.name.endswith(".gz") else path.suffixes[-1:])
    return f"{slug}-{kind}{mark}{ending}"
