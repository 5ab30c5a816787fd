"""The only way from a URL's key and a person to a run or an endpoint, or to a 404."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from annotation.access import StillAnnotating, unfinished_seats
from modeling.models import ModelEndpoint, Run
from pact_site.base.models import User


def access_run(user: object, public_id: str) -> Run:
    """The run, for researchers; Http404 for everybody else and for an unknown id.

    Raises StillAnnotating (403) for a judge's run where this person still annotates the dataset.
    """
    if not (isinstance(user, User) and user.is_active and user.is_researcher):
        raise Http404
    run = get_object_or_404(Run.objects.select_related("release__dataset"), public_id=public_id)
    seats = unfinished_seats(user).filter(validation__dataset__slug=run.dataset_slug)
    if run.kind == "judge" and seats.exists():
        raise StillAnnotating
    return run


def access_endpoint(user: object, name: str) -> ModelEndpoint:
    """The endpoint, for researchers; Http404 for everybody else and for an unknown name."""
    if not (isinstance(user, User) and user.is_active and user.is_researcher):
        raise Http404
    return get_object_or_404(ModelEndpoint, name=name)
