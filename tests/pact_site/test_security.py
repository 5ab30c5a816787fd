"""The security floor: headers on every page, cookies, production settings, logs."""

import copy
import io
import json
import logging
import logging.config
import os
import re
import secrets
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from pact_site.base.services.accounts import ensure_user

ROOT = Path(__file__).resolve().parents[2]
INLINE = re.compile(
    r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\b(src=|type=\"application/))", re.I
)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["/", "/accounts/login/", "/nothing/", "/style/", "/admin/login/", "/api/", "/s/nothing/"],
)
def test_every_answer_carries_the_policy(client, path):
    response = client.get(path)
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"


def test_templates_hold_no_inline_scripts_styles_or_handlers():
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in (ROOT / "templates").rglob("*.html")
        if "bundle" not in path.parts  # files of their own, opened from a disk
        for match in INLINE.finditer(path.read_text())
    ]
    assert not found


@contextmanager
def written(form):
    """What the server's log would hold, in one of its formats."""
    spec = copy.deepcopy(settings.LOGGING)
    config = logging.config.DictConfigurator(spec)
    handler = logging.StreamHandler(stream := io.StringIO())
    handler.setFormatter(config.configure_formatter(spec["formatters"][form]))
    for name in spec["handlers"]["console"]["filters"]:
        handler.addFilter(config.configure_filter(spec["filters"][name]))
    access, root = logging.getLogger("pact.access"), logging.getLogger()
    before = access.level
    access.setLevel(logging.INFO)
    root.addHandler(handler)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        access.setLevel(before)


@pytest.mark.django_db
class TestCaching:
    def test_pages_of_signed_in_people_are_not_stored(self, client, researcher):
        client.force_login(researcher)
        assert client.get("/")["Cache-Control"] == "no-store"

    def test_visitors_pages_may_be_and_touch_no_session(self, client):
        response = client.get("/")
        assert "Cache-Control" not in response
        assert "sessionid" not in response.cookies

    def test_a_view_that_knows_better_keeps_its_word(self, client, researcher):
        client.force_login(researcher)
        assert "must-revalidate" in client.get("/accounts/login/")["Cache-Control"]


@pytest.mark.django_db
class TestAccessLog:
    @pytest.fixture
    def lines(self, caplog):
        caplog.set_level(logging.INFO, logger="pact.access")
        names = ("method", "route", "status", "ms")
        return lambda: [
            {name: getattr(record, name) for name in names}
            for record in caplog.records
            if record.name == "pact.access"
        ]

    def test_one_line_names_route_status_and_time(self, client, lines):
        client.get("/health/")
        (line,) = lines()
        assert line | {"ms": 0} == {"method": "GET", "route": "health/", "status": 200, "ms": 0}

    @pytest.mark.parametrize("form", ["plain", "json"])
    def test_no_query_string_key_or_address_is_logged(self, client, form):
        """Nor by Django's own lines of pages not found, forgeries and faults."""
        with written(form) as stream:
            client.get("/s/secret-key/?PROLIFIC_PID=5f00", REMOTE_ADDR="203.0.113.9")
            client.get("/no/such/secret-key/?PROLIFIC_PID=5f00")
            Client(enforce_csrf_checks=True).post("/s/secret-key/?PROLIFIC_PID=5f00")
        text = stream.getvalue()
        assert text.count("pact.access") == 3
        assert text.count("Not Found: s/<slug:slug>/") == 1
        assert "Forbidden" in text
        assert not any(part in text for part in ("secret-key", "5f00", "203.0.113"))
        assert "(no such page)" in text

    def test_djangos_own_lines_name_the_request_too(self, client):
        """It writes them when the answer has left everything that we put around it."""
        with written("json") as stream:
            answer = client.get("/no/such/page/")
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        assert {line["logger"] for line in lines} == {"pact.access", "django.request"}
        assert {line["request_id"] for line in lines} == {answer["X-Request-ID"]}


@pytest.mark.parametrize(("path", "status"), [("/health/", 200), ("/ready/", 200), ("/", 400)])
def test_probes_may_call_us_by_any_name(client, db, settings, path, status):
    """Inside the house, by the number of a container: what they are told holds no address."""
    settings.ALLOWED_HOSTS = ["pact.example.org"]
    assert client.get(path, headers={"host": "10.0.0.7:8000"}).status_code == status


