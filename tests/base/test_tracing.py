"""Every line of the log names the request or the work it belongs to."""

import io
import json
import logging
import logging.config
from contextlib import contextmanager

import pytest
from django.conf import settings

from pact_site.base.models import Job
from pact_site.base.services import jobs
from pact_site.base.tracing import Ids, answering, new_request_id, request_id, working_on

HANDLERS = {"test.speaks": "tests.base.test_tracing.speaks"}


def speaks(payload, context):
    logging.getLogger("pact.test").warning("at work")


def record_of(message):
    record = logging.LogRecord("pact.test", logging.WARNING, "", 1, message, (), None)
    assert Ids().filter(record)
    return record


def formatted(name, record):
    spec = settings.LOGGING["formatters"][name]
    config = logging.config.DictConfigurator({"version": 1})
    return config.configure_formatter(dict(spec)).format(record)


def test_outside_of_anything_a_line_names_nothing():
    record = record_of("hello")
    assert (record.request_id, record.work_id, record.ids) == ("", "", "")


def test_both_ids_stand_in_both_formats():
    with answering("request-1"), working_on("report 7"):
        record = record_of("hello")
    assert formatted("plain", record).endswith("hello [request request-1] [work report 7]")
    line = json.loads(formatted("json", record))
    assert (line["message"], line["request_id"], line["work_id"]) == (
        "hello", "request-1", "report 7",
    )  # fmt: skip
    assert line.keys() == {"at", "level", "logger", "message", "request_id", "work_id"}


def test_ids_end_with_what_they_name():
    with answering("request-1"):
        with answering("request-2"):
            assert request_id() == "request-2"
        assert request_id() == "request-1"
    assert request_id() == ""


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "a b c d e f g", "line\nbreak-line"])
def test_what_is_no_id_is_not_taken_over(given):
    made = new_request_id(given)
    assert made != given
    assert len(made) == 32
    assert new_request_id("from-the-proxy.1") == "from-the-proxy.1"


@pytest.mark.django_db
def test_a_job_names_itself_in_what_it_logs(settings, caplog):
    settings.PACT_JOB_HANDLERS = HANDLERS
    job = jobs.enqueue(kind="test.speaks", payload={})
    caplog.handler.addFilter(Ids())
    jobs.run_claimed(Job.objects.filter(pk=job.pk).claim())
    (said,) = [record for record in caplog.records if record.name == "pact.test"]
    assert said.work_id == str(job)


@pytest.mark.django_db
def test_answers_carry_the_id_of_their_request(client, settings):
    first, second = client.get("/health/"), client.get("/health/")
    assert len({first["X-Request-ID"], second["X-Request-ID"]}) == 2
    given = {"headers": {"x-request-id": "from-the-proxy"}}
    settings.SECURE_PROXY_SSL_HEADER = None
    assert client.get("/health/", **given)["X-Request-ID"] != "from-the-proxy"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert client.get("/health/", **given)["X-Request-ID"] == "from-the-proxy"


@contextmanager
def log_of(name):
    """What a logger writes with the formatter and the filters of the settings."""
    spec = settings.LOGGING
    config = logging.config.DictConfigurator({"version": 1})
    handler = logging.StreamHandler(stream := io.StringIO())
    handler.setFormatter(config.configure_formatter(dict(spec["formatters"]["plain"])))
    for one in spec["handlers"]["console"]["filters"]:
        handler.addFilter(config.configure_filter(dict(spec["filters"][one])))
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    try:
        yield stream
    finally:
        logger.removeHandler(handler)


@pytest.mark.django_db
def test_a_foreign_name_costs_one_line_of_the_log(client):
    with log_of("django.security.DisallowedHost") as stream:
        assert client.get("/", headers={"host": "evil.example"}).status_code == 400

    (line,) = stream.getvalue().splitlines()
    assert "WARNING django.security.DisallowedHost" in line
    assert "evil.example" in line


@pytest.mark.django_db
def test_a_page_that_is_not_open_to_somebody_costs_one_line_of_the_log(client, annotator):
    client.force_login(annotator)
    with log_of("django.request") as stream:
        assert client.get("/datasets/").status_code == 403

    (line,) = stream.getvalue().splitlines()
    assert "WARNING django.request Forbidden (Permission denied): datasets/" in line
