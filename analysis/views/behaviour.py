"""Reports on what models do: asked for from the dataset whose benchmark they decided."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from analysis.access import access_decided
from analysis.reports.options import Options
from analysis.reports.service import request_report
from pact_site.base.access import researcher_only
from pact_site.base.models import User


@researcher_only
@require_POST
def behaviour_report(request: HttpRequest, slug: str) -> HttpResponse:
    """Queue the report on a dataset's benchmark runs; a worker builds it."""
    dataset, decided = access_decided(slug)
    if not decided:
        messages.error(request, _("No model has decided about this dataset yet."))
        return redirect("annotation:dataset_detail", dataset.slug)
    options = Options("behavior", dataset.slug)
    report = request_report(options=options, actor=cast(User, request.user))
    return redirect("analysis:report_detail", report.public_id)
