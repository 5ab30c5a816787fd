"""Who annotates: seats, invitations, leaving, and declaring one's answers final."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from annotation.models import Annotator, Task, Validation
from annotation.services.validation import drafts
from pact_site.base.errors import BadInput
from pact_site.base.models import Role, User
from pact_site.base.services import audit
from pact_site.base.services.accounts import ensure_user

INVITATION_DAYS: Final = 14
State = Validation.State


@transaction.atomic
def add_seat(*, validation: Validation, actor: User | None = None) -> Annotator:
    """One more seat after freezing: it takes what others left, or from the free pool."""
    fresh = drafts.locked(validation)
    if fresh.state != State.OPEN:
        raise BadInput(
            "Seats are added to an open validation; a draft has as many as its plan says.",
            found=fresh.state,
            expected="open",
        )
    seat = Annotator.objects.create(validation=fresh, pseudonym=drafts.next_pseudonym(fresh))
    _record("annotator.added", seat, actor)
    return seat


@transaction.atomic
def invite(*, seat: Annotator, actor: User | None = None) -> str:
    """A new invitation to this seat: the secret of its link, which is stored as a hash only.

    An earlier invitation to the seat no longer works. Refused for a seat that is taken.
    """
    fresh = _locked(seat)
    if fresh.user_id is not None or not fresh.active:
        raise BadInput("Somebody has or had this seat.", found=fresh.pseudonym)
    if fresh.validation.state == State.CLOSED:
        raise BadInput("The validation is closed: there is nothing left to annotate.")
    token = secrets.token_urlsafe(24)
    fresh.invitation_hash = _hash(token)
    fresh.invited_at = timezone.now()
    fresh.save(update_fields=["invitation_hash", "invited_at"])
    _record("annotator.invited", fresh, actor)
    return token


def invited(token: str) -> Annotator | None:
    """The seat that an invitation leads to; None where it is unknown, used, replaced or too old."""
    since = timezone.now() - timedelta(days=INVITATION_DAYS)
    return (
        Annotator.objects.select_related("validation")
        .filter(
            invitation_hash=_hash(token),
            invited_at__gte=since,
            user__isnull=True,
            active=True,
        )
        .exclude(validation__state=State.CLOSED)
        .first()
    )


@transaction.atomic
def accept(*, token: str, user: User) -> Annotator:
    """Give the seat of an invitation to an account. An invitation works once."""
    seat = invited(token)
    if seat is None:
        raise BadInput("This invitation does not work any more.", expected="a new one")
    if seat.validation.annotators.filter(user=user).exists():
        raise BadInput(f"{user} is a member of {seat.validation} already.", found=user.username)
    taken = Annotator.objects.filter(pk=seat.pk, invitation_hash=seat.invitation_hash).update(
        user=user, joined_at=timezone.now(), invitation_hash=""
    )
    if not taken:
        raise BadInput("This invitation was used a moment ago.", expected="a new one")
    _record("annotator.joined", seat, user)
    return Annotator.objects.get(pk=seat.pk)


@transaction.atomic
def accept_with_new_account(
    *, token: str, username: str, password: str, email: str = ""
) -> Annotator:
    """Make an annotator's account and give it the invitation's seat."""
    if invited(token) is None:
        raise BadInput("This invitation does not work any more.", expected="a new one")
    if User.objects.filter(username__iexact=username).exists():
        raise BadInput(
            "This user name is taken.",
            column="username",
            found=username,
            expected="another one; if it is yours, sign in first",
        )
    try:
        validate_password(password, User(username=username, email=email))
    except ValidationError as error:
        raise BadInput(" ".join(error.messages), column="password") from None
    user = ensure_user(username=username, role=Role.ANNOTATOR, password=password, email=email)
    return accept(token=token, user=user)


@transaction.atomic
def deactivate(*, seat: Annotator, actor: User | None = None) -> Annotator:
    """Let an annotator go, for good. Submitted ratings stay; what is open goes to the others.

    Slots without an answer become free for whoever has not rated the item; planned self-repeats
    that were not given are dropped, since nobody else can give them. In a draft the seat simply
    becomes empty again.
    """
    fresh = _locked(seat)
    if fresh.validation.state == State.DRAFT:
        return _emptied(fresh, actor)
    unanswered = fresh.tasks.filter(state__in=[Task.State.WAITING, Task.State.OPEN])
    dropped = unanswered.filter(repeat__gt=0).delete()[0]
    freed = unanswered.update(
        annotator=None, state=Task.State.WAITING, lease_expires=None, draft={}, opened_at=None
    )
    fresh.active = False
    fresh.invitation_hash = ""
    fresh.save(update_fields=["active", "invitation_hash"])
    _record("annotator.deactivated", fresh, actor, freed=freed, repeats_dropped=dropped)
    return fresh


@transaction.atomic
def finish(*, seat: Annotator) -> Annotator:
    """Declare one's own answers final. From then on one may see results, and change nothing."""
    fresh = _locked(seat)
    if fresh.finished_at is not None:
        return fresh
    left = fresh.tasks.filter(state__in=[Task.State.WAITING, Task.State.OPEN]).count()
    if left:
        raise BadInput("There are items left to answer or to skip.", found=left, expected="0")
    fresh.finished_at = timezone.now()
    fresh.save(update_fields=["finished_at"])
    _record("annotator.finished", fresh, fresh.user)
    return fresh


def _emptied(seat: Annotator, actor: User | None) -> Annotator:
    seat.user = None
    seat.invitation_hash = ""
    seat.invited_at = seat.joined_at = None
    seat.save()
    _record("annotator.removed", seat, actor)
    return seat


def _locked(seat: Annotator) -> Annotator:
    found: Annotator = (
        Annotator.objects.select_for_update(of=("self",))
        .select_related("validation", "user")
        .get(pk=seat.pk)
    )
    return found


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _record(verb: str, seat: Annotator, actor: User | None, **detail: object) -> None:
    subject = f"{drafts.subject(seat.validation)}/{seat.pseudonym}"
    audit.record(verb=verb, subject=subject, actor=actor, **detail)
