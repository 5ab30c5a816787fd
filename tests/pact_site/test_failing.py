"""A view that fails: people get a page with a number to tell, programs get JSON."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import include, path

from pact_site import urls

handler400, handler500 = urls.handler400, urls.handler500


def fails(request):
    raise RuntimeError("a fault of ours")


FAILING = ("api/fails/", "fails/", "s/fails/")
urlpatterns = [*(path(address, fails) for address in FAILING), path("", include(urls))]

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def visitor(client):
    client.raise_request_exception = False
    return client


def test_a_page_names_the_number_under_which_the_log_holds_the_error(visitor, caplog):
    response = visitor.get("/fails/")
    assert response.status_code == 500
    assert response.headers["X-Request-ID"] in response.content.decode()
    assert "a fault of ours" in caplog.text
    assert "a fault of ours" not in response.content.decode()


def test_participants_are_told_in_every_language_and_led_back_to_their_page(visitor):
    page = visitor.get("/s/fails/").content.decode()
    assert all(f'lang="{tag}"' in page for tag in ("pt-BR", "hi"))
    assert 'href=""' in page
    assert 'href="/"' not in page


def test_rest_answers_in_json(visitor):
    response = visitor.get("/api/fails/")
    assert response.status_code == 500
    assert response.headers["X-Request-ID"] in response.json()["detail"]


def test_a_form_that_is_too_large_is_told_so(visitor, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    response = visitor.post("/accounts/login/", {"login": "x" * 2_000})
    assert response.status_code == 413
    assert "too much at once" in response.content.decode()


@pytest.fixture
def kept(settings, tmp_path):
    """The folder in which Django keeps what is uploaded."""
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    return tmp_path


@pytest.mark.parametrize(
    ("address", "status"), [("/accounts/login/", 413), ("/datasets/import/", 413), ("/s/no/", 404)]
)
def test_strangers_files_are_refused_unread(settings, kept, address, status, db):
    """Before the token of the form is looked for, which would read all of it."""
    settings.FILE_UPLOAD_TEMP_DIR = kept / "nothing is written here"
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.get("/accounts/login/")
    sent = {"file": SimpleUploadedFile("a.csv", b"x" * 2000)}
    assert client.post(address, sent).status_code == status


def test_who_is_signed_in_may_send_files_up_to_a_bound(visitor, researcher, kept, monkeypatch):
    visitor.force_login(researcher)
    sent = {"file": SimpleUploadedFile("a.csv", b"x" * 2000)}
    assert visitor.post("/datasets/import/", sent).status_code == 422, "its form says what is wrong"
    monkeypatch.setattr("pact_site.middleware.LARGEST_BODY", 1500)
    sent["file"].seek(0)
    assert visitor.post("/datasets/import/", sent).status_code == 413
    sent["file"].seek(0)
    assert visitor.post("/api/indicators/", sent).status_code == 413


@pytest.mark.django_db
def test_rest_says_in_json_what_is_wrong_with_a_request(visitor, researcher, settings):
    visitor.force_login(researcher)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    response = visitor.post("/api/runs/", {"x": "y" * 2_000}, content_type="application/json")
    assert response.status_code == 413
    assert "More was sent" in response.json()["detail"]
    response = visitor.get("/api/nothing/", headers={"host": "not a host"})
    assert (response.status_code, response.json()) == (400, {"detail": "Bad request."})


def test_a_malformed_request_is_told_so(visitor):
    response = visitor.get("/", headers={"host": "not a host"})
    assert response.status_code == 400
    assert "made no sense to us" in response.content.decode()


@pytest.mark.django_db
def test_who_asks_too_often_is_told_to_wait(visitor, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "1/m/ip", "reset_password": "1/m/ip"}
    answers = [visitor.post("/accounts/password/reset/", {"email": "a@b.org"}) for _ in range(2)]
    assert answers[-1].status_code == 429
    assert "wait a minute" in answers[-1].content.decode()
