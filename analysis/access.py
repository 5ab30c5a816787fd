"""The only way from a URL's key and a person to a report, or to a 404."""

import uuid

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from analysis.models import IndicatorTable, Report, ResultsPage
from annotation.access import StillAnnotating, unfinished_seats
from annotation.models import Dataset, Validation
from modeling.models import Run
from pact_site.base.models import User


def access_report(user: object, public_id: uuid.UUID) -> Report:
    """The report, for researchers; Http404 for everybody else and for an unknown id.

    A validation's report shows what annotators said: it opens as the validation's results do.
    """
    if not (isinstance(user, User) and user.is_active and user.is_researcher):
        raise Http404
    report = get_object_or_404(Report.objects.select_related("job"), public_id=public_id)
    if report.kind == Report.Kind.VALIDATION and report.subject in _still_annotating(user):
        raise StillAnnotating
    return report


def visible_reports(user: object) -> QuerySet[Report]:
    """Every report but those of validations in which this person has yet to answer."""
    held = _still_annotating(user)
    return Report.objects.exclude(kind=Report.Kind.VALIDATION, subject__in=held)


def decided_datasets() -> QuerySet[Dataset]:
    """Datasets about whose benchmark some model has decided."""
    runs = Run.objects.filter(kind="benchmark").exclude(chunks__shard="")
    return Dataset.objects.filter(slug__in=runs.values("dataset_slug")).order_by("name")


def access_decided(slug: str) -> tuple[Dataset, bool]:
    """The dataset, or Http404, and whether some model has decided about it."""
    dataset = get_object_or_404(Dataset, slug=slug)
    return dataset, decided_datasets().filter(pk=dataset.pk).exists()


def _still_annotating(user: object) -> list[str]:
    """Validations of datasets about whose scenarios this person has yet to answer."""
    held = unfinished_seats(user).values("validation__dataset")
    return list(Validation.objects.filter(dataset__in=held).values_list("slug", flat=True))


def access_published(slug: str) -> ResultsPage:
    """A results page that readers outside may see, with all it shows; Http404 for any other."""
    page = published_of(slug)
    if page is None:
        raise Http404
    return page


def published_of(slug: str) -> ResultsPage | None:
    """A study's published results page, None where nothing is public."""
    return ResultsPage.objects.filter(study=slug, published_at__isnull=False).first()


def access_indicators(slug: str) -> IndicatorTable:
    """The table of indicators, or Http404; researchers share all of them."""
    return get_object_or_404(IndicatorTable, slug=slug)
