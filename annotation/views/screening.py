"""Pages of screenings: what was flagged, blind checks of both sides, the ledger, and the release."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.access import access_dataset, access_screening, refuse_unfinished
from annotation.models import ScenarioVersion, Screened, Screening
from annotation.screening_forms import ReleaseForm, ReviewForm, RowFilter, ScreeningForm
from annotation.services import screening_ledger as ledgers
from annotation.services import screening_rules as rules
from annotation.services.imports import scratch_folder
from annotation.services.screening import (
    Checks,
    changed_since,
    checks_done,
    make_screening,
    next_to_check,
    review,
    with_outcome,
)
from pact_site.base.access import researcher_only
from pact_site.base.aside import scratch
from pact_site.base.errors import BadInput
from pact_site.base.models import User

PER_PAGE = 25
HERE = "release:screening_detail"


@require_safe
@researcher_only
def screening_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The dataset's screenings with what they came to."""
    dataset = access_dataset(request.user, slug)
    refuse_unfinished(request.user, dataset)
    rows = [(row, ledgers.outcome(row)) for row in dataset.screenings.select_related("release")]
    return render(request, "annotation/screening_list.html", {"dataset": dataset, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def screening_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Flag the dataset's scenarios by a rule and draw the checks."""
    dataset = access_dataset(request.user, slug)
    refuse_unfinished(request.user, dataset)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ScreeningForm(dataset, *posted)
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = make_screening(
                dataset=dataset,
                name=given["name"],
                flag=_rule(given),
                checks=Checks(given["flagged"], given["unflagged"]),
                seed=given["seed"],
                actor=cast(User, request.user),
            )
        except BadInput as error:
            form.add_error(_field(form, error, given["rule"]), str(error))
        else:
            return redirect(HERE, slug, made.pk)
    status = 422 if form.is_bound else 200
    context = {"dataset": dataset, "form": form}
    return render(request, "annotation/screening_new.html", context, status=status)


@require_safe
@researcher_only
def screening_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """What a screening came to, its errors as far as people checked, and its rows."""
    screening = access_screening(request.user, slug, pk)
    form = RowFilter(request.GET)
    rows = _filtered(screening, form)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "dataset": screening.dataset,
        "screening": screening,
        "outcome": ledgers.outcome(screening),
        "errors": ledgers.errors(screening),
        "changed": changed_since(screening),
        "form": form,
        "release_form": ReleaseForm(),
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "query": query.urlencode(),
    }
    return render(request, "annotation/screening_detail.html", context)


@require_safe
@researcher_only
def check_next(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """On to the next drawn scenario that nobody has checked, behind `after`."""
    screening = access_screening(request.user, slug, pk)
    after = request.GET.get("after", "")
    row = next_to_check(screening, int(after) if after.isdecimal() else 0)
    if row is None or screening.release_id:
        messages.success(request, _("All drawn scenarios are checked."))
        return redirect(HERE, slug, pk)
    return redirect("release:check_one", slug, pk, row.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def check_one(request: HttpRequest, slug: str, pk: int, row: int) -> HttpResponse:
    """One drawn scenario to keep or remove, without a word on what the rule said."""
    screening = access_screening(request.user, slug, pk)
    screened = _row(screening, row, to_check=True)
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _reviewed(request, screened, form):
        return redirect("release:check_next", slug, pk)
    done, drawn = checks_done(screening)
    context = {
        "dataset": screening.dataset,
        "screening": screening,
        "row": screened,
        "form": form,
        "done": done,
        "all": drawn,
    }
    status = 422 if form.errors else 200
    return render(request, "annotation/screening_check.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def row_detail(request: HttpRequest, slug: str, pk: int, row: int) -> HttpResponse:
    """One row of the ledger with everything known of it, to decide by hand."""
    screening = access_screening(request.user, slug, pk)
    screened = _row(screening, row)
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _reviewed(request, screened, form):
        messages.success(request, _("The decision is recorded."))
        return redirect("release:row_detail", slug, pk, row)
    context = {
        "dataset": screening.dataset,
        "screening": screening,
        "row": _row(screening, row),
        "reviews": screened.reviews.select_related("reviewed_by").order_by("-id"),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "annotation/screening_row.html", context, status=status)


@require_safe
@researcher_only
def ledger_csv(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The ledger as CSV, a row a scenario."""
    screening = access_screening(request.user, slug, pk)
    table = io.StringIO()
    ledgers.write_ledger(table, screening)
    response = HttpResponse(table.getvalue(), content_type="text/csv; charset=utf-8")
    mark = "-SIMULATED" if screening.simulated else ""
    name = f"{screening.dataset.slug}-ledger-{screening.pk}{mark}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@researcher_only
def release_make(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Freeze what the screening keeps as the dataset's next release."""
    screening = access_screening(request.user, slug, pk)
    form = ReleaseForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    try:
        release = ledgers.release_screening(
            screening=screening, note=note, actor=cast(User, request.user)
        )
    except BadInput as error:
        messages.error(request, str(error))
        return redirect(HERE, slug, pk)
    messages.success(request, _("Release %(number)s is made.") % {"number": release.number})
    return redirect("release:release_detail", slug, release.number)


def _reviewed(request: HttpRequest, screened: Screened, form: ReviewForm) -> bool:
    if not form.is_valid():
        return False
    try:
        review(
            screened=screened,
            decision=request.POST.get("decision", ""),
            reason=form.cleaned_data["reason"],
            actor=cast(User, request.user),
        )
    except BadInput as error:
        form.add_error("reason" if error.column == "reason" else None, error.message)
        return False
    return True


def _row(screening: Screening, pk: int, **fields: Any) -> Any:
    rows = with_outcome(screening).select_related("version__scenario__dataset")
    return get_object_or_404(rows, pk=pk, **fields)


def _rule(given: dict[str, Any]) -> Callable[[Sequence[ScenarioVersion]], rules.Flags]:
    """The chosen rule as `make_screening` takes it."""

    def flag(versions: Sequence[ScenarioVersion]) -> rules.Flags:
        if given["rule"] == "judge":
            return rules.by_judge(given["judge"], versions, criteria=given["criteria"])
        if given["rule"] == "people":
            return rules.by_people(given["validation"], versions, criteria=given["criteria"])
        if given["rule"] == "list":
            return _by_upload(given["file"], versions)
        return rules.by_nothing()

    return flag


def _by_upload(upload: UploadedFile[bytes], versions: Sequence[ScenarioVersion]) -> rules.Flags:
    name = Path(upload.name or "list.csv").name
    with scratch(scratch_folder() / "upload") as folder:
        path = folder / name[-60:]
        with path.open("wb") as stream:
            stream.writelines(upload.chunks())
        return rules.by_list(path, versions, name=name)


def _field(form: ScreeningForm, error: BadInput, rule: str) -> str | None:
    if error.column in form.fields:
        return error.column
    return "file" if rule == "list" else None


def _filtered(screening: Screening, form: RowFilter) -> QuerySet[Any]:
    rows = with_outcome(screening)
    if not form.is_valid():
        return rows
    chosen = {
        "flagged": Q(flagged=True),
        "removed": Q(removed=True),
        "overridden": ~Q(removed=F("flagged")),
        "to_check": Q(to_check=True),
        "silent": Q(flagged=False) & ~Q(reasons=[]),
    }.get(form.cleaned_data["show"], Q())
    rows = rows.filter(chosen)
    for word in form.cleaned_data["q"].split():
        rows = rows.filter(
            Q(version__situation__icontains=word) | Q(version__scenario__key__icontains=word)
        )
    return rows
