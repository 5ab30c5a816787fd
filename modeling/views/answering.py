"""What a run's answers say: the unreadable ones, the text audit, flips, and two runs compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from modeling.access import access_run
from modeling.backends import INVALID_REASONS
from modeling.models import Run
from modeling.services import answers, attributes, auditing, comparing, flips, repeating
from modeling.services.invalid import InvalidAnswers
from modeling.services.pairing import labels_of
from pact_site.base.access import researcher_only
from pact_site.base.csvsafe import stream_rows
from pact_site.base.errors import BadInput

PER_PAGE = 25
ASKS_FIRST = 5_000_000
"""Two runs with more answers than this are compared on the page only when told to: some 200 bytes
of the server's memory an answer."""

View = Callable[..., HttpResponse]


def refusals_shown(view: View) -> View:
    """What cannot be shown (an unknown filter, a damaged file) is a page that says why, with 422."""

    @wraps(view)
    def shown(request: HttpRequest, public_id: str, **more: Any) -> HttpResponse:
        named = Run.objects.filter(public_id__in=[public_id, *more.values()])
        try:
            with answers.reading(named.values_list("pk", flat=True)):
                return view(request, public_id, **more)
        except BadInput as error:
            run = access_run(request.user, public_id)
            context = {"run": run, "words": str(error)}
            return render(request, "modeling/run_refused.html", context, status=422)

    return shown


@require_safe
@researcher_only
@refusals_shown
def run_invalid(request: HttpRequest, public_id: str) -> HttpResponse:
    """Unreadable answers by reason, to filter, each with its whole raw text."""
    run = access_run(request.user, public_id)
    found = _invalid(request, run)
    page = _page(found, request)
    for row in page:
        row["meaning"] = INVALID_REASONS.get(row["invalid_reason"], "")
        row["attributes"] = found.layout.described(row)
        row["known_as"] = row[found.layout.shown[0]]
        row["prompt_url"] = _prompt_url(run, row["cell_key"])
    context = {
        "run": run,
        "reasons": found.reasons(),
        "reason": found.reason,
        "offered": [(one, request.GET.get(one.attribute.name, "")) for one in found.offered()],
        "filtered": found.filtered,
        "page": page,
        "query": without_page(request),
    }
    return render(request, "modeling/run_invalid.html", context)


@require_safe
@researcher_only
def run_invalid_csv(request: HttpRequest, public_id: str) -> HttpResponse | StreamingHttpResponse:
    """The same answers as a file, all pages of them."""
    run = access_run(request.user, public_id)
    try:
        with answers.reading([run.pk]):
            found = _invalid(request, run)
            len(found)  # what is damaged shows before the first byte is sent
    except BadInput as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    pieces = stream_rows(found.columns, found.batches())
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="run-{run.public_id}-invalid.csv"'
    return response


@require_safe
@researcher_only
@refusals_shown
def run_audit(request: HttpRequest, public_id: str) -> HttpResponse:
    """First tokens against written answers, with those of other runs beside where asked."""
    run = access_run(request.user, public_id)
    layout = attributes.layout_of(run)
    among = [run, *comparing.comparable(run)] if request.GET.get("all") else [run]
    found = auditing.audit(among)
    page = _page(found.disagreements, request)
    for row in page:
        row["attributes"] = layout.described(row)
        row["known_as"] = row[layout.shown[0]]
        row["prompt_url"] = _prompt_url(run, row["cell_key"])
    context = {
        "run": run, "audit": found, "page": page, "query": without_page(request), "runs": among,
        "others": comparing.comparable(run).exists(),
    }  # fmt: skip
    return render(request, "modeling/run_audit.html", context)


