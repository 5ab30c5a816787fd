import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from rest_framework.test import APIRequestFactory

from pact_site.base.access import administrator_only, public, researcher_only, staff_only
from pact_site.base.models import User
from pact_site.base.permissions import IsResearcher

GATES = {
    staff_only: {"annotator", "researcher", "administrator"},
    researcher_only: {"researcher", "administrator"},
    administrator_only: {"administrator"},
}


def page(request, *args):
    """A page."""
    return HttpResponse(f"seen {args}")


@pytest.fixture
def ask(rf):
    def ask(gate, user, *args):
        request = rf.get("/reports/?kind=human")
        request.user = user
        return gate(page)(request, *args)

    return ask


@pytest.mark.parametrize(
    "gate", GATES, ids=lambda gate: next(n for n, g in globals().items() if g is gate)
)
@pytest.mark.parametrize("role", ["annotator", "researcher", "administrator"])
def test_each_role_passes_its_gates_only(ask, gate, role, request):
    user = request.getfixturevalue(role)
    if role in GATES[gate]:
        assert ask(gate, user, 7).content == b"seen (7,)"
    else:
        with pytest.raises(PermissionDenied):
            ask(gate, user)


@pytest.mark.parametrize("gate", GATES)
def test_visitors_are_sent_to_sign_in_and_back(ask, gate):
    response = ask(gate, AnonymousUser())
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/reports/%3Fkind%3Dhuman"


@pytest.mark.parametrize("gate", GATES)
def test_a_switched_off_account_passes_no_gate(ask, gate, administrator):
    administrator.is_active = False
    with pytest.raises(PermissionDenied):
        ask(gate, administrator)


def test_superusers_count_as_administrators(db):
    root = User.objects.create_superuser("root", password="x")
    assert root.is_administrator
    assert root.is_researcher


@pytest.mark.parametrize("gate", [*GATES, public])
def test_gates_leave_their_mark_and_the_name(gate):
    gated = gate(page)
    assert gated.pact_gate
    assert gated.__name__ == "page"


@pytest.mark.parametrize(
    ("role", "allowed"), [("annotator", False), ("researcher", True), ("administrator", True)]
)
def test_rest_permission_follows_the_role(role, allowed, request):
    asked = APIRequestFactory().get("/api/")
    asked.user = request.getfixturevalue(role)
    assert IsResearcher().has_permission(asked, view=None) is allowed
    asked.user.is_active = False
    assert not IsResearcher().has_permission(asked, view=None)


def test_rest_permission_refuses_visitors():
    asked = APIRequestFactory().get("/api/")
    asked.user = AnonymousUser()
    assert not IsResearcher().has_permission(asked, view=None)
