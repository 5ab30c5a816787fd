"""The REST interface under what nobody should send: no server error, no undescribed answer.

Two ways over every operation of the OpenAPI description, against the real WSGI application with a
researcher's token: hostile values in each parameter and body, and requests that schemathesis makes
from the schema, valid and invalid ones. Each request is rolled back and none may open a connection.
PACT_FUZZ_EXAMPLES is how many requests of the schema an operation gets
(3 by default), and from 30 on every parameter gets every hostile value.
"""

import json
import os
import socket
import traceback
import zlib
from dataclasses import dataclass
from urllib.parse import quote

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import got_request_exception, request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.python.wsgi import get_client
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.analysis import results_cast

from .installation import install

EXAMPLES = int(os.environ.get("PACT_FUZZ_EXAMPLES", "3"))
THOROUGH = EXAMPLES >= 30
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
IN_PATHS = ("\0", "9" * 30, "-1", "0", "é", "'\"<", "x" * 5000, "..", "%", "\ud800", "0" * 36)
IN_QUERIES = (*IN_PATHS, "", "[]", "1e999", "nan", "true", "2026-13-45", "\u202e")
BODIES = (
    b"[" * 100_000, b"", b"{", b"null", b"[]", b'"x"', b'{"\\ud800": 1}', b"\xff\xfe", b"NaN",
)  # fmt: skip
VALUES = (
    None, "", "\0", "\ud800", "x" * 100_000, 10**30, -1, 1.5, True, [], {}, [None], {"\0": "\0"},
    float("nan"), float("inf"), [[[[]]]],
)  # fmt: skip
HOSTILE = (IN_PATHS, IN_QUERIES, BODIES, VALUES)
EVERYWHERE = ("format", "ordering", "page_size", "search")  # described or not
MEDIA = ("application/xml", "multipart/form-data", "application/json; charset=utf-9")
INTERNALS = ("Traceback", "sqlite", "psycopg", "site-packages", "DETAIL:", "SELECT ", "/home/")


@dataclass(frozen=True)
class Site:
    """The application, a researcher's headers, and values of path parameters that lead to rows."""

    schema: object
    headers: dict
    known: dict

    def operations(self):
        """Every operation that is described."""
        return [result.ok() for result in self.schema.get_all_operations()]

    def values_of(self, operation):
        """Path parameters of rows that are there, by name; the longest beginning tells."""
        fitting = [begin for begin in self.known if operation.path.startswith(begin)]
        return self.known[max(fitting, key=len)] if fitting else [{}]


@pytest.fixture(scope="session")
def built(django_db_setup, django_db_blocker, tmp_path_factory):
    return results_cast.built_once(tmp_path_factory, django_db_blocker)


@pytest.fixture
def site(db, built, settings):
    """The installation; requests stay on the test's connection, as those of Django's own client."""
    token, known = install(built, settings.PACT_HOME)
    headers = {"Authorization": f"Token {token}", "Accept": "application/json"}
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield Site(
        schemathesis.openapi.from_wsgi("/api/schema/", WSGIHandler(), headers=headers),
        headers,
        known,
    )
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(autouse=True)
def _nothing_reaches_outside(monkeypatch):
    def refuse(self, address):
        raise AssertionError(f"A request opened a connection to {address}.")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)


@pytest.fixture
def raised():
    """Tracebacks of the application's exceptions, for the messages of failures."""
    found = []

    def remember(sender, **signal):
        found.append(traceback.format_exc()[-1500:])

    got_request_exception.connect(remember)
    yield found
    got_request_exception.disconnect(remember)


@pytest.mark.walks
def test_requests_made_from_the_schema(site, raised):
    faults = {}
    for operation in site.operations():

        @settings(
            max_examples=EXAMPLES, derandomize=True, database=None, deadline=None,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=cases(site, operation))
        def attempt(case):
            fault = undescribed(site, case, raised)
            if fault:
                faults.setdefault((case.operation.label, fault[:80]), f"{asked(case)}\n{fault}")

        try:
            attempt()
        except Unsatisfiable:  # nothing about such an operation can be invalid
            continue
    assert not faults, "\n\n".join(f"{label} {why}" for (label, _), why in faults.items())


