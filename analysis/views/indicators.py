"""Tables of figures about countries: listed, uploaded, deleted after a question."""

from typing import cast

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from analysis.access import access_indicators
from analysis.forms import IndicatorForm
from analysis.models import IndicatorTable
from analysis.services.indicators import delete_indicators, store_upload
from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User


def counted() -> QuerySet[IndicatorTable]:
    """Every table with the number of its countries."""
    return IndicatorTable.objects.annotate(countries=Count("values__country", distinct=True))


@require_safe
@researcher_only
def indicator_list(request: HttpRequest) -> HttpResponse:
    """Every table with its source and licence."""
    return render(request, "analysis/indicator_list.html", {"tables": counted()})


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def indicator_new(request: HttpRequest) -> HttpResponse:
    """Upload a table; what is wrong with it is named by row and column."""
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = IndicatorForm(*posted)
    if request.method == "POST" and form.is_valid():
        try:
            given = dict(form.cleaned_data)
            table = store_upload(given.pop("file"), actor=cast(User, request.user), **given)
        except BadInput as error:
            form.add_error("slug" if error.column == "slug" else "file", str(error))
        else:
            messages.success(request, _("%(name)s is stored.") % {"name": table.name})
            return redirect("analysis:indicator_list")
    status = 400 if form.is_bound else 200
    return render(request, "analysis/indicator_new.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def indicator_delete(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask, then delete."""
    table = access_indicators(slug)
    if request.method != "POST":
        return render(request, "analysis/indicator_delete.html", {"table": table})
    delete_indicators(table=table, actor=cast(User, request.user))
    messages.success(request, _("%(name)s is deleted.") % {"name": table.name})
    return redirect("analysis:indicator_list")
