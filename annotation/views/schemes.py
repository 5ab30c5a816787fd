"""Countries and schemes: how a name resolves, why two countries are close, and editions of one's own."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from annotation.scheme_forms import FORMS, CopyForm, LookupForm, PairForm
from annotation.services import schemes
from annotation.services.schemes import DISTANCE, REGION
from annotation.vocab.countries import UnknownCountry, all_countries, by_iso2, resolve
from annotation.vocab.distance import DEFAULT_SCHEME, UnknownScheme, explain
from annotation.vocab.regions import DEFAULT_REGIONS, UnknownRegions
from annotation.vocab.terms import Relation
from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User

HERE = "scheme:scheme_detail"


@require_safe
@researcher_only
def scheme_list(request: HttpRequest) -> HttpResponse:
    """All schemes, a look-up of names, and a question about a pair."""
    lookup = LookupForm(request.GET)
    asked = request.GET.get("country", "").strip()
    context = {
        "distance": schemes.all_schemes(DISTANCE),
        "regions": schemes.all_schemes(REGION),
        "lookup": lookup,
        "asked": asked,
        "found": _looked_up(asked) if asked else None,
        "pair_form": PairForm(initial={"scheme": DEFAULT_SCHEME}),
        "countries": len(all_countries()),
    }
    return render(request, "annotation/scheme_list.html", context)


@require_safe
@researcher_only
def pair(request: HttpRequest) -> HttpResponse:
    """Why two countries are close, far or neither, in both directions."""
    form = PairForm(request.GET or None)
    context: dict[str, Any] = {"pair_form": form}
    if form.is_valid():
        given = form.cleaned_data
        scheme = _or_404(DISTANCE, given["scheme"])
        rules = schemes.find_distance(scheme)
        here, there = by_iso2(given["participant"]), by_iso2(given["scenario"])
        context |= {
            "scheme": scheme,
            "here": here,
            "there": there,
            "judged": explain(rules, here.iso2, there.iso2),
            "back": explain(rules, there.iso2, here.iso2),
        }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "annotation/scheme_pair.html", context, status=status)


@require_safe
@researcher_only
def scheme_detail(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """One scheme or edition: its parameters, overrides or regions, and its other editions."""
    full = _or_404(kind, name)
    definition = schemes.definition_of(kind, full)
    edition = schemes.edition_named(kind, full)
    context = {
        "kind": kind,
        "name": full,
        "own": edition.name if edition else "",
        "edition": edition,
        "editions": schemes.editions_of(kind, edition.name) if edition else [],
        "definition": definition,
        "hash": schemes.hash_of(kind, full),
        "pairs": _pairs(definition),
        "regions": _regions(definition),
        "participants": [by_iso2(code).name for code in definition.get("participants", ())],
    }
    return render(request, "annotation/scheme_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def scheme_copy(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """A scheme of one's own that starts as a copy of this one."""
    base = _or_404(kind, name)
    form = CopyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = schemes.copy_scheme(
                kind=kind, base=base, actor=cast(User, request.user), **form.cleaned_data
            )
        except BadInput as error:
            form.add_error("name", str(error))
        else:
            return redirect("scheme:scheme_edit", kind, made.name)
    context = {"kind": kind, "name": base, "form": form}
    status = 422 if form.errors else 200
    return render(request, "annotation/scheme_copy.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def scheme_edit(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """Make the next edition of an own scheme."""
    _or_404(kind, name)
    newest = schemes.editions_of(kind, name.partition("@")[0]).first()
    if newest is None:
        raise Http404
    form_class = FORMS[newest.definition["kind"]]
    form = form_class(
        request.POST if request.method == "POST" else None,
        initial=form_class.filled(newest.definition),
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = schemes.edit_scheme(
                kind=kind,
                name=newest.name,
                changes=form.changes(),
                note=form.cleaned_data["note"],
                actor=cast(User, request.user),
            )
        except BadInput as error:
            form.add_error(error.column if error.column in form.fields else None, str(error))
        else:
            messages.success(request, _("%(name)s is made.") % {"name": made})
            return redirect(HERE, kind, str(made))
    context = {"kind": kind, "newest": newest, "form": form}
    status = 422 if form.errors else 200
    return render(request, "annotation/scheme_edit.html", context, status=status)


@require_safe
@researcher_only
def scheme_changes(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """What changed from another scheme or edition (`from`) to this one."""
    full = _or_404(kind, name)
    before = _or_404(kind, request.GET.get("from", full))
    context = {
        "kind": kind,
        "name": full,
        "before": before,
        "changes": schemes.difference(kind, before, full),
    }
    return render(request, "annotation/scheme_changes.html", context)


@require_safe
@researcher_only
def scheme_json(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """The definition as a file of the documented form."""
    full = _or_404(kind, name)
    response = JsonResponse(
        schemes.definition_of(kind, full), json_dumps_params={"indent": 2, "ensure_ascii": False}
    )
    response["Content-Disposition"] = f'attachment; filename="{full}.json"'
    return response


def _or_404(kind: str, name: str) -> str:
    """The scheme's full name; Http404 for an unknown kind or name."""
    if kind not in (DISTANCE, REGION):
        raise Http404
    try:
        return schemes.full_name(kind, name)
    except (UnknownScheme, UnknownRegions):
        raise Http404 from None


def _looked_up(asked: str) -> dict[str, Any]:
    try:
        country = resolve(asked)
    except UnknownCountry as error:
        return {"country": None, "suggestions": error.suggestions}
    region = schemes.find_regions(DEFAULT_REGIONS).region_of(country.iso2)
    neighbours = [by_iso2(code).name for code in country.neighbours]
    return {"country": country, "region": region, "neighbours": neighbours}


def _pairs(definition: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "here": by_iso2(row["participant"]),
            "there": by_iso2(row["scenario"]),
            "relation": Relation(row["relation"]).value,
            "note": row["note"],
        }
        for row in definition.get("overrides", ())
    ]


def _regions(definition: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [
        (label, sorted(by_iso2(code).name for code in codes))
        for label, codes in definition.get("regions", {}).items()
    ]