@require_safe
@researcher_only
@refusals_shown
def run_flips(request: HttpRequest, public_id: str) -> HttpResponse:
    """Pairs of answers that differ in one attribute and part in their choice."""
    run = access_run(request.user, public_id)
    choices = flips.varied(run)
    context: dict[str, Any] = {"run": run, "choices": [attribute for attribute, _ in choices]}
    if choices:
        chosen = request.GET.get("by") or choices[0][0].name
        given = {name: request.GET.get(name, "") for name in ("base", "other")}
        if request.GET.get("by") != request.GET.get("was", request.GET.get("by")):
            given = {}  # values of the attribute that was shown before
        found = flips.of(run, chosen, **given)
        values = next(codes for attribute, codes in choices if attribute.name == chosen)
        context |= {
            "flips": found,
            "values": [(code, found.attribute.words(code)) for code in values],
            "other": given.get("other", ""),
            "page": _pairs(found.flipped, run, request),
            "first_label": labels_of(run)[0],
            "query": without_page(request),
        }
    return render(request, "modeling/run_flips.html", context)


@require_safe
@researcher_only
@refusals_shown
def run_compare_with(request: HttpRequest, public_id: str) -> HttpResponse:
    """Choose the run to compare with; `with` in the address leads on."""
    run = access_run(request.user, public_id)
    other = request.GET.get("with", "")
    if other:
        return redirect("modeling:run_compare", public_id, other)
    others = comparing.comparable(run) if attributes.layout_of(run).paired else Run.objects.none()
    return render(request, "modeling/run_compare_with.html", {"run": run, "others": others})


@require_safe
@researcher_only
@refusals_shown
def run_compare(request: HttpRequest, public_id: str, other_id: str) -> HttpResponse:
    """Two runs paired cell by cell, or why they cannot be."""
    run, other = access_run(request.user, public_id), access_run(request.user, other_id)
    context: dict[str, Any] = {
        "run": run, "other": other, "why_not": comparing.why_not(run, other),
        "differences": repeating.differences(run.manifest, other.manifest),
    }  # fmt: skip
    answered = comparing.answers_of(run, other)
    if answered > ASKS_FIRST and not request.GET.get("anyway") and not context["why_not"]:
        return render(request, "modeling/run_compare.html", context | {"answered": answered})
    if not context["why_not"]:
        found = comparing.compare(run, other)
        context |= {"comparison": found, "page": _pairs(found.flipped, run, request, other)}
        context["query"] = without_page(request)
    status = 422 if context["why_not"] else 200
    return render(request, "modeling/run_compare.html", context, status=status)


def without_page(request: HttpRequest) -> str:
    """The query without its page, for links to other pages of the same list."""
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


def _page(rows: Sequence[Any], request: HttpRequest) -> Page[Any]:
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


def _pairs(
    rows: Sequence[Any], run: Run, request: HttpRequest, other: Run | None = None
) -> Page[Any]:
    """A page of pairs: what both share, and each side with its words and its prompt's address."""
    layout = attributes.layout_of(run)
    page = _page(rows, request)
    page.object_list = [
        {
            "known_as": one[layout.shown[0]],
            "shared": [
                (a, said) for (a, said), (_, other_said) in
                zip(layout.described(one), layout.described(two), strict=True) if said == other_said
            ],
            "sides": [_side(run, one, two, layout), _side(other or run, two, one, layout)],
        }
        for one, two in page.object_list
    ]  # fmt: skip
    return page


def _side(
    run: Run, row: dict[str, Any], other: dict[str, Any], layout: attributes.Layout
) -> dict[str, Any]:
    mine, theirs = layout.described(row), layout.described(other)
    own = [said for (_, said), (_, unlike) in zip(mine, theirs, strict=True) if said != unlike]
    return row | {"run": run, "own": own, "prompt_url": _prompt_url(run, row["cell_key"])}


def _invalid(request: HttpRequest, run: Run) -> InvalidAnswers:
    given = {name: str(value) for name, value in request.GET.items() if name != "page"}
    return InvalidAnswers(run, given)


def _prompt_url(run: Run, cell_key: str) -> str:
    """Where the cell's prompt is shown, where there is such a page; imported runs hold no prompts."""
    if run.imported:
        return ""
    try:
        return reverse("modeling:cell_prompt", args=[run.public_id, cell_key])
    except NoReverseMatch:
        return ""
