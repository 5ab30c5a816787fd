"""A study's data as files to download. What reads tables with pandas is imported when asked for."""

import json
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pact_site.base.access import researcher_only
from pact_site.base.models import User
from survey.access import access_study
from survey.models import Cohort

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "jsonl": "application/jsonl; charset=utf-8",
}


@researcher_only
@require_safe
def study_export(request: HttpRequest, slug: str, kind: str, ending: str) -> HttpResponse:
    """One kind of data of one study; the export is remembered."""
    from analysis.exports.sheets import codebook, printed_codebook
    from analysis.exports.study import KINDS, NothingThere, take

    study = access_study(slug)
    if (kind, ending) == ("codebook", "json"):
        text = json.dumps(codebook(), indent=2, ensure_ascii=False)
        return as_file(text.encode(), f"{slug}-codebook.json", "application/json")
    if (kind, ending) == ("codebook", "md"):
        return as_file(
            printed_codebook().encode(), f"{slug}-codebook.md", "text/markdown; charset=utf-8"
        )
    if kind not in KINDS or ending not in TYPES:
        raise Http404
    asked = request.GET.get("cohort", "")
    cohort = asked if asked in (Cohort.REAL, Cohort.REHEARSAL) else None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"rows.{ending}"
        user = request.user if isinstance(request.user, User) else None
        try:
            made = take(kind=kind, study_slug=study.slug, cohort=cohort, path=path, made_by=user)
        except NothingThere:
            messages.info(request, _("There is nothing of this kind to take out yet."))
            back = reverse("survey:study_data", args=[slug])
            return redirect(f"{back}?{urlencode({'cohort': cohort or ''})}")
        return as_file(path.read_bytes(), made.name, TYPES[ending])


def as_file(content: bytes, name: str, kind: str) -> HttpResponse:
    """A file to download."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
