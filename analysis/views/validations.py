"""What a validation's results page leads to: its labels as a file, and its report."""

import tempfile
from pathlib import Path
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from analysis.reports.options import Options
from analysis.reports.service import request_report
from analysis.views.exports import TYPES, as_file
from annotation.access import access_results
from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User


@researcher_only
@require_safe
def validation_labels(request: HttpRequest, slug: str, ending: str) -> HttpResponse:
    """Every label with its reason, under pseudonyms; the export is on the audit trail."""
    from analysis.exports.labels import take_labels

    validation = access_results(request.user, slug)
    if ending not in TYPES:
        raise Http404
    user = cast(User, request.user)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"labels.{ending}"
        try:
            made = take_labels(slug=validation.slug, path=path, made_by=user)
        except BadInput as error:
            return HttpResponse(str(error), status=404, content_type="text/plain; charset=utf-8")
        return as_file(path.read_bytes(), made.name, TYPES[ending])


@researcher_only
@require_POST
def validation_report(request: HttpRequest, slug: str) -> HttpResponse:
    """Queue the report of a validation; a worker builds it."""
    validation = access_results(request.user, slug)
    if not validation.items.filter(tasks__labels__isnull=False).exists():
        messages.error(request, _("There is nothing to report on before somebody has answered."))
        return redirect("validation:results", slug)
    options = Options("validation", validation.slug)
    report = request_report(options=options, actor=cast(User, request.user))
    return redirect("analysis:report_detail", report.public_id)
