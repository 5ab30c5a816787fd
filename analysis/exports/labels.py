"""Labels of a validation as a file that `import_labels` reads back."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.exports.files import write_table
from analysis.frames.labels import labels_frame
from analysis.frames.subjects import get_validation
from annotation.models import Validation
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit

MEANINGS = {
    "item": "id of the item; rows belong together by it, never by their place",
    "annotator": "pseudonym, stable, also of those who have left",
    "criterion": "code of the question",
    "value": "the label",
    "reason": "why this label was given",
    "note": "note on the whole item, the same in all its rows",
    "repeat": "0, or 1 where the annotator rated the item a second time as planned",
    "revision": "how often the rating was submitted",
    "flagged": "whether the annotator wants the item looked at",
    "seconds": "how long the item was in view",
    "submitted_at": "UTC time of the submission that counts",
    "earlier": "submissions that were revised, as JSON",
    "active": "whether the annotator still belongs to the validation",
    "question": "the criterion's question",
    "scenario": "key of the scenario, empty where labels came from a file alone",
    "version": "number of the scenario's version that was rated",
    "stratum": "the item's stratum of the sample",
    "outcome": "label that the lead settled on, empty if not settled",
    "rationale": "reasons for the outcome",
    "validation": "slug of the validation",
    "dataset": "slug of the dataset",
    "licence": "licence of the scenarios",
    "simulated": "whether the annotators are SIMULATED",
}
"""The columns of an export of labels and what they hold."""


@dataclass(frozen=True)
class TakenLabels:
    """An export of labels: the file's name for people, and how many rows it has."""

    name: str
    rows: int
    simulated: bool


def take_labels(*, slug: str, path: Path, made_by: User | None = None) -> TakenLabels:
    """Write every label of a validation to `path`, by its ending; BadInput where there is none."""
    validation = get_validation(slug)
    rows = release_labels(labels_frame(validation))
    if rows.empty:
        raise BadInput(f"Validation {slug} has no labels yet.", found=slug)
    write_table(rows, path)
    name = export_name(validation, path)
    audit.record(
        verb="labels.exported",
        subject=f"validation:{slug}",
        actor=made_by,
        name=name,
        rows=len(rows),
    )
    return TakenLabels(name, len(rows), validation.simulated)


def release_labels(labels: pd.DataFrame) -> pd.DataFrame:
    """A LABELS frame as files hold it: numbers of versions are whole."""
    return labels.astype({"version": "Int64"})


def export_name(validation: Validation, path: Path) -> str:
    """A name that says what the file holds, and SIMULATED where nobody in it is real."""
    mark = "-SIMULATED" if validation.simulated else ""
    ending = "".join(path.suffixes[-2:] if path.name.endswith(".gz") else path.suffixes[-1:])
    return f"{validation.slug}-labels{mark}{ending}"
