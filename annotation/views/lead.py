"""What a validation found, for researchers whose own answers are final: agreement with intervals,
who agrees with whom, the judge beside people, items by disagreement, and their settlement."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from analysis.metrics.agreement import POOLED, SINGLE_RATED, WEIGHTS
from annotation.access import access_results, access_sampled_item, access_validation
from annotation.lead_forms import ItemFilter, OutcomeForm
from annotation.models import Criterion, SampledItem, Validation
from annotation.services.labels import answers as said
from annotation.services.labels import finding, judged, passing, results
from annotation.services.labels.adjudicating import adjudicate
from annotation.services.validation.progress import by_seat, progress
from annotation.views import lead_tables as tables
from annotation.views.validation_tabs import tabs
from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User

HERE = "validation:results"
PER_PAGE = 20
FIRST_ITEMS = 5


@researcher_only
@require_safe
def overview(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything the labels amount to, on one page."""
    validation = access_results(request.user, slug)
    context = _base(validation)
    ratings = results.ratings_of(validation)
    if not ratings.empty:
        rule = results.Rule.asked(request.GET.get("single"), request.GET.get("weights"))
        coefficient = tables.chosen_coefficient(request.GET.get("coefficient"), rule)
        context |= _agreement(validation, ratings, rule, coefficient)
        context |= _judged(validation, ratings, coefficient, context["codes"])
        context |= _first_items(validation, ratings)
    return render(request, "annotation/lead_results.html", context)


@researcher_only
@require_safe
def progress_part(request: HttpRequest, slug: str) -> HttpResponse:
    """How far everybody is; the page asks again while answers are taken."""
    validation = access_validation(request.user, slug)
    return render(request, "annotation/_lead_progress.html", _progress(validation))


@researcher_only
@require_safe
def item_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Items by how much their annotators differ, each answer with its reason."""
    validation = access_results(request.user, slug)
    form = ItemFilter(validation, request.GET)
    criterion = form.wanted("criterion")
    ratings = results.ratings_of(validation)
    rows = results.items(validation, ratings, criterion)
    kept = finding.filtered(
        validation, rows, show=form.wanted("show"), words=form.wanted("q"), criterion=criterion
    )
    page = Paginator(kept, PER_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = _base(validation) | {
        "form": form,
        "page": page,
        "query": query.urlencode(),
        "shown": finding.in_full(validation, list(page.object_list)),
        "rated": len(rows),
    }
    return render(request, "annotation/lead_items.html", context)


@researcher_only
@require_http_methods(["GET", "HEAD", "POST"])
def item_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One item with everything that was said of it, and the lead's outcome."""
    validation = access_results(request.user, slug)
    item = access_sampled_item(validation, pk)
    criteria = list(validation.criteria.select_related("validation"))
    posted = next((one for one in criteria if one.code == request.POST.get("criterion")), None)
    refused = None
    if posted is not None:
        refused = OutcomeForm(posted, request.POST)
        if _settle(refused, item, posted, cast(User, request.user)):
            messages.success(request, _("The outcome is recorded; the labels stay as they are."))
            return redirect("validation:result_item", slug, pk)
    status = 422 if request.method == "POST" else 200
    context = _of_item(validation, item, criteria, refused)
    return render(request, "annotation/lead_item.html", context, status=status)


def _settle(form: OutcomeForm, item: SampledItem, criterion: Criterion, actor: User) -> bool:
    if not form.is_valid():
        return False
    try:
        adjudicate(item=item, criterion=criterion, actor=actor, **form.cleaned_data)
    except BadInput as error:
        form.add_error(error.column if error.column in form.fields else None, error.message)
        return False
    return True


def _base(validation: Validation) -> dict[str, Any]:
    criteria = list(validation.criteria.all())
    return {
        "validation": validation,
        "tabs": tabs(validation, HERE),
        "criteria": criteria,
        "codes": [criterion.code for criterion in criteria],
        "pooled": POOLED,
        "yes": results.affirmative(validation.labels),
    } | _progress(validation)


def _progress(validation: Validation) -> dict[str, Any]:
    return {
        "validation": validation,
        "progress": progress(validation),
        "by_seat": by_seat(validation),
    }


def _agreement(
    validation: Validation, ratings: Any, rule: results.Rule, coefficient: str
) -> dict[str, Any]:
    found = results.agreement(validation, ratings, rule)
    codes = [criterion.code for criterion in validation.criteria.all()]
    steady = tables.in_order(results.steadiness(validation), codes)
    names, rows = tables.matrix(results.pairs(validation, ratings, rule), ratings)
    return {
        "rule": rule,
        "rules": SINGLE_RATED,
        "all_weights": WEIGHTS if len(validation.labels) > 2 else (),
        "coefficient": coefficient,
        "coefficients": tables.coefficient_choices(rule),
        "drawn": tables.drawn(found, coefficient, ratings, validation.labels),
        "every": tables.every_coefficient(found),
        "matrix_names": names,
        "matrix": rows,
        "steady": [(row.criterion, tables.spot(row), row.n_items) for row in steady],
        "n_labels": len(ratings),
        "n_items": int(ratings["item"].nunique()),
    }


def _judged(
    validation: Validation, ratings: Any, coefficient: str, codes: list[str]
) -> dict[str, Any]:
    population = passing.population(validation, ratings)
    judges = judged.judges(validation, ratings, population)
    return {
        "human_rate": passing.human_rate(population),
        "judges": [tables.judge_table(one, coefficient, codes) for one in judges],
    }


def _first_items(validation: Validation, ratings: Any) -> dict[str, Any]:
    differing = [row for row in results.items(validation, ratings) if row.disagreement]
    return {
        "differing": len(differing),
        "shown": finding.in_full(validation, differing[:FIRST_ITEMS]),
    }


def _of_item(
    validation: Validation,
    item: SampledItem,
    criteria: list[Criterion],
    refused: OutcomeForm | None,
) -> dict[str, Any]:
    [found] = said.answers(validation, [item])
    verdicts = said.verdicts(item, criteria)
    parts = []
    for criterion in criteria:
        outcome = found.outcomes.get(criterion.pk)
        form = OutcomeForm(criterion, initial=_initial(outcome))
        if refused is not None and refused.prefix == criterion.code:
            form = refused
        parts.append(
            {
                "criterion": criterion,
                "given": found.of(criterion),
                "differs": found.differs(criterion),
                "verdicts": verdicts[criterion.code],
                "outcome": outcome,
                "form": form,
                "refused": form is refused,
            }
        )
    earlier = [(sheet, said.earlier(sheet.task, criteria)) for sheet in found.sheets]
    return _base(validation) | {
        "item": item,
        "answers": found,
        "parts": parts,
        "earlier": [(sheet, kept) for sheet, kept in earlier if kept],
    }


def _initial(outcome: Any) -> dict[str, str]:
    return {} if outcome is None else {"value": outcome.value, "rationale": outcome.rationale}
