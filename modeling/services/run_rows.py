"""The list of runs as rows of a file."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from modeling.models import Run

COLUMNS: Final = (
    "id", "label", "kind", "study", "dataset", "release", "state", "endpoint", "model", "cells",
    "answered", "valid", "invalid", "imported", "simulated", "prompt_version", "repeat_of",
    "created_at", "started_at", "finished_at", "error",
)  # fmt: skip


def row_of(run: Run) -> dict[str, object]:
    """One run with its counts (`progress.with_counts`), as the file shows it."""
    return {
        "id": run.public_id,
        "label": run.label,
        "kind": run.kind,
        "study": run.study_slug,
        "dataset": run.dataset_slug,
        "release": run.release.number if run.release else None,
        "state": run.state,
        "endpoint": run.endpoint.get("name"),
        "model": run.endpoint.get("model"),
        "cells": run.cells,
        "answered": getattr(run, "answered", None),
        "valid": getattr(run, "valid", None),
        "invalid": getattr(run, "invalid", None),
        "imported": run.imported,
        "simulated": run.simulated,
        "prompt_version": run.prompt_version,
        "repeat_of": run.repeat_of.public_id if run.repeat_of else None,
        "created_at": _time(run.created_at),
        "started_at": _time(run.started_at),
        "finished_at": _time(run.finished_at),
        "error": run.error,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
