"""The only way from a URL's key and a person to a row of this app, or to a 404."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from annotation.models import Dataset, Scenario
from pact_site.base.models import User


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
