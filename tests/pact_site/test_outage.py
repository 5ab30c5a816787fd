"""While the database or the cache is away, or the disk full: a page that says so, and no error 500.

The real thing, a server that is killed and connections that are cut, is in tests/faults.
"""

import errno

import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.test import Client, RequestFactory
from django.urls import path
from redis.exceptions import ConnectionError as RedisAway

from pact_site import outage
from pact_site.base.access import public
from survey.services import limits

AWAY = [OperationalError("gone"), InterfaceError("closed"), RedisAway("refused")]
FULL = [OSError(number, "No room") for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)]


@public
def breaking(request):
    raise OperationalError("server closed the connection unexpectedly")


urlpatterns = [path("breaks/", breaking), path("api/breaks/", breaking)]
handler500 = "pact_site.views.failing.server_error"


@pytest.mark.parametrize(
    ("error", "status"), [(e, 503) for e in AWAY] + [(e, 507) for e in FULL], ids=str
)
def test_pages_and_rest_say_what_is_wrong_and_when_to_come_back(error, status):
    page = outage.answer(RequestFactory().get("/studies/"), error)
    assert page.status_code == status
    assert page.headers["Retry-After"] == "5"
    assert b"<h1>" in page.content
    rest = outage.answer(RequestFactory().get("/api/studies/"), error)
    assert rest.status_code == status
    assert b'"detail"' in rest.content


@pytest.mark.parametrize(
    "error", [None, ValueError("x"), OSError(errno.EACCES, "No"), ProgrammingError()]
)
def test_other_errors_go_their_way(error):
    assert outage.answer(RequestFactory().get("/"), error) is None


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("address", ["/breaks/", "/api/breaks/"])
def test_a_view_without_its_database_answers_503(address):
    assert Client().get(address).status_code == 503


@pytest.mark.django_db
def test_an_error_beside_the_view_answers_503_as_well(settings):
    """The sessions' middleware saves after the view; nobody but the handler of errors sees that."""
    settings.MIDDLEWARE = ["tests.pact_site.test_outage.breaking_beside", *settings.MIDDLEWARE]
    answer = Client(raise_request_exception=False).get("/health/")
    assert answer.status_code == 503
    assert b"One moment" in answer.content


def breaking_beside(get_response):
    def middleware(request):
        get_response(request)
        raise InterfaceError("connection already closed")

    return middleware


def test_without_a_cache_the_door_stays_open(settings, unused_port):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"redis://127.0.0.1:{unused_port}/0",
        }
    }
    settings.PACT_ENTRY_LIMIT = 0
    assert not limits.too_often(who="somebody", address="127.0.0.1")


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
