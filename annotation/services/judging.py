"""Judges: which versions they are asked about, what they said, and what that counts up to.

The asking is the work of `modeling`; this module owns the rows. A verdict without a value says why
it has none, and counts as nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from annotation.models import Dataset, Judge, Release, ScenarioVersion, Validation, Verdict
from annotation.services.datasets import BadArgument
from annotation.services.validation.presets import PAPER
from annotation.services.validation.protocol import CriterionText
from annotation.services.validation.sampling import Unit, population_hash
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit

if TYPE_CHECKING:
    import pandas as pd

DATASET: Final = "dataset"
RELEASE: Final = "release"
VALIDATION: Final = "validation"
LABELS: Final = ("yes", "no")
BATCH: Final = 500


@dataclass(frozen=True)
class Selection:
    """Which versions a judge is asked about; the same ones at any later time.

    `over` is dataset, release or validation, `slug` its own (a release's is its dataset's).
    `number` is the release's number, or the dataset's newest version at the time (its key).
    """

    over: str
    slug: str
    number: int = 0

    def versions(self) -> list[ScenarioVersion]:
        """The versions by scenario, with their scenarios."""
        rows = ScenarioVersion.objects.filter(**self._within()).select_related("scenario")
        if self.over == DATASET:
            newer = ScenarioVersion.objects.filter(
                scenario=OuterRef("scenario"),
                number__gt=OuterRef("number"),
                pk__lte=self.number,
            )
            rows = rows.filter(~Exists(newer))
        return list(rows.order_by("scenario_id", "number"))

    def as_json(self) -> dict[str, Any]:
        """Plain values; `Selection(**plain)` reads them back."""
        return asdict(self)

    def _within(self) -> dict[str, Any]:
        if self.over == RELEASE:
            return {"releases__dataset__slug": self.slug, "releases__number": self.number}
        if self.over == VALIDATION:
            return {"sampled__validation__slug": self.slug}
        return {"scenario__dataset__slug": self.slug, "pk__lte": self.number}


@dataclass(frozen=True)
class Subject:
    """What a judge is to be asked about, and by which criteria and labels."""

    dataset: Dataset
    selection: Selection
    criteria: tuple[CriterionText, ...] = PAPER.criteria
    labels: tuple[str, ...] = LABELS


@dataclass(frozen=True)
class Said:
    """One verdict to store: `value` "" where the reply could not be read, with the reason."""

    version_id: int
    criterion: str
    repeat: int
    value: str
    rationale: str = ""
    invalid_reason: str = ""


def of_dataset(slug: str) -> Subject:
    """The newest version of each scenario, as things stand now; criteria of the paper's protocol."""
    dataset = _one(Dataset, "dataset", slug, slug=slug)
    versions = ScenarioVersion.objects.filter(scenario__dataset=dataset)
    newest = versions.aggregate(newest=Max("pk"))["newest"] or 0
    return Subject(dataset, Selection(DATASET, slug, newest))


def of_release(name: str) -> Subject:
    """A release named `slug/number`, or a dataset's latest where the number is left out."""
    slug, _, number = name.partition("/")
    dataset = _one(Dataset, "release", name, slug=slug)
    releases: QuerySet[Release] = dataset.releases.order_by("-number")
    if number:
        releases = releases.filter(number=int(number)) if number.isdecimal() else releases.none()
    release = releases.first()
    if release is None:
        known = ", ".join(f"{slug}/{n}" for n in dataset.releases.values_list("number", flat=True))
        raise BadInput("There is no such release.", found=name, expected=known or "a release")
    return Subject(dataset, Selection(RELEASE, slug, release.number))


def of_validation(slug: str) -> Subject:
    """The sample of a validation whose protocol is frozen, under its own criteria and labels."""
    validation = _one(Validation, "validation", slug, slug=slug)
    if validation.state == Validation.State.DRAFT:
        raise BadInput("The protocol is a draft still, so there is no sample yet.", found=slug)
    criteria = tuple(
        CriterionText(one.code, one.question, one.guidance) for one in validation.criteria.all()
    )
    return Subject(
        validation.dataset, Selection(VALIDATION, slug), criteria, tuple(validation.labels)
    )


def versions_hash(versions: Iterable[ScenarioVersion]) -> str:
    """SHA-256 of which versions these are and how they are worded."""
    return population_hash(Unit(str(version.pk), version.content_hash) for version in versions)


