"""Who annotates: seats and invitations for researchers, and the page an invitation leads to."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.access import access_seat_of, access_validation
from annotation.models import Annotator, Validation
from annotation.services.validation import passing_on
from annotation.services.validation import people as seats
from annotation.services.validation.progress import by_seat, progress
from annotation.validation_forms import JoinForm
from annotation.views.validation_tabs import tabs
from pact_site.base.access import public, researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User

HERE = "validation:people"

_NEWCOMERS = "django.contrib.auth.backends.ModelBackend"
"""What vouches for whoever has just chosen a password; nobody has to type it twice."""


@researcher_only
@require_safe
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """Every seat: who has it, who is invited, how far they are."""
    return _people(request, access_validation(request.user, slug))


@researcher_only
@require_POST
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """One more seat."""
    validation = access_validation(request.user, slug)
    try:
        seat = seats.add_seat(validation=validation, actor=cast(User, request.user))
        messages.success(request, _("Seat %s is there; invite somebody to it.") % seat.pseudonym)
    except BadInput as error:
        messages.error(request, str(error))
    return redirect(HERE, slug)


@researcher_only
@require_POST
def pass_on(request: HttpRequest, slug: str) -> HttpResponse:
    """Give what was skipped for good to others."""
    validation = access_validation(request.user, slug)
    try:
        n = passing_on.pass_on(validation=validation, actor=cast(User, request.user))
        words = ngettext(
            "%d rating is free for others now.", "%d ratings are free for others now.", n
        )
        messages.success(request, words % n)
    except BadInput as error:
        messages.error(request, str(error))
    return redirect(HERE, slug)


@researcher_only
@require_POST
def invite(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """An invitation's link, shown this once: only its hash is kept."""
    validation = access_validation(request.user, slug)
    seat = access_seat_of(validation, pk)
    try:
        token = seats.invite(seat=seat, actor=cast(User, request.user))
    except BadInput as error:
        messages.error(request, str(error))
        return redirect(HERE, slug)
    link = request.build_absolute_uri(reverse("validation:join", args=[token]))
    return _people(request, validation, invited=seat, link=link)


@researcher_only
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Say what letting somebody go will do, then do it."""
    validation = access_validation(request.user, slug)
    seat = access_seat_of(validation, pk)
    if request.method == "POST":
        seats.deactivate(seat=seat, actor=cast(User, request.user))
        messages.success(request, _("%s has left.") % seat.pseudonym)
        return redirect(HERE, slug)
    context = {"validation": validation, "tabs": tabs(validation, HERE), "seat": seat}
    return render(request, "annotation/validation_leave.html", context)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: with the account one has, or with a new one."""
    seat = seats.invited(token)
    if seat is None:
        return render(request, "annotation/validation_join_gone.html", status=404)
    if isinstance(request.user, User):
        return _join_as(request, token, seat, request.user)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            joined = seats.accept_with_new_account(token=token, **form.cleaned_data)
            login(request, joined.user, backend=_NEWCOMERS)
            messages.success(request, _("You are in. Thank you for helping."))
            return redirect("validation:mine")
        except BadInput as error:
            form.add_error(error.column if error.column in form.fields else None, error.message)
    return _invitation(request, seat, form)


def _join_as(request: HttpRequest, token: str, seat: Annotator, user: User) -> HttpResponse:
    if request.method != "POST":
        return _invitation(request, seat, None)
    try:
        seats.accept(token=token, user=user)
        messages.success(request, _("You are in. Thank you for helping."))
    except BadInput as error:
        messages.error(request, error.message)
    return redirect("validation:mine")


def _invitation(request: HttpRequest, seat: Annotator, form: JoinForm | None) -> HttpResponse:
    context = {"seat": seat, "validation": seat.validation, "form": form}
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "annotation/validation_join.html", context, status=status)


def _people(
    request: HttpRequest,
    validation: Validation,
    *,
    invited: Annotator | None = None,
    link: str = "",
) -> HttpResponse:
    is_open = validation.state == Validation.State.OPEN
    pooled = validation.plan.get("mode") == "free"
    context = {
        "validation": validation,
        "tabs": tabs(validation, HERE),
        "by_seat": by_seat(validation),
        "free": progress(validation).free if is_open and not pooled else 0,
        "skipped": sum(passing_on.lacking(validation).values()) if is_open else 0,
        "invited": invited,
        "link": link,
        "days": seats.INVITATION_DAYS,
    }
    return render(request, "annotation/validation_people.html", context)
