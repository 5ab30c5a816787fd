"""Researchers' pages of an instrument: edit, compare, restore, and the states of a study."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.vocab.countries import all_countries
from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from survey import access
from survey.instrument_editor import Editor
from survey.instrument_forms import NewStudyForm, NoteForm, UploadForm
from survey.models import Cohort, Instrument, Study
from survey.services import comparing, linting, preregistration, states, studies, tickets
from survey.services.instrument_reader import BadPart
from survey.views.tabs import tabs

HERE = "survey:study_instrument"
MAX_UPLOAD = 1_000_000
"""Bytes of an uploaded definition; the standard one has 7,000."""


@researcher_only
@require_http_methods(["GET", "HEAD", "POST"])
def study_instrument(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest version as a form; posting it makes the next version."""
    study = access.study_with_instrument(slug)
    if request.method != "POST":
        return _page(request, study)
    editor, note = Editor(study.instrument.definition, request.POST), NoteForm(request.POST)
    base = _number(request.POST, "base", study.instrument.number)
    if editor.is_valid() and note.is_valid():
        try:
            changed, words = editor.definition(), note.cleaned_data["note"]
            return _save(request, study, changed, words, based_on=base)
        except studies.Superseded as error:
            base = study.instrument.number
            editor.refuse("", str(error))
        except BadPart as error:
            editor.refuse(error.path, str(error))
        except BadInput as error:
            editor.refuse("", str(error))
    return _page(request, study, editor=editor, note=note, base=base, invalid=True)


@researcher_only
@require_POST
def upload(request: HttpRequest, slug: str) -> HttpResponse:
    """A definition from a file as the next version."""
    study = access.study_with_instrument(slug)
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            definition = _read(form.cleaned_data["file"])
            return _save(request, study, definition, form.cleaned_data["note"])
        except BadInput as error:
            form.add_error("file", str(error))
    return _page(request, study, upload=form, invalid=True)


@researcher_only
@require_safe
def download(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One version's definition as a file that can be uploaded again."""
    row = _version(access.study_with_instrument(slug), number)
    body = json.dumps(row.definition, indent=2, ensure_ascii=False)
    response = HttpResponse(body, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{slug}-instrument-{number}.json"'
    return response


@researcher_only
@require_safe
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """What differs between two versions: the two newest unless others are asked for."""
    study = access.study_with_instrument(slug)
    newest = study.instrument.number
    after = _version(study, _number(request.GET, "after", newest))
    before = _version(study, _number(request.GET, "before", max(after.number - 1, 1)))
    context = {
        "study": study,
        "tabs": tabs(study, HERE),
        "versions": study.instruments.order_by("-number"),
        "before": before,
        "after": after,
        "changes": comparing.compare_versions(before, after),
    }
    return render(request, "survey/instrument_compare.html", context)


@researcher_only
@require_POST
def restore(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """An old version again, as the newest one."""
    study = access.study_with_instrument(slug)
    row = _version(study, number)
    try:
        return _save(request, study, row.definition, _("Version %d restored") % number)
    except BadInput as error:
        messages.error(request, str(error))
        return redirect(HERE, slug)


@researcher_only
@require_http_methods(["GET", "HEAD", "POST"])
def study_state(request: HttpRequest, slug: str, change: str) -> HttpResponse:
    """Ask what a change of state will do, then do it."""
    study = access.study_with_instrument(slug)
    wanted = next((one for one in states.CHANGES if one.name == change), None)
    if wanted is None:
        raise Http404
    context: dict[str, object] = {"study": study, "tabs": tabs(study, HERE), "change": wanted}
    if request.method == "POST":
        try:
            wanted.run(study=study, actor=_actor(request))
            messages.success(request, _("Done: the study's state has changed."))
            return redirect(HERE, slug)
        except BadInput as error:
            context["refused"] = str(error)
    findings = linting.lint(study) if wanted.name in ("open", "reopen") else []
    context |= {
        "findings": findings,
        "blocked": bool(linting.fatal(findings)) or not wanted.possible(study),
        "under_way": states.people_under_way(study),
        "instrument": study.instrument,
    }
    status = 422 if "refused" in context else 200
    return render(request, "survey/instrument_state.html", context, status=status)


@researcher_only
@require_http_methods(["GET", "HEAD", "POST"])
def study_new(request: HttpRequest) -> HttpResponse:
    """A draft study over a release, with the standard instrument."""
    form = NewStudyForm(request.POST or None, initial={"release": request.GET.get("release")})
    if request.method == "POST" and form.is_valid():
        try:
            study = studies.new_study(**form.cleaned_data, actor=_actor(request))
            return redirect(HERE, study.slug)
        except BadInput as error:
            form.add_error(error.column, error.message)
    status = 422 if form.errors else 200
    return render(request, "survey/instrument_new_study.html", {"form": form}, status=status)


def _page(request: HttpRequest, study: Study, **context: Any) -> HttpResponse:
    newest = study.instrument
    ticket = tickets.make_ticket(study, Cohort.PREVIEW)
    common = {
        "study": study,
        "tabs": tabs(study, HERE),
        "instrument": newest,
        "base": newest.number,
        "editor": Editor(newest.definition),
        "country_names": sorted(str(country) for country in all_countries()),
        "note": NoteForm(),
        "upload": UploadForm(),
        "findings": linting.lint(study),
        "changes": states.possible_changes(study),
        "versions": study.instruments.select_related("created_by").order_by("-number"),
        "real_answers": preregistration.real_answers(study),
        "preview_url": f"{reverse('survey:entry', args=[study.slug])}?{tickets.PARAMETER}={ticket}",
    }
    status = 422 if context.pop("invalid", False) else 200
    return render(request, "survey/instrument.html", common | context, status=status)


def _save(
    request: HttpRequest, study: Study, definition: Any, note: str, based_on: int | None = None
) -> HttpResponse:
    made = studies.save_instrument(
        study=study, definition=definition, note=note, based_on=based_on, actor=_actor(request)
    )
    if made is None:
        messages.info(request, _("Nothing differs from the newest version: no new one was made."))
    else:
        messages.success(request, _("Saved as version %d.") % made.number)
    return redirect(HERE, study.slug)


def _read(file: Any) -> dict[str, Any]:
    if file.size > MAX_UPLOAD:
        raise BadInput(
            "The file is too large.", found=file.size, expected=f"up to {MAX_UPLOAD} bytes"
        )
    try:
        found = json.loads(file.read().decode("utf-8-sig"), parse_constant=_no_number)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadInput(f"This is not JSON in UTF-8: {error}.", file=file.name) from error
    if not isinstance(found, dict):
        raise BadInput("The file holds no JSON object.", file=file.name)
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _version(study: Study, number: int) -> Instrument:
    return get_object_or_404(study.instruments.select_related("created_by"), number=number)


def _number(sent: QueryDict, name: str, default: int) -> int:
    text = sent.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else default


def _actor(request: HttpRequest) -> User | None:
    return request.user if request.user.is_authenticated else None
