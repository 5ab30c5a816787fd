"""What people said of scenarios, as a frame: a row for each label of a validation."""

from __future__ import annotations

import json
from typing import Any, Final

import pandas as pd

from analysis.frames.columns import Column, make_frame
from annotation.models import Adjudication, Validation
from annotation.services import datasets
from annotation.services.labels.rows import given

LABELS: Final = (
    Column("item", "text"),
    Column("annotator", "text"),
    Column("criterion", "text"),
    Column("value", "text"),
    Column("reason", "text"),
    Column("note", "text"),
    Column("repeat", "count"),
    Column("revision", "count"),
    Column("flagged", "flag"),
    Column("seconds", "number", empty=True),
    Column("submitted_at", "text"),
    Column("earlier", "text"),
    Column("active", "flag"),
    Column("question", "text"),
    Column("scenario", "text"),
    Column("version", "number", empty=True),
    Column("stratum", "text"),
    Column("outcome", "text"),
    Column("rationale", "text"),
    Column("validation", "text"),
    Column("dataset", "text"),
    Column("licence", "text"),
    Column("simulated", "flag"),
)
"""One row per item, annotator, repeat and criterion; documented in docs/reference/label-csv.md."""

_FIELDS: Final = {
    "item": "task__item__key",
    "annotator": "task__annotator__pseudonym",
    "criterion": "criterion__code",
    "value": "value",
    "reason": "reason",
    "note": "task__note",
    "repeat": "task__repeat",
    "revision": "task__revision",
    "flagged": "task__flagged",
    "seconds": "task__seconds",
    "submitted_at": "task__submitted_at",
    "earlier": "task__history",
    "active": "task__annotator__active",
    "question": "criterion__question",
    "scenario": "task__item__version__scenario__key",
    "version": "task__item__version__number",
    "stratum": "task__item__stratum",
}


def labels_frame(validation: Validation) -> pd.DataFrame:
    """Every submitted label with what belongs to it, of everybody who ever annotated here."""
    rows = pd.DataFrame(
        list(given(validation).values_list(*_FIELDS.values())), columns=list(_FIELDS)
    )
    outcomes = _outcomes(validation)
    places = list(zip(rows["item"], rows["criterion"], strict=True))
    dataset = validation.dataset
    tied = dataset.source_format != datasets.LABELS_ONLY
    size = len(rows)
    constant: dict[str, Any] = {
        "validation": validation.slug,
        "dataset": dataset.slug if tied else "",
        "licence": dataset.licence if tied else "",
        "simulated": validation.simulated,
    }
    data = {name: rows[name] for name in _FIELDS} | {
        "submitted_at": [moment.isoformat() if moment else "" for moment in rows["submitted_at"]],
        "earlier": [_told(history) for history in rows["earlier"]],
        "scenario": rows["scenario"].fillna(""),
        "outcome": [outcomes.get(place, ("", ""))[0] for place in places],
        "rationale": [outcomes.get(place, ("", ""))[1] for place in places],
    }
    return make_frame(LABELS, data | {name: [value] * size for name, value in constant.items()})


def ratings(labels: pd.DataFrame) -> pd.DataFrame:
    """Everybody's first ratings (item, rater, criterion, value), as agreement is computed from."""
    first = labels[labels["repeat"] == 0].rename(columns={"annotator": "rater"})
    return first[["item", "rater", "criterion", "value"]].reset_index(drop=True)


def outcomes_frame(validation: Validation) -> pd.DataFrame:
    """What the lead settled: item, criterion, value, rationale, who decided, when."""
    rows = Adjudication.objects.filter(item__validation=validation).order_by(
        "item__position", "criterion__position"
    )
    fields = ("item__key", "criterion__code", "value", "rationale", "decided_by__username")
    told = [(*row[:-1], row[-1].isoformat()) for row in rows.values_list(*fields, "decided_at")]
    names = ["item", "criterion", "value", "rationale", "decided_by", "decided_at"]
    return pd.DataFrame(told, columns=names)


def _outcomes(validation: Validation) -> dict[tuple[str, str], tuple[str, str]]:
    rows = Adjudication.objects.filter(item__validation=validation)
    fields = ("item__key", "criterion__code", "value", "rationale")
    return {(item, code): (value, why) for item, code, value, why in rows.values_list(*fields)}


def _told(history: list[dict[str, Any]]) -> str:
    return json.dumps(history, ensure_ascii=False, sort_keys=True) if history else ""
