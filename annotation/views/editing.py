"""Versions of a scenario: written, compared, brought back."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.access import access_scenario
from annotation.construction_forms import VersionForm
from annotation.models import Scenario, ScenarioVersion
from annotation.services import editing
from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def scenario_edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Write a further version; what the checks find in it is shown once it is saved."""
    scenario = access_scenario(request.user, slug, pk)
    newest = _newest(scenario)
    if request.method != "POST":
        return _edit_page(request, scenario, newest, VersionForm(newest=newest), 200)
    form = VersionForm(request.POST, newest=newest)
    written = _save(form, scenario, cast(User, request.user)) if form.is_valid() else None
    if written is None:
        return _edit_page(request, scenario, newest, form, 422)
    if not written.is_new:
        messages.info(request, _("Nothing differs from the newest version: nothing was added."))
        return redirect("annotation:scenario_detail", slug, pk)
    told = _("Version %(number)s is saved.") % {"number": written.version.number}
    messages.success(request, told)
    for finding in editing.findings(written.version):
        words = f" ({', '.join(finding.found)})" if finding.found else ""
        messages.warning(request, f"{finding.column.replace('_', ' ')}: {finding.sentence}{words}")
    return redirect("annotation:scenario_history", slug, pk)


@require_safe
@researcher_only
def scenario_history(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Every version with who, when and why, and two of them woven together word by word."""
    scenario = access_scenario(request.user, slug, pk)
    versions = list(scenario.versions.select_related("created_by").order_by("-number"))
    after = _chosen(versions, request.GET.get("after"), versions[0])
    previous = [version for version in versions if version.number < after.number]
    before = _chosen(versions, request.GET.get("before"), previous[0] if previous else after)
    context = {
        "scenario": scenario,
        "versions": versions,
        "newest": versions[0],
        "before": before,
        "after": after,
        "changes": editing.compare(before, after),
        "findings": editing.findings(after),
    }
    return render(request, "annotation/scenario_history.html", context)


@require_POST
@researcher_only
def scenario_restore(request: HttpRequest, slug: str, pk: int, number: int) -> HttpResponse:
    """Bring the texts of an earlier version back as a further one."""
    scenario = access_scenario(request.user, slug, pk)
    get_object_or_404(scenario.versions, number=number)
    given = request.POST.get("based_on", "")
    try:
        written = editing.restore(
            scenario=scenario,
            number=number,
            based_on=int(given) if given.isdecimal() else 0,
            actor=cast(User, request.user),
        )
    except BadInput as error:
        messages.error(request, error.message)
    else:
        told = _("Version %(old)s is restored as version %(new)s.")
        messages.success(request, told % {"old": number, "new": written.version.number})
    return redirect("annotation:scenario_history", slug, pk)


def _edit_page(
    request: HttpRequest,
    scenario: Scenario,
    newest: ScenarioVersion,
    form: VersionForm,
    status: int,
) -> HttpResponse:
    context = {
        "scenario": scenario,
        "newest": newest,
        "form": form,
        "findings": editing.findings(newest),
    }
    return render(request, "annotation/scenario_edit.html", context, status=status)


def _save(form: VersionForm, scenario: Scenario, actor: User) -> editing.Written | None:
    """The version written, or None with the form saying what is wrong."""
    given = form.cleaned_data
    assert form.wording is not None
    try:
        return editing.edit(
            scenario=scenario,
            wording=form.wording,
            based_on=given["based_on"],
            note=given["note"],
            actor=actor,
        )
    except BadInput as error:
        form.add_refusal(error)
    return None


def _newest(scenario: Scenario) -> ScenarioVersion:
    return max(scenario.versions.all(), key=lambda version: version.number)


def _chosen(
    versions: list[ScenarioVersion], number: str | None, otherwise: ScenarioVersion
) -> ScenarioVersion:
    return next((one for one in versions if str(one.number) == number), otherwise)
