"""A study's texts in other languages: what is there, what is missing, and the fields to mend it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from annotation.models import ScenarioVersion
from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from survey import access
from survey.models import ScenarioText, Study
from survey.services import translating
from survey.services.instruments import definition_of
from survey.services.localising import texts_in
from survey.services.scenario_texts import scenarios_in, store_text, versions_of
from survey.services.standard_texts import suggested
from survey.translation_forms import LanguageForm, ScenarioTextForm, TextsForm
from survey.views.tabs import tabs

NAMES = dict(settings.LANGUAGES)


@researcher_only
@require_safe
def translations(request: HttpRequest, slug: str) -> HttpResponse:
    """Every language that is offered or begun, with what it lacks."""
    study = access.study_with_instrument(slug)
    own = definition_of(study.instrument).language
    begun = translating.states(study)
    taken = {own, *(one.language for one in begun)}
    free = [(tag, name) for tag, name in settings.LANGUAGES if tag not in taken]
    form = LanguageForm(request.GET if "language" in request.GET else None, choices=free)
    if form.is_bound and form.is_valid():
        return redirect("survey:study_translation", slug, form.cleaned_data["language"])
    context = _context(study) | {
        "states": [(one, NAMES.get(one.language, one.language)) for one in begun],
        "own": NAMES.get(own, own),
        "form": form if free else None,
    }
    return render(request, "survey/translations.html", context)


@researcher_only
@require_http_methods(["GET", "HEAD", "POST"])
def translation(request: HttpRequest, slug: str, language: str) -> HttpResponse:
    """The instrument's texts beside their translations; saving makes the next version."""
    study = access.study_with_instrument(slug)
    definition = _definition(study, language)
    form = TextsForm(
        request.POST or None,
        texts=texts_in(definition, language),
        language=language,
        offered=language in definition.languages,
        suggested=suggested(language) if definition.language == "en" else {},
    )
    if request.method == "POST" and form.is_valid():
        try:
            return _save(request, study, language, form)
        except BadInput as error:
            form.add_error(None, str(error))
    context = _context(study, language) | {
        "form": form,
        "definition": definition,
        "state": translating.state(study, language),
        "scenarios": scenarios_in(study, language),
    }
    status = 422 if form.is_bound else 200
    return render(request, "survey/translation.html", context, status=status)


def _save(request: HttpRequest, study: Study, language: str, form: TextsForm) -> HttpResponse:
    made = translating.save_texts(
        study=study,
        language=language,
        told=form.told(),
        offer=form.cleaned_data["offer"],
        actor=_actor(request),
    )
    if made is None:
        messages.info(request, _("Nothing differs from the newest version: no new one was made."))
    else:
        messages.success(request, _("Saved as version %d.") % made.number)
    return redirect("survey:study_translation", study.slug, language)


@researcher_only
@require_http_methods(["GET", "HEAD", "POST"])
def scenario_text(request: HttpRequest, slug: str, language: str, pk: int) -> HttpResponse:
    """One scenario's texts beside their translations; saving replaces them."""
    study = access.study_with_instrument(slug)
    _definition(study, language)
    version = get_object_or_404(versions_of(study).select_related("scenario"), pk=pk)
    told = ScenarioText.objects.filter(study=study, version=version, language=language).first()
    form = ScenarioTextForm(request.POST or None, version=version, told=told, language=language)
    if request.method == "POST" and form.is_valid():
        try:
            return _save_scenario(request, study, version, language, form)
        except BadInput as error:
            form.add_error(None, str(error))
    context = _context(study, language) | {"form": form, "version": version}
    status = 422 if form.is_bound else 200
    return render(request, "survey/translation_scenario.html", context, status=status)


def _save_scenario(
    request: HttpRequest,
    study: Study,
    version: ScenarioVersion,
    language: str,
    form: ScenarioTextForm,
) -> HttpResponse:
    store_text(
        study=study, version=version, language=language, texts=form.told(), actor=_actor(request)
    )
    messages.success(request, _("Saved: %s.") % version.scenario.key)
    return _next(study, language)


def _next(study: Study, language: str) -> HttpResponse:
    """On to the next scenario that has no texts yet; back to the list after the last."""
    missing = (version.pk for version, told in scenarios_in(study, language) if told is None)
    following = next(missing, None)
    if following is None:
        return redirect("survey:study_translation", study.slug, language)
    return redirect("survey:scenario_translation", study.slug, language, following)


def _definition(study: Study, language: str) -> Any:
    """The instrument, if it can be translated into this; 404 otherwise."""
    definition = definition_of(study.instrument)
    if not translating.is_tag(language) or language == definition.language:
        raise Http404
    return definition


def _context(study: Study, language: str = "") -> dict[str, Any]:
    return {
        "study": study,
        "tabs": tabs(study, "survey:study_instrument"),
        "language": language,
        "language_name": NAMES.get(language, language),
    }


def _actor(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