def cases(site, operation):
    """Valid and invalid requests, at rows that are there and at any address."""
    paths = [None]
    for known in site.values_of(operation):
        paths.append({n: value for n, value in known.items() if f"{{{n}}}" in operation.path})
    return st.one_of(
        operation.as_strategy(mode, path_parameters=path)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        for path in paths
    )


def undescribed(site, case, raised):
    """What is wrong with the answer, or None."""
    raised.clear()
    with transaction.atomic():
        response = case.call(headers=site.headers)
        transaction.set_rollback(True)
    try:
        case.validate_response(response, checks=CHECKS)
    except FailureGroup as group:
        words = "; ".join(f"{one.title}: {one.message}"[:400] for one in group.exceptions)
        return "\n".join([words, *raised])
    return None


def asked(case):
    return case.as_curl_command()[:300]


@pytest.mark.walks
def test_hostile_values(site, raised):
    browser = get_client(site.schema.app)
    faults, unsent = {}, {repr(value) for values in HOSTILE for value in values}
    for operation in site.operations():
        for path, sent in hostile(site, operation, unsent):
            raised.clear()
            with transaction.atomic():
                response = browser.open(
                    path, method=operation.method.upper(), headers=site.headers, **sent
                )
                transaction.set_rollback(True)
            fault = unwanted(operation, response)
            if fault:
                words = f"{path[:80]} {str(sent)[:120]}\n{fault}\n{''.join(raised)}"
                faults.setdefault((operation.label, fault), words)
    assert not faults, "\n\n".join(f"{label} {why}" for (label, _), why in faults.items())
    assert not unsent


def unwanted(operation, response):
    """Another status than the described ones, or words that tell how the server is made."""
    described = {int(code) for code in operation.definition.raw["responses"]}
    if response.status_code not in described | {404}:
        return f"answered {response.status_code}"
    words = response.get_data(as_text=True) if response.status_code >= 400 else ""
    return next((f"tells {mark}" for mark in INTERNALS if mark in words), None)


def hostile(site, operation, unsent):
    """Paths and what else is sent: one thing at a time is wrong."""

    def some(values, name):
        """Another value for each parameter, all of them where it is to be thorough."""
        start = zlib.crc32(f"{operation.label} {name}".encode()) % len(values)
        chosen = values if THOROUGH else values[start : start + 1]
        unsent.difference_update(map(repr, chosen))
        return chosen

    raw, known = operation.definition.raw, site.values_of(operation)[0]
    parameters = raw.get("parameters", [])
    right = filled(operation, known)
    for name in [one["name"] for one in parameters if one["in"] == "path"]:
        for value in some(IN_PATHS, name):
            yield filled(operation, known | {name: value}), {}
    queried = {one["name"] for one in parameters if one["in"] == "query"}
    for name in sorted(queried | set(EVERYWHERE)):
        for value in some(IN_QUERIES, name):
            yield right, {"query_string": f"{name}={encoded(value)}"}
    content = raw.get("requestBody", {}).get("content", {})
    for media in (*content, *MEDIA):
        for body in some(BODIES, media):
            yield right, {"data": body, "content_type": media}
    for name in properties(site, content.get("application/json", {}).get("schema", {})):
        for value in some(VALUES, name):
            yield right, {"data": json.dumps({name: value}), "content_type": "application/json"}


def filled(operation, values):
    """The operation's address with these path parameters."""
    path = operation.path
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", encoded(str(value), safe="/"))
    return path


def properties(site, schema):
    """The fields of a body's schema."""
    while "$ref" in schema:
        schema = site.schema.raw_schema["components"]["schemas"][schema["$ref"].split("/")[-1]]
    return schema.get("properties", {})


def encoded(value, safe=""):
    return quote(value.encode("utf-8", "surrogatepass"), safe=safe)
