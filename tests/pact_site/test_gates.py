"""Every page has a gate, and every gate holds for every role and method."""

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from pact_site import counts
from pact_site.base.permissions import IsResearcher
from tests.every import of_every

from .walking import example_address, pages

# Packages that guard their own pages: sign-in and account pages, Django's admin.
GUARDED = ("allauth.", "django.contrib.admin.", "django.contrib.auth.")
ROLES = ("visitor", "annotator", "researcher", "administrator")
PASSES = {
    "staff": {"annotator", "researcher", "administrator"},
    "researcher": {"researcher", "administrator"},
    "administrator": {"administrator"},
    "public": set(ROLES),
}
OURS = [page for page in pages() if page.gate]
WRITES_NOTHING = ("get", "head", "options")


@pytest.fixture
def none_counted(monkeypatch, tmp_path):
    """/metrics/ without the thousands of requests that this process's other tests made."""
    monkeypatch.setattr(counts, "_FOLDER", tmp_path)


def client_of(role, client, request):
    if role != "visitor":
        client.force_login(request.getfixturevalue(role))
    return client


@of_every(pages(), name=lambda page: page.route or "home")
def test_every_page_has_a_gate(page):
    if page.rest is not None:
        assert IsResearcher in page.rest.permission_classes
    elif not page.module.startswith(GUARDED) and not page.route.startswith("admin/"):
        assert page.gate in PASSES, f"{page.route} has no gate of pact_site.base.access"


@pytest.mark.walks
@pytest.mark.django_db
@pytest.mark.usefixtures("none_counted")
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize("role", ROLES)
def test_gates_hold_for_each_role_and_method(role, method, client, request):
    """One walk per role and method: who may not pass learns nothing, who may sees no fault."""
    client = client_of(role, client, request)
    client.raise_request_exception = True
    for page in OURS:
        address = example_address(page)
        assert address, f"{page.route}: write routes of our own without regular expressions"
        response = getattr(client, method)(address)
        if role in PASSES[page.gate]:
            assert response.status_code < 500, f"{method} {address} as {role}"
        elif role == "visitor" and response.status_code == 302:
            assert response["Location"].startswith(
                f"/{settings.LOGIN_URL.replace('account_login', 'accounts/login')}/"
            )
        else:
            assert response.status_code in (403, 405), f"{method} {address} as {role}"


@pytest.mark.walks
@pytest.mark.django_db
@pytest.mark.parametrize("role", ["visitor", "annotator"])
def test_rest_is_closed_to_everybody_but_researchers(role, client, request):
    client = client_of(role, client, request)
    for page in pages():
        address = example_address(page)
        if page.rest is None or address is None:
            continue
        for method in ("get", "post", "put", "patch", "delete"):
            status = getattr(client, method)(address).status_code
            assert status in (401, 403, 405), f"{method} {address} as {role}: {status}"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "status"),
    [("visitor", 302), ("annotator", 302), ("researcher", 302), ("administrator", 302)],
)
def test_admin_needs_the_staff_flag(role, status, client, request):
    """The role alone does not open Django's admin; ensure_user sets the flag for administrators."""
    client = client_of(role, client, request)
    for page in pages():
        if page.route.startswith("admin/") and "login" not in page.route and example_address(page):
            assert client.get(example_address(page)).status_code == status, page.route


@pytest.mark.django_db
def test_forged_posts_are_refused(researcher):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(researcher)
    for page in OURS:
        if page.gate == "public":
            continue
        status = client.post(example_address(page)).status_code
        assert status in (403, 405), f"POST {page.route} without a token: {status}"


def test_the_walk_knows_a_page_without_a_gate():
    class Bare:
        __module__ = "survey.views.studies"
        gate, rest, module, route = "", None, "survey.views.studies", "bare/"

    with pytest.raises(AssertionError, match="bare/ has no gate"):
        test_every_page_has_a_gate.of_one(Bare)
    assert not AnonymousUser().is_authenticated