def make_judge(
    *,
    subject: Subject,
    name: str,
    model: str,
    prompt_version: str,
    versions: Sequence[ScenarioVersion],
    repeats: int,
    run_id: str,
    simulated: bool,
    actor: User | None = None,
) -> Judge:
    """The judge behind a run, before it has said anything. BadInput where the name is taken."""
    if Judge.objects.filter(dataset=subject.dataset, name=name).exists():
        message = "The dataset has a judge of this name already."
        raise BadArgument(message, found=name, argument="name")
    with transaction.atomic():
        judge = Judge.objects.create(
            dataset=subject.dataset,
            name=name,
            model=model,
            prompt_version=prompt_version,
            criteria=[asdict(criterion) for criterion in subject.criteria],
            labels=list(subject.labels),
            repeats=repeats,
            size=len(versions),
            source=subject.selection.as_json(),
            versions_hash=versions_hash(versions),
            run_id=run_id,
            simulated=simulated,
            created_by=actor,
        )
        audit.record(
            verb="judge.created", subject=f"judge:{judge.pk}", actor=actor, name=name, run=run_id
        )
    return judge


def resize(*, judge: Judge, size: int) -> None:
    """A limit was lifted: the judge is asked about more versions than before."""
    Judge.objects.filter(pk=judge.pk, size__lt=size).update(size=size)


def store_verdicts(*, judge: Judge, said: Iterable[Said]) -> int:
    """Write verdicts in one transaction; the same ones again change nothing. Returns how many.

    BadInput for a criterion or a value that the judge was not given, or a value with a reason.
    """
    codes = {criterion["code"] for criterion in judge.criteria}
    verdicts = [_verdict(judge, one, codes) for one in said]
    with transaction.atomic():
        Verdict.objects.bulk_create(
            verdicts,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["judge", "version", "criterion", "repeat"],
            update_fields=["value", "rationale", "invalid_reason"],
        )
    return len(verdicts)


def close(*, judge: Judge, simulated: bool) -> dict[str, int]:
    """Note on the trail that all verdicts are there; counts of valid and invalid ones."""
    verdicts = Verdict.objects.filter(judge=judge)
    invalid = verdicts.filter(value="").count()
    counts = {"valid": verdicts.count() - invalid, "invalid": invalid}
    with transaction.atomic():
        Judge.objects.filter(pk=judge.pk).update(simulated=simulated)
        audit.record(
            verb="judge.answered",
            subject=f"judge:{judge.pk}",
            valid=counts["valid"],
            invalid=invalid,
        )
    return counts


def ratings(
    judges: Iterable[Judge], *, versions: Iterable[int] | None = None, repeat: int | None = None
) -> pd.DataFrame:
    """Readable verdicts as ratings: one row each with item, rater, criterion, value, repeat.

    `item` is the version's database key, `rater` the judge's name (judges of different datasets
    share no items). `versions` keeps these versions only, `repeat` one repeat only.
    """
    import pandas as pd

    rows = Verdict.objects.filter(judge__in=list(judges)).exclude(value="")
    if versions is not None:
        rows = rows.filter(version__in=list(versions))
    if repeat is not None:
        rows = rows.filter(repeat=repeat)
    names = ("version_id", "judge__name", "criterion", "value", "repeat")
    return pd.DataFrame.from_records(
        rows.order_by("version_id", "judge", "criterion", "repeat").values_list(*names),
        columns=["item", "rater", "criterion", "value", "repeat"],
    )


def _verdict(judge: Judge, said: Said, codes: set[str]) -> Verdict:
    if said.criterion not in codes:
        raise BadInput(
            "Unknown criterion.", found=said.criterion, expected=", ".join(sorted(codes))
        )
    if said.value and said.value not in judge.labels:
        raise BadInput("Unknown label.", found=said.value, expected=", ".join(judge.labels))
    if bool(said.value) == bool(said.invalid_reason):
        raise BadInput("A verdict has a value or a reason for having none.", found=said.criterion)
    return Verdict(judge=judge, **asdict(said))


def _one(model: type[Any], option: str, found: str, **wanted: Any) -> Any:
    row = model.objects.filter(**wanted).first()
    if row is None:
        known = ", ".join(model.objects.values_list("slug", flat=True).order_by("slug")[:10])
        raise BadInput(f"There is no such {option}.", found=found, expected=known or None)
    return row
