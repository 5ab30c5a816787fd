"""Seats and invitations: one secret, used once, forgotten in time, never stored."""

from datetime import timedelta

import pytest

from annotation.models import Annotator
from annotation.services.validation import freezing, people
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent, Role, User
from tests.annotation.validating import make_validation, seats

pytestmark = pytest.mark.django_db

PASSWORD = "seven-green-kettles"


@pytest.fixture
def seat():
    return seats(make_validation(people=False))[0]


def test_an_invitation_makes_an_account_and_works_once(seat):
    token = people.invite(seat=seat)
    joined = people.accept_with_new_account(token=token, username="nora", password=PASSWORD)
    assert joined.pk == seat.pk
    assert joined.user.role == Role.ANNOTATOR
    assert joined.user.check_password(PASSWORD)
    assert joined.joined_at is not None
    assert people.invited(token) is None
    with pytest.raises(BadInput, match="does not work"):
        people.accept_with_new_account(token=token, username="other", password=PASSWORD)
    assert not User.objects.filter(username="other").exists()


def test_an_invitation_can_be_given_to_an_account_whose_role_stays(seat, researcher):
    joined = people.accept(token=people.invite(seat=seat), user=researcher)
    assert joined.user == researcher
    researcher.refresh_from_db()
    assert researcher.role == Role.RESEARCHER


def test_nobody_has_two_seats(seat, annotator):
    people.accept(token=people.invite(seat=seat), user=annotator)
    token = people.invite(seat=seats(seat.validation)[1])
    with pytest.raises(BadInput, match="a member"):
        people.accept(token=token, user=annotator)
    assert people.invited(token) is not None


def test_the_secret_is_stored_nowhere(seat):
    token = people.invite(seat=seat)
    seat.refresh_from_db()
    assert token not in str(Annotator.objects.values().get(pk=seat.pk))
    assert token not in str(list(AuditEvent.objects.values()))
    assert len(token) >= 32


def test_a_new_invitation_ends_the_one_before(seat):
    first, second = people.invite(seat=seat), people.invite(seat=seat)
    assert people.invited(first) is None
    assert people.invited(second) == seat


@pytest.mark.parametrize("token", ["", "guess", "0" * 64])
def test_no_guess_is_an_invitation(seat, token):
    assert people.invited(token) is None


def test_invitations_grow_old_and_end_with_the_validation(seat):
    token = people.invite(seat=seat)
    seat.refresh_from_db()
    seat.invited_at -= timedelta(days=people.INVITATION_DAYS, minutes=1)
    seat.save()
    assert people.invited(token) is None

    token = people.invite(seat=seat)
    freezing.close(validation=seat.validation)
    assert people.invited(token) is None
    with pytest.raises(BadInput, match="closed"):
        people.invite(seat=seats(seat.validation)[1])


def test_a_taken_seat_is_not_offered_again(seat, annotator):
    people.accept(token=people.invite(seat=seat), user=annotator)
    with pytest.raises(BadInput, match="has or had this seat"):
        people.invite(seat=seat)
    people.deactivate(seat=seat)
    with pytest.raises(BadInput, match="has or had this seat"):
        people.invite(seat=seat)


@pytest.mark.parametrize(
    ("given", "column"),
    [({"username": "Anna"}, "username"), ({"password": "short"}, "password")],
)
def test_accounts_need_a_free_name_and_a_decent_password(seat, annotator, given, column):
    token = people.invite(seat=seat)
    with pytest.raises(BadInput) as caught:
        people.accept_with_new_account(
            token=token, **{"username": "nora", "password": PASSWORD} | given
        )
    assert caught.value.column == column
    assert people.invited(token) is not None


def test_who_leaves_a_draft_leaves_an_empty_seat():
    draft = make_validation(frozen=False)
    people.deactivate(seat=seats(draft)[0])
    [first, *_] = seats(draft)
    assert (first.user, first.active) == (None, True)
    freezing.freeze(validation=draft)


def test_seats_are_added_to_open_validations_only(seat):
    assert people.add_seat(validation=seat.validation).pseudonym == "A04"
    with pytest.raises(BadInput, match="as many as its plan says"):
        people.add_seat(validation=make_validation("draft", frozen=False, people=False))
