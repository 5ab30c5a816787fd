import pytest

from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent, Role, User
from pact_site.base.services import audit
from pact_site.base.services.accounts import ensure_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", Role.values)
def test_an_account_is_made_with_role_and_password(role):
    user = ensure_user(username="nadia", role=role, password="a-long-pass-phrase")
    assert user.role == role
    assert user.check_password("a-long-pass-phrase")
    assert user.is_staff == (role == Role.ADMINISTRATOR)
    assert AuditEvent.objects.get().subject == "nadia"


def test_asking_again_changes_nothing():
    first = ensure_user(username="nadia", role="annotator", password="a-long-pass-phrase")
    again = ensure_user(username="nadia", role="administrator", password="other")
    assert (again.pk, again.role, again.is_superuser) == (first.pk, "annotator", False)
    assert again.check_password("a-long-pass-phrase")
    assert AuditEvent.objects.count() == 1


def test_unknown_role_makes_no_account():
    with pytest.raises(BadInput, match="Found: 'boss'"):
        ensure_user(username="nadia", role="boss", password="x")
    assert not User.objects.exists()


def test_the_audit_row_never_holds_the_password():
    ensure_user(username="nadia", role="annotator", password="a-long-pass-phrase")
    assert "phrase" not in str(AuditEvent.objects.values().get())


def test_an_audit_row_tells_who_did_what(researcher):
    event = audit.record(verb="study.opened", subject="first-light", actor=researcher, version=2)
    assert str(event) == "study.opened first-light"
    assert (event.actor, event.detail) == (researcher, {"version": 2})


def test_removing_a_person_keeps_what_they_did(researcher):
    audit.record(verb="study.opened", subject="first-light", actor=researcher)
    researcher.delete()
    assert AuditEvent.objects.get().actor is None


def test_people_are_shown_by_their_full_name_where_there_is_one(researcher):
    assert str(researcher) == "rita"
    researcher.first_name, researcher.last_name = "Rita", "Levi"
    assert str(researcher) == "Rita Levi"
