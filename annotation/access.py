"""The only way from a URL's key and a person to a row of this app, or to a 404."""

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from annotation import desk_statements
from annotation.models import (
    Annotator,
    Construction,
    Dataset,
    Judge,
    Release,
    SampledItem,
    Scenario,
    Screening,
    SourceRow,
    Task,
    Validation,
)
from pact_site.base.models import User


class StillAnnotating(PermissionDenied):
    """Somebody who has answers of their own to give asked what others, or a judge, have said."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "You annotate here yourself. What others and the judge have said opens to you "
                "once your own answers are final, or the validation is closed."
            )
        )


def access_dataset(user: object, slug: str) -> Dataset:
    """The dataset, for researchers; Http404 for everybody else and for an unknown slug."""
    if not (isinstance(user, User) and user.is_active and user.is_researcher):
        raise Http404
    return get_object_or_404(Dataset, slug=slug)


def access_scenario(user: object, slug: str, pk: int) -> Scenario:
    """The dataset's scenario, under the same rule as the dataset itself."""
    dataset = access_dataset(user, slug)
    return get_object_or_404(
        dataset.scenarios.select_related("dataset", "source_row").prefetch_related("versions"),
        pk=pk,
    )


def access_scenario_key(user: object, slug: str, key: str) -> Scenario:
    """The dataset's scenario by its key, under the same rule."""
    return get_object_or_404(access_dataset(user, slug).scenarios, key=key)


def access_construction(user: object, slug: str, pk: int) -> Construction:
    """A construction over the dataset's rows, under the same rule as the dataset itself."""
    dataset = access_dataset(user, slug)
    return get_object_or_404(dataset.constructions.select_related("dataset"), pk=pk)


def access_source_row(construction: Construction, pk: int) -> SourceRow:
    """A source row of the construction's dataset, for those who may see the construction."""
    return get_object_or_404(construction.dataset.rows, pk=pk)


def access_validation(user: object, slug: str) -> Validation:
    """The validation's protocol, people and progress, for researchers. Never for what was answered:
    pages that show labels, verdicts, agreement, notes or reasons go through `access_results`."""
    if not (isinstance(user, User) and user.is_active and user.is_researcher):
        raise Http404
    return get_object_or_404(
        Validation.objects.select_related("dataset", "release__dataset", "created_by"), slug=slug
    )


def access_results(user: object, slug: str) -> Validation:
    """The validation with everything that was answered, for researchers whose own answers, if they
    give any, are final. Raises StillAnnotating (403) for those who have yet to answer, here or in
    another validation of the same dataset: its items may be the same."""
    validation = access_validation(user, slug)
    refuse_unfinished(user, validation.dataset)
    return validation


def refuse_unfinished(user: object, dataset: Dataset) -> None:
    """Raise StillAnnotating where this person still annotates scenarios of the dataset: judge
    verdicts and earlier results on them would sway the answers."""
    if unfinished_seats(user).filter(validation__dataset=dataset).exists():
        raise StillAnnotating


def access_judged_dataset(user: object, slug: str) -> Dataset:
    """The dataset with what judges said of it. Raises StillAnnotating (403) for those who have yet
    to answer about its scenarios themselves."""
    dataset = access_dataset(user, slug)
    refuse_unfinished(user, dataset)
    return dataset


def access_judge(user: object, slug: str, pk: int) -> Judge:
    """A judge of the dataset, under the same rule as all of the dataset's judges."""
    dataset = access_judged_dataset(user, slug)
    return get_object_or_404(dataset.judges.select_related("dataset", "created_by"), pk=pk)


def unfinished_seats(user: object) -> QuerySet[Annotator]:
    """The person's seats in open validations whose answers are not final yet."""
    if not isinstance(user, User):
        return Annotator.objects.none()
    return Annotator.objects.filter(
        user=user,
        active=True,
        finished_at__isnull=True,
        validation__state=Validation.State.OPEN,
    )


def access_own_seats(user: object) -> QuerySet[Annotator]:
    """The person's own seats in validations that are frozen, the newest first."""
    if not (isinstance(user, User) and user.is_active):
        raise Http404
    return (
        Annotator.objects.filter(user=user, active=True)
        .exclude(validation__state=Validation.State.DRAFT)
        .select_related("validation")
        .order_by("-validation__created_at")
    )


def access_seat(user: object, slug: str) -> Annotator:
    """The person's own seat in a frozen validation; Http404 for everybody who has none."""
    if not (isinstance(user, User) and user.is_active):
        raise Http404
    seat = desk_statements.seat_of(user.pk, slug)
    if seat is None:
        raise Http404
    seat.user = user
    return seat


def access_task(seat: Annotator, pk: int) -> Task:
    """One of the annotator's own items that was opened before; Http404 for anybody else's."""
    tasks = seat.tasks.select_related("item__version")
    return get_object_or_404(tasks.exclude(state=Task.State.WAITING), pk=pk)


def access_seat_of(validation: Validation, pk: int) -> Annotator:
    """A seat of this validation, for the researchers who may see the validation."""
    return get_object_or_404(validation.annotators.select_related("user"), pk=pk)


def access_sampled_item(validation: Validation, pk: int) -> SampledItem:
    """An item of this validation's sample, for whoever may see the validation."""
    return get_object_or_404(
        validation.items.select_related("validation", "version__scenario__dataset"), pk=pk
    )


def access_screening(user: object, slug: str, pk: int) -> Screening:
    """A screening of the dataset, for researchers who have no answers of their own to give there:
    its pages show what judges and people said. Raises StillAnnotating (403) for those who have."""
    dataset = access_dataset(user, slug)
    refuse_unfinished(user, dataset)
    return get_object_or_404(
        dataset.screenings.select_related("dataset", "release", "judge", "created_by"), pk=pk
    )


def access_release(user: object, slug: str, number: int) -> Release:
    """A release of the dataset, under the same rule as the dataset itself."""
    dataset = access_dataset(user, slug)
    return get_object_or_404(dataset.releases.select_related("dataset"), number=number)
