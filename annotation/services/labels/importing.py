"""Importing labels from a file: read and check all of it, then write it in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.utils import timezone

from annotation.models import Criterion, Dataset, Validation
from annotation.services import datasets
from annotation.services.imports import Watch, unwatched
from annotation.services.labels.reading import LAYOUT, Declared, LabelFile, gather
from annotation.services.labels.storing import Stored, store
from annotation.services.validation.drafts import locked, subject
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.readers import read_table
from pact_site.base.services import audit

YES_NO: Final = ("yes", "no")
IMPORTED: Final = "imported"
"""The plan's mode where labels came from files: nobody annotates on the platform."""
MAX_SLUG: Final = 50


@dataclass(frozen=True)
class LabelReport:
    """What an import of labels read, added and found stored already."""

    validation: str
    file: str
    created: bool
    dataset: str
    read: int
    empty: int
    items: int
    annotators: int
    criteria: tuple[str, ...]
    single_rated: int
    stored: Stored
    dry_run: bool = False

    def lines(self) -> Iterator[str]:
        """The report for a terminal, a fact a line."""
        new = " (new)" if self.created else ""
        tied = f", scenarios of {self.dataset}" if self.dataset else ", items without scenarios"
        yield f"{self.file} -> validation {self.validation}{new}{tied}"
        yield f"read: {self.read} rows" + (f", {self.empty} without a value" if self.empty else "")
        yield f"items: {self.items}, of which {self.single_rated} have a single annotator"
        yield f"annotators: {self.annotators}"
        yield f"criteria: {', '.join(self.criteria)}"
        yield f"new labels: {self.stored.added}, unchanged: {self.stored.unchanged}"
        if self.dry_run:
            yield "Dry run: nothing was written."


def import_labels(
    *,
    path: Path,
    slug: str,
    dataset_slug: str = "",
    labels: Sequence[str] = (),
    name: str = "",
    simulated: bool = False,
    dry_run: bool = False,
    actor: User | None = None,
    watch: Watch = unwatched,
) -> LabelReport:
    """Read a long CSV of labels into a validation, made if new; the same file again adds nothing.

    A new validation takes its criteria from the file and its labels from `labels` (yes and no
    where none are given); with a dataset every item must be the key of one of its scenarios. A
    known validation takes what its criteria, labels and items allow. Raises BadInput that names
    file, row and column; nothing is written then.
    """
    known = Validation.objects.filter(slug=slug).select_related("dataset").first()
    dataset = _dataset(dataset_slug)
    declared = _declared_of(known, dataset, labels) if known else _declared_anew(slug, labels)
    rows = watch(read_table(path, LAYOUT), "checking", None)
    file = gather(rows, Path(path).name, declared)
    if not file.ratings:
        raise BadInput("No row has a value.", file.name, column="value")
    with transaction.atomic():
        if known:
            validation = locked(known)
        else:
            validation = _create(slug, name, dataset, declared, file, simulated, actor)
        stored = store(validation=validation, file=file)
        report = _report(validation, file, stored, created=known is None, dry_run=dry_run)
        audit.record(
            verb="labels.imported", subject=subject(validation), actor=actor, **asdict(report)
        )
        transaction.set_rollback(dry_run)
    return report


def _dataset(slug: str) -> Dataset | None:
    if not slug:
        return None
    dataset = Dataset.objects.filter(slug=slug).first()
    if dataset is None:
        known = ", ".join(datasets.with_sizes().values_list("slug", flat=True)[:20])
        raise BadInput("There is no such dataset.", found=slug, expected=known or "a dataset")
    return dataset


def _declared_of(known: Validation, dataset: Dataset | None, labels: Sequence[str]) -> Declared:
    if known.state == Validation.State.DRAFT:
        message = f"The protocol of {known.slug} is a draft; labels need one that stands."
        raise BadInput(message, found=known.state, expected="freeze the protocol first")
    if dataset is not None and dataset.pk != known.dataset_id:
        message = f"Validation {known.slug} belongs to another dataset."
        raise BadInput(message, found=dataset.slug, expected=known.dataset.slug)
    if labels and list(labels) != list(known.labels):
        message = f"Validation {known.slug} has other labels."
        raise BadInput(message, found=",".join(labels), expected=",".join(known.labels))
    codes = [(criterion.code, criterion.question) for criterion in known.criteria.all()]
    names = {question.casefold(): code for code, question in codes}
    return Declared(known.labels, names | {code.casefold(): code for code, _ in codes})


def _declared_anew(slug: str, labels: Sequence[str]) -> Declared:
    try:
        validate_slug(slug)
    except ValidationError:
        expected = "letters, digits, hyphens and underscores, such as pilot-200"
        raise BadInput(
            "The validation's slug cannot be used.", found=slug, expected=expected
        ) from None
    if len(slug) > MAX_SLUG:
        expected = f"at most {MAX_SLUG} characters"
        raise BadInput("The validation's slug is too long.", found=slug, expected=expected)
    named = list(labels or YES_NO)
    if len(named) < 2 or len({label.casefold() for label in named}) < len(named) or "" in named:
        found = ",".join(named)
        raise BadInput("These labels cannot be told apart.", found=found, expected="like yes,no")
    return Declared(named)


def _create(
    slug: str,
    name: str,
    dataset: Dataset | None,
    declared: Declared,
    file: LabelFile,
    simulated: bool,
    actor: User | None,
) -> Validation:
    """A validation that was carried out elsewhere: closed, so that the pages take no answers."""
    population = dataset.scenarios.count() if dataset else None
    validation = Validation.objects.create(
        slug=slug,
        name=name or slug.replace("-", " ").replace("_", " ").capitalize(),
        dataset=dataset or datasets.for_labels(slug),
        state=Validation.State.CLOSED,
        simulated=simulated,
        labels=list(declared.labels),
        sample_size=0,
        plan={"mode": IMPORTED},
        population_size=population,
        strata={"": population} if population else {},
        closed_at=timezone.now(),
        created_by=actor,
    )
    Criterion.objects.bulk_create(
        Criterion(validation=validation, code=code, question=words[:300], position=position)
        for position, (code, words) in enumerate(file.criteria.items())
    )
    return validation


def _report(
    validation: Validation, file: LabelFile, stored: Stored, *, created: bool, dry_run: bool
) -> LabelReport:
    raters = Counter(item for item, _ in {(key[0], key[1]) for key in file.ratings})
    tied = validation.dataset.source_format != datasets.LABELS_ONLY
    return LabelReport(
        validation=validation.slug,
        file=file.name,
        created=created,
        dataset=validation.dataset.slug if tied else "",
        read=file.read,
        empty=file.empty,
        items=len(raters),
        annotators=len({annotator for _, annotator, _ in file.ratings}),
        criteria=tuple(validation.criteria.values_list("code", flat=True)),
        single_rated=sum(1 for count in raters.values() if count == 1),
        stored=stored,
        dry_run=dry_run,
    )
