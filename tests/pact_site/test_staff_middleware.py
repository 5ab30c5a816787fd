"""What participants' pages do without, and what they keep."""

import pytest
from django.test import Client
from django.utils import translation

from tests.survey.bundled import bundled_study
from tests.survey.walking import Walker

pytestmark = pytest.mark.django_db

FOR_STAFF = ("session", "user", "_messages", "LANGUAGE_CODE")


def test_nobody_is_signed_in_on_a_participants_page(client, researcher, django_assert_num_queries):
    study = bundled_study()
    client.force_login(researcher)
    Walker(study, client=client).consent()

    with django_assert_num_queries(1):  # who comes, and what is done
        page = client.get(f"/s/{study.slug}/about-you/")

    assert page.status_code == 200
    assert not [name for name in FOR_STAFF if hasattr(page.wsgi_request, name)]
    staffs = client.get("/studies/")
    assert not [name for name in FOR_STAFF if not hasattr(staffs.wsgi_request, name)]


def test_every_page_has_the_same_protection(client):
    study = bundled_study()
    protection = (
        "Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy",
        "Cross-Origin-Opener-Policy", "X-Request-ID",
    )  # fmt: skip
    expected = {name: client.get("/accounts/login/").headers[name] for name in protection[:-1]}
    walker = Walker(study).consent()

    pages = [client.get(path) for path in ("/s/nowhere/", "/s/a/b/c/")]
    for page in (walker.page, walker.about().page, *pages):
        found = {name: page.headers[name] for name in protection[:-1]}
        assert found == expected
        assert page.headers["X-Request-ID"]


def test_a_form_without_its_token_is_refused():
    strict = Client(enforce_csrf_checks=True)
    walker = Walker(bundled_study(), client=strict).enter()

    assert strict.post(walker.path, {"agree": "1"}).status_code == 403


def test_the_language_of_an_earlier_request_is_gone(client):
    client.get("/accounts/login/", headers={"Accept-Language": "hi"})
    assert translation.get_language() == "hi"

    page = client.get("/s/nowhere/at/all/")

    assert page.status_code == 404
    assert '<html lang="en"' in page.content.decode()
