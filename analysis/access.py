"""The only way from a URL's key and a person to a report, or to a 404."""

import uuid

from django.http import Http404
from django.shortcuts import get_object_or_404

from analysis.models import Report
from pact_site.base.models import User


def access_report(user: object, public_id: uuid.UUID) -> Report:
    """The report, for researchers; Http404 for everybody else and for an unknown id."""
    if not (isinstance(user, User) and user.is_active and user.is_researcher):
        raise Http404
    return get_object_or_404(Report.objects.select_related("job"), public_id=public_id)
