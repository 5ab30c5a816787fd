"""Remembering whose rows an export held, so that a withdrawal can say where they still lie."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet

from pact_site.base.models import User
from pact_site.base.services import audit
from survey.models import ExportRecord, Study


@transaction.atomic
def record_export(
    *,
    study: Study,
    cohort: str,
    kind: str,
    name: str,
    pseudonyms: Iterable[str],
    rows: int,
    content_hash: str = "",
    made_by: User | None = None,
) -> ExportRecord:
    """Keep that an export was made: of what, with whose rows, and the SHA-256 of the file."""
    row = ExportRecord.objects.create(
        study=study,
        cohort=cohort,
        kind=kind,
        name=name[:200],
        participants=sorted(set(pseudonyms)),
        rows=rows,
        content_hash=content_hash,
        made_by=made_by,
    )
    audit.record(
        verb="study.exported", subject=f"study:{study.slug}", actor=made_by, kind=kind, rows=rows
    )
    return row


def exports_of(study: Study) -> QuerySet[ExportRecord]:
    """The exports of a study, newest first."""
    return study.exports.select_related("made_by")
