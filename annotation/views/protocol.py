"""Researchers' pages of a validation: the list, the draft, and the confirmation of its states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from annotation.access import access_validation, unfinished_seats
from annotation.models import Validation
from annotation.services.validation import drafts, freezing
from annotation.services.validation.presets import PAPER
from annotation.services.validation.progress import by_seat, overview, progress
from annotation.services.validation.protocol import CriterionText, Protocol, check
from annotation.validation_forms import CriterionFormSet, ProtocolForm, initial_of
from annotation.views.validation_tabs import tabs
from pact_site.base.access import researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User

HERE = "validation:validation_detail"
State = Validation.State


@dataclass(frozen=True)
class Change:
    """A change of state that a researcher can ask for, in words."""

    label: object
    from_state: str
    run: Callable[..., Validation]
    effects: tuple[object, ...]
    danger: bool = False


CHANGES = {
    "freeze": Change(
        gettext_lazy("Freeze and open"),
        State.DRAFT,
        freezing.freeze,
        (
            gettext_lazy("The sample is drawn, and every rating gets its place."),
            gettext_lazy("From then on questions, labels, sample, plan and guidelines stand."),
            gettext_lazy("Annotators can begin."),
        ),
    ),
    "unfreeze": Change(
        gettext_lazy("Back to a draft"),
        State.OPEN,
        freezing.unfreeze,
        (
            gettext_lazy("Possible only while nobody has answered or skipped an item."),
            gettext_lazy("Sample and places are dropped; freezing draws them anew."),
        ),
    ),
    "close": Change(
        gettext_lazy("Close"),
        State.OPEN,
        freezing.close,
        (
            gettext_lazy("No more answers are taken; drafts are not counted."),
            gettext_lazy("Results open to researchers who annotated, too. It stays closed."),
        ),
        danger=True,
    ),
}


@researcher_only
@require_safe
def validation_list(request: HttpRequest) -> HttpResponse:
    """Every validation with its state and how far it is."""
    return render(request, "annotation/validation_list.html", {"rows": overview()})


@researcher_only
@require_safe
def validation_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The protocol as it stands, and how far everybody is. Never what was answered."""
    validation = access_validation(request.user, slug)
    frozen = bool(validation.protocol_hash)
    context = {
        "validation": validation,
        "tabs": tabs(validation, HERE),
        "protocol": drafts.protocol_of(validation),
        "changes": [(name, one) for name, one in CHANGES.items() if _possible(one, validation)],
        "intact": freezing.intact(validation) if frozen else None,
        "progress": progress(validation),
        "by_seat": by_seat(validation),
        "own": unfinished_seats(request.user).filter(validation=validation).first(),
    }
    return render(request, "annotation/validation_detail.html", context)


@researcher_only
@require_http_methods(["GET", "HEAD", "POST"])
def validation_new(request: HttpRequest) -> HttpResponse:
    """A draft, filled in with the paper's protocol to begin from."""
    initial = initial_of(PAPER) | {"dataset": request.GET.get("dataset", "")}
    return _edit(request, None, initial, PAPER.criteria)


@researcher_only
@require_http_methods(["GET", "HEAD", "POST"])
def validation_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Edit a draft; a frozen protocol says why it cannot be."""
    validation = access_validation(request.user, slug)
    try:
        drafts.refuse_frozen(validation)
    except BadInput as error:
        messages.error(request, str(error))
        return redirect(HERE, slug)
    protocol = drafts.protocol_of(validation)
    initial = initial_of(protocol) | {
        "name": validation.name,
        "dataset": validation.dataset.slug,
        "release": validation.release_id,
    }
    return _edit(request, validation, initial, protocol.criteria)


@researcher_only
@require_http_methods(["GET", "HEAD", "POST"])
def validation_state(request: HttpRequest, slug: str, change: str) -> HttpResponse:
    """Say what a change of state will do, then do it."""
    validation = access_validation(request.user, slug)
    wanted = CHANGES.get(change)
    if wanted is None:
        raise Http404
    context: dict[str, Any] = {"validation": validation, "tabs": tabs(validation, HERE)}
    context |= {"change": wanted, "possible": _possible(wanted, validation)}
    try:
        if request.method == "POST":
            wanted.run(validation=validation, actor=cast(User, request.user))
            messages.success(request, _("Done: the validation's state has changed."))
            return redirect(HERE, slug)
        if change == "freeze" and context["possible"]:
            context["foreseen"] = freezing.foresee(validation)
    except BadInput as error:
        context |= {"refused": str(error), "possible": False}
    status = 422 if request.method == "POST" else 200
    return render(request, "annotation/validation_state.html", context, status=status)


def _possible(change: Change, validation: Validation) -> bool:
    return validation.state == change.from_state


def _edit(
    request: HttpRequest,
    validation: Validation | None,
    initial: dict[str, Any],
    criteria: tuple[CriterionText, ...],
) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = ProtocolForm(data, initial=initial, validation=validation)
    rows = CriterionFormSet(data, initial=[asdict(one) for one in criteria], prefix="criteria")
    if data is not None and form.is_valid() and rows.is_valid():
        texts = tuple(text for row in rows if (text := row.text))
        try:
            saved = _save(form, form.protocol(texts), validation, cast(User, request.user))
            messages.success(request, _("Saved."))
            return redirect(HERE, saved.slug)
        except BadInput as error:
            form.add_error(error.column if error.column in form.fields else None, _told(error))
    context = {"form": form, "rows": rows, "validation": validation}
    status = 200 if data is None else 422
    return render(request, "annotation/validation_edit.html", context, status=status)


def _save(
    form: ProtocolForm, protocol: Protocol, validation: Validation | None, actor: User
) -> Validation:
    check(protocol)
    given = form.cleaned_data
    common = {
        "name": given["name"],
        "dataset": given["dataset"],
        "release": given["release"],
        "protocol": protocol,
        "actor": actor,
    }
    if validation is None:
        return drafts.create_draft(slug=given["slug"], **common)
    return drafts.edit_draft(validation=validation, **common)


def _told(error: BadInput) -> str:
    """The message without the field's name, beside which it stands."""
    return str(error).removeprefix(f"column {error.column}: ")
