"""The annotator's pages: own validations, and the desk. Nothing here shows anybody else's answers."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.access import access_own_seats, access_seat, access_task
from annotation.desk_form import DeskForm
from annotation.models import Annotator, Task, Validation
from annotation.services.validation import annotating, claiming, people
from annotation.services.validation.progress import Progress, own_counts, own_progress
from pact_site.base.access import staff_only
from pact_site.base.errors import BadInput

IN_PLACE = "X-Desk"
"""The header by which the desk's script asks for the next item without the page around it."""


@staff_only
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The validations one annotates in, each with one's own progress."""
    seats = [(seat, own_progress(seat)) for seat in access_own_seats(request.user)]
    return render(request, "annotation/validation_mine.html", {"seats": seats})


@staff_only
@require_safe
def desk(request: HttpRequest, slug: str) -> HttpResponse:
    """The next item to rate, or what is left to do when there is none."""
    seat = access_seat(request.user, slug)
    return _show(request, seat, claiming.next_task(seat=seat))


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def item(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """One of one's own items: shown, answered, skipped, or answered anew."""
    seat = access_seat(request.user, slug)
    if request.method != "POST":
        return _show(request, seat, access_task(seat, pk))
    form = DeskForm(seat.validation, request.POST)
    try:
        if request.POST.get("action") == "skip":
            annotating.skip(seat=seat, task_id=pk, reason=form.skip_reason)
            task = claiming.next_task(seat=seat)
        else:
            task = annotating.answer(seat=seat, task_id=pk, given=form.given)
    except annotating.Incomplete as error:
        form.problems = dict(error.problems)
    except BadInput as error:
        form.problems = {error.column or "": error.message}
    else:
        return _next(request, seat, task)
    return _refused(request, seat, pk, form)


@staff_only
@require_POST
def draft(request: HttpRequest, slug: str, pk: int) -> JsonResponse:
    """Keep what was clicked and typed so far; 409 where the item is not one's own any more."""
    seat = access_seat(request.user, slug)
    form = DeskForm(seat.validation, request.POST)
    saved = annotating.save_draft(seat=seat, task_id=pk, given=form.given, revision=form.revision)
    return JsonResponse({"saved": saved}, status=200 if saved else 409)


@staff_only
@require_safe
def undo(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Back to the item submitted before this one; its answers stand until they are changed."""
    seat = access_seat(request.user, slug)
    earlier = annotating.submitted_before(seat=seat, task=seat.tasks.filter(pk=pk).first())
    if earlier is None:
        messages.info(request, _("There is nothing before this to go back to."))
        return redirect("validation:desk", slug)
    return redirect("validation:item", slug, earlier.pk)


@staff_only
@require_POST
def finish(request: HttpRequest, slug: str) -> HttpResponse:
    """Declare one's own answers final."""
    seat = access_seat(request.user, slug)
    try:
        people.finish(seat=seat)
    except BadInput as error:
        messages.error(request, str(error))
        return redirect("validation:desk", slug)
    messages.success(request, _("Thank you. Your answers are final now."))
    return redirect("validation:mine")


def _next(request: HttpRequest, seat: Annotator, task: Task | None) -> HttpResponse:
    """After an answer: the next item in place for the script, a redirect for plain forms."""
    if IN_PLACE not in request.headers:
        return redirect("validation:desk", seat.validation.slug)
    return _show(request, seat, task)


def _refused(request: HttpRequest, seat: Annotator, pk: int, form: DeskForm) -> HttpResponse:
    """What was sent, with what is wrong beside it; where the item is lost, the next one."""
    task = claiming.own_tasks(seat).filter(pk=pk).first()
    if task is None:
        return _show(request, seat, claiming.next_task(seat=seat), lost=form.problems.get("", ""))
    return _show(request, seat, task, form=form)


def _show(
    request: HttpRequest,
    seat: Annotator,
    task: Task | None,
    *,
    form: DeskForm | None = None,
    lost: str = "",
) -> HttpResponse:
    name = "annotation/_desk_done.html" if task is None else "annotation/_desk_item.html"
    context: dict[str, Any] = {
        "seat": seat,
        "validation": seat.validation,
        "task": task,
        "part": name,
        "in_place": IN_PLACE in request.headers,
        "pooled": seat.validation.plan.get("mode") == "free",
        "lost": lost,
    }
    if task is None or not context["in_place"]:
        context["progress"] = own_counts(seat)
    if task is None:
        context["skipped"] = claiming.own_tasks(seat).filter(state=Task.State.SKIPPED)
    else:
        context |= _of_item(seat, task, form, context.get("progress"))
    status = 422 if (form and form.problems) or lost else 200
    template = name if context["in_place"] else "annotation/desk.html"
    return render(request, template, context, status=status)


def _of_item(
    seat: Annotator, task: Task, form: DeskForm | None, progress: Progress | None
) -> dict[str, Any]:
    """What the desk shows of one item: its answers so far, its place, and what was kept."""
    shown = form or DeskForm.of_task(seat.validation, task)
    writable = claiming.may_answer(seat)
    return {
        "form": shown,
        "fields": _fields(shown, writable),
        "writable": writable,
        "closed": seat.validation.state == Validation.State.CLOSED,
        "address": reverse("validation:item", args=[seat.validation.slug, task.pk]),
        "place": progress.submitted + progress.skipped + 1 if progress else None,
        "state_text": _("Draft from before") if task.draft else "",
    }


def _fields(form: DeskForm, writable: bool) -> str:
    """The questions as HTML. Without answers they look alike for every item: drawn once."""
    if form.is_empty and writable and form.validation.frozen_at:
        return _empty_fields(form.validation.pk, form.validation.frozen_at, get_language())
    return render_to_string("annotation/_desk_fields.html", {"form": form, "writable": writable})


@lru_cache(maxsize=64)
def _empty_fields(pk: int, _frozen_at: datetime, _language: str | None) -> str:
    form = DeskForm(Validation.objects.get(pk=pk))
    return render_to_string("annotation/_desk_fields.html", {"form": form, "writable": True})