@pytest.mark.django_db
class TestLockout:
    def attempt(self, client, name, password="wrong"):
        return client.post("/accounts/login/", {"login": name, "password": password})

    def test_eight_wrong_passwords_lock_the_name_in_any_case(self, client, researcher):
        for number in range(8):
            response = self.attempt(client, "rita" if number % 2 else "Rita")
        assert response.status_code == 429
        assert self.attempt(client, "RITA", "a-long-pass-phrase").status_code == 429

    def test_others_are_not_locked_out_with_it(self, client, researcher, annotator):
        for _ in range(8):
            self.attempt(client, "rita")
        assert self.attempt(client, "anna", "a-long-pass-phrase").status_code == 302

    def test_an_address_by_mail_is_counted_too(self, client, researcher):
        for _ in range(8):
            response = self.attempt(client, "rita@example.org")
        assert response.status_code == 429

    def test_success_clears_the_count(self, client, researcher):
        for _ in range(7):
            self.attempt(client, "rita")
        assert self.attempt(client, "rita", "a-long-pass-phrase").status_code == 302
        client.logout()
        assert self.attempt(client, "rita").status_code == 200

    def test_no_network_address_is_stored(self, client, researcher):
        from axes.models import AccessAttempt

        self.attempt(client, "rita")
        assert AccessAttempt.objects.get().ip_address is None

    def test_unknown_names_get_the_same_answer(self, client, researcher):
        known, unknown = self.attempt(client, "rita"), self.attempt(client, "nobody")
        strip = re.compile(r'value="[^"]*"|csrf\S+')
        assert strip.sub("", known.content.decode()) == strip.sub("", unknown.content.decode())


@pytest.mark.django_db
class TestAccounts:
    def test_nobody_signs_up(self, client):
        response = client.post(
            "/accounts/signup/",
            {"username": "eve", "password1": "long-enough-1", "password2": "long-enough-1"},
        )
        assert b"Accounts are given" in response.content

    @pytest.mark.parametrize(
        "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"]
    )
    def test_signing_in_never_leads_to_another_site(self, client, researcher, target):
        response = client.post(
            f"/accounts/login/?next={target}",
            {"login": "rita", "password": "a-long-pass-phrase", "next": target},
        )
        assert response["Location"] == "/"

    def test_the_admin_sends_people_through_the_sites_sign_in(self, client):
        assert (
            client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/accounts/login/")
        )

    def test_an_administrator_may_enter_the_admin(self, client, db):
        client.force_login(ensure_user(username="ada", role="administrator", password="x"))
        assert client.get("/admin/base/auditevent/").status_code == 200
        assert client.get("/admin/base/auditevent/add/").status_code == 403

    def test_a_reset_link_goes_out_by_mail(self, client, researcher, mailoutbox):
        client.post("/accounts/password/reset/", {"email": "rita@example.org"})
        assert "/accounts/password/reset/key/" in mailoutbox[0].body


@pytest.mark.slow
class TestProduction:
    """The settings of production, in a process of their own."""

    def manage(self, tmp_path, *arguments, **environment):
        base = {"PACT_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            env=base | environment,
        )

    def test_the_deployment_check_is_clean(self, tmp_path):
        done = self.manage(
            tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING",
            PACT_PRODUCTION="1", PACT_SECRET_KEY=secrets.token_urlsafe(60),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "no issues" in done.stdout

    def test_production_needs_a_key_that_is_given(self, tmp_path):
        done = self.manage(
            tmp_path, "manage.py", "check", "--deploy", "--tag", "security",
            PACT_PRODUCTION="1", PACT_SECRET_KEY="short",
        )  # fmt: skip
        assert "security.W009" in done.stderr

    def test_cookies_and_redirects_are_secure(self, tmp_path):
        done = self.manage(
            tmp_path, "-c",
            "import os, json; os.environ['DJANGO_SETTINGS_MODULE'] = 'pact_site.settings';"
            "from django.conf import settings as s; print(json.dumps([s.SESSION_COOKIE_SECURE,"
            "s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS > 0, s.DEBUG]))",
            PACT_PRODUCTION="1",
        )  # fmt: skip
        assert json.loads(done.stdout) == [True, True, True, True, False], done.stderr


def test_debug_is_off_by_default(settings):
    assert settings.DEBUG is False
    assert settings.PACT_PRODUCTION is False


@pytest.mark.django_db
class TestAdmin:
    def test_people_without_the_flag_get_a_page_not_a_circle(self, client, annotator):
        client.force_login(annotator)
        response = client.get("/admin/", follow=True)
        assert response.status_code == 403
        assert b"not open to you" in response.content

    @pytest.mark.parametrize("model", ["job", "auditevent"])
    def test_jobs_and_audit_rows_are_only_looked_at(self, client, model):
        client.force_login(ensure_user(username="ada", role="administrator", password="x"))
        assert client.get(f"/admin/base/{model}/").status_code == 200
        assert client.get(f"/admin/base/{model}/add/").status_code == 403


@pytest.mark.django_db
def test_a_form_without_its_token_gets_a_friendly_page(researcher):
    from django.test import Client

    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "rita"})
    assert response.status_code == 403
    assert b"That form was too old" in response.content
