"""Doorways for background work of this app."""

from dataclasses import asdict

from celery import shared_task
from django.conf import settings

from pact_site.base.errors import BadInput
from pact_site.base.services.jobs import Context
from survey.models import Study
from survey.prolific.client import NotConfigured, NotFound, Refused, client_from_settings
from survey.prolific.polling import poll, queue_polls


def poll_study(payload: dict[str, object], context: Context) -> dict[str, object]:
    """Poll the study whose slug the job carries.

    A Prolific that is away is tried again later; one that says no would say no again.
    """
    study = Study.objects.get(slug=str(payload["study"]))

    def read(count: int) -> None:
        context.report(0.0, f"{count} submissions read")

    try:
        with client_from_settings() as client:
            return asdict(poll(study=study, client=client, read=read))
    except (NotConfigured, NotFound, Refused) as error:
        raise BadInput(str(error)) from error


@shared_task(name="survey.poll_prolific")
def poll_prolific() -> int:
    """Queue polls of what is due; nothing where there is no token to ask with."""
    return queue_polls() if settings.PACT_PROLIFIC_TOKEN else 0
