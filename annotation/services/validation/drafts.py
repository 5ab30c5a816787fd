"""A validation before it is frozen: made, edited, and the reasons why it cannot be any more."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction

from annotation.models import Annotator, Criterion, Dataset, Release, Validation
from annotation.services.validation.protocol import (
    CriterionText,
    Protocol,
    check,
    plan_from,
    rule_from,
)
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit


@transaction.atomic
def create_draft(
    *,
    name: str,
    slug: str,
    dataset: Dataset,
    protocol: Protocol,
    release: Release | None = None,
    simulated: bool = False,
    actor: User | None = None,
) -> Validation:
    """A new draft with its criteria and empty seats. BadInput names the field that is wrong."""
    _check_slug(slug)
    check(protocol)
    _check_release(dataset, release)
    validation = Validation(slug=slug, dataset=dataset, release=release, simulated=simulated)
    validation.created_by = actor
    _write(validation, name, protocol)
    audit.record(verb="validation.drafted", subject=subject(validation), actor=actor)
    return validation


@transaction.atomic
def edit_draft(
    *,
    validation: Validation,
    name: str,
    dataset: Dataset,
    protocol: Protocol,
    release: Release | None = None,
    actor: User | None = None,
) -> Validation:
    """Write another protocol into a draft; refused once the protocol is frozen."""
    fresh = locked(validation)
    refuse_frozen(fresh)
    check(protocol)
    _check_release(dataset, release)
    fresh.dataset, fresh.release = dataset, release
    _write(fresh, name, protocol)
    audit.record(verb="validation.edited", subject=subject(fresh), actor=actor)
    return fresh


def refuse_frozen(validation: Validation) -> None:
    """Raise BadInput where the protocol is frozen: whoever has answered did so under it."""
    if validation.state == Validation.State.DRAFT:
        return
    day = f"{validation.frozen_at:%d %B %Y}" if validation.frozen_at else "an earlier day"
    raise BadInput(
        f"The protocol of {validation.name} was frozen on {day}; nothing that shapes the ratings "
        "can change any more.",
        expected="a new validation for another protocol",
    )


def protocol_of(validation: Validation) -> Protocol:
    """The protocol as the tables hold it."""
    return Protocol(
        criteria=tuple(
            CriterionText(criterion.code, criterion.question, criterion.guidance)
            for criterion in validation.criteria.all()
        ),
        labels=tuple(validation.labels),
        sample_size=validation.sample_size,
        stratify_by=tuple(validation.stratify_by),
        seed=validation.seed,
        plan=plan_from(validation.plan),
        removal_rule=rule_from(validation.removal_rule),
        guidelines=validation.guidelines,
    )


def locked(validation: Validation) -> Validation:
    """The validation's row, fresh and locked until the transaction ends."""
    return Validation.objects.select_for_update().get(pk=validation.pk)


def subject(validation: Validation) -> str:
    """The validation's name in the audit trail."""
    return f"validation:{validation.slug}"


def next_pseudonym(validation: Validation) -> str:
    """The first free one of A01, A02 and so on."""
    taken = set(validation.annotators.values_list("pseudonym", flat=True))
    number = 1
    while f"A{number:02d}" in taken:
        number += 1
    return f"A{number:02d}"


def _write(validation: Validation, name: str, protocol: Protocol) -> None:
    validation.name = name.strip() or validation.slug
    validation.labels = list(protocol.labels)
    validation.sample_size = protocol.sample_size
    validation.stratify_by = list(protocol.stratify_by)
    validation.seed = protocol.seed
    validation.plan = protocol.plan.as_json()
    validation.removal_rule = protocol.removal_rule.as_json()
    validation.guidelines = protocol.guidelines
    validation.save()
    validation.criteria.all().delete()
    Criterion.objects.bulk_create(
        Criterion(
            validation=validation,
            code=criterion.code,
            question=criterion.question.strip(),
            guidance=criterion.guidance.strip(),
            position=position,
        )
        for position, criterion in enumerate(protocol.criteria)
    )
    _set_seats(validation, protocol.plan.annotators)


def _set_seats(validation: Validation, count: int) -> None:
    """As many seats as the plan asks for; empty ones that nobody was invited to go first."""
    seats = list(validation.annotators.all())
    for _ in range(count - len(seats)):
        Annotator.objects.create(validation=validation, pseudonym=next_pseudonym(validation))
    spare = [seat for seat in seats if seat.user_id is None and not seat.invitation_hash]
    surplus = max(0, len(seats) - count)
    if surplus > len(spare):
        raise BadInput(
            "More people are invited than the plan has annotators.",
            column="annotators",
            found=count,
            expected=f"at least {len(seats) - len(spare)}",
        )
    for seat in spare[len(spare) - surplus :] if surplus else []:
        seat.delete()


def _check_slug(slug: str) -> None:
    expected = "letters, digits, hyphens and underscores, such as pilot-200"
    try:
        validate_slug(slug)
    except ValidationError:
        message = "The short name cannot be used."
        raise BadInput(message, column="slug", found=slug, expected=expected) from None
    if Validation.objects.filter(slug=slug).exists():
        message = "There is a validation of this name."
        raise BadInput(message, column="slug", found=slug, expected="one that is not taken")


def _check_release(dataset: Dataset, release: Release | None) -> None:
    if release is not None and release.dataset_id != dataset.pk:
        raise BadInput(
            "The release belongs to another dataset.",
            column="release",
            found=str(release),
            expected=f"a release of {dataset.slug}",
        )
