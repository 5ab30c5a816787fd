"""The lead's outcome where annotators part: recorded with its reasons, beside labels that stay."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from annotation.models import Adjudication, Criterion, Label, SampledItem
from annotation.services.validation.drafts import subject
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit

MAX_RATIONALE: Final = 4000


@transaction.atomic
def adjudicate(
    *,
    item: SampledItem,
    criterion: Criterion,
    value: str,
    rationale: str,
    actor: User | None = None,
) -> Adjudication:
    """Record the outcome of one item under one criterion; what it was before is on the audit trail.

    No label changes. Raises BadInput for an unknown label, a missing rationale, and an item that
    nobody has rated under this criterion.
    """
    validation = item.validation
    rationale = rationale.strip()
    if criterion.validation_id != validation.pk:
        raise BadInput("The criterion belongs to another validation.", found=criterion.code)
    if value not in validation.labels:
        expected = ", ".join(validation.labels)
        raise BadInput("Choose an outcome.", column="value", found=value, expected=expected)
    if not rationale or len(rationale) > MAX_RATIONALE:
        expected = f"one or more sentences, at most {MAX_RATIONALE:,} characters"
        raise BadInput("An outcome needs its reasons.", column="rationale", expected=expected)
    if not Label.objects.filter(task__item=item, criterion=criterion).exists():
        raise BadInput("Nobody has rated this item yet.", column="value", found=item.key)
    before = Adjudication.objects.select_for_update().filter(item=item, criterion=criterion).first()
    if before is not None and (before.value, before.rationale) == (value, rationale):
        return before
    made, _ = Adjudication.objects.update_or_create(
        item=item,
        criterion=criterion,
        defaults={"value": value, "rationale": rationale, "decided_by": actor},
    )
    audit.record(
        verb="label.adjudicated",
        subject=f"{subject(validation)}/{item.key}"[:200],
        actor=actor,
        criterion=criterion.code,
        value=value,
        rationale=rationale,
        before=None if before is None else {"value": before.value, "rationale": before.rationale},
    )
    return made
