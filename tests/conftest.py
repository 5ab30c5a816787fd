"""The cast and the tools every test may use."""

import gc
import itertools
import os
import shutil
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.test import TransactionTestCase, override_settings

from pact_site.base.models import Role, User
from pact_site.checks import FIGURE_FORMATS
from tests.emptying import empty_quickly
from tests.modeling.platform import Platform
from tests.sharing import LITTLE_WRITTEN, made_once

hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
HOMES = itertools.count()
SHARED = Path(__file__).resolve().parents[2] / "shared"
TARGETS = ("services", "faults", "docs", "simulations", "walks")
"""Markers of tests that `make test` leaves to a target of their own, which says PACT_TEST_…=1."""


def pytest_configure():
    """A worker of the suite is one of several: threads beside it only wait for each other.

    Said before numpy and polars are loaded; workers and processes that tests start inherit it.
    """
    gc.disable()
    for pool in ("OPENBLAS_NUM", "OMP_NUM", "MKL_NUM", "POLARS_MAX"):
        os.environ.setdefault(f"{pool}_THREADS", "1")
    if "CI" not in os.environ:  # there Hypothesis has no time limits anyway
        hypothesis.settings.load_profile("unhurried")


def pytest_collection_finish():
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item, nextitem):
    """Garbage is looked for after each file, and among what that file left.

    What was there before, modules above all, stays to the end: to look through it again and again,
    as Python would by itself after every 700 new objects, would find none.
    """
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
        gc.freeze()


def pytest_collection_modifyitems(items):
    """What has a target of its own runs only there, and there a missing program or service fails."""
    in_good_order(items)
    for name in TARGETS:
        if os.environ.get(f"PACT_TEST_{name.upper()}") != "1":
            skip = pytest.mark.skip(reason=f"{name} run with `make test-{name}`")
            for item in items:
                if item.get_closest_marker(name):  # keywords hold names of folders too
                    item.add_marker(skip)


def in_good_order(items):
    """Files with slow tests go first, then those of the browser: workers take whole files, and a long
    one that comes last keeps one of them busy while the others have nothing left to do.

    Before them go those without a database, all but the file whose worker makes it for the others.
    """
    slow, browser, stored = (
        {i.path for i in items if i.get_closest_marker(m)} for m in ("slow", "e2e", "django_db")
    )
    stored |= {item.path for item in items if {"db", "migrated"} & set(item.fixturenames)}
    items.sort(key=lambda item: (item.path not in slow, item.path not in browser))
    maker = next((item.path for item in items if item.path in stored), None)
    items.sort(key=lambda item: (item.path != maker, item.path in stored))


def on_sqlite():
    return django_settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix, django_db_keepdb, tmp_path_factory, request
):
    """SQLite's test database is a file of this run: servers and threads then have connections of
    their own, as in production, and two runs on one machine never meet."""
    if on_sqlite():
        name = tmp_path_factory.mktemp("database") / "test.sqlite3"
        if django_db_keepdb:
            shutil.copy(request.getfixturevalue("migrated"), name)
        django_settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(name)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb):
    """Workers of one run begin with copies of one migrated file, which go with a later run."""
    return django_db_keepdb or (on_sqlite() and "PYTEST_XDIST_WORKER" in os.environ)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """The database, with one connection that stays open beside those of the tests.

    Django closes its own after every test that commits. The last one to go has SQLite write its log
    back into the file, wait for the disk and delete the log, which the next one makes anew.
    """
    if on_sqlite():
        with closing(sqlite3.connect(django_settings.DATABASES["default"]["NAME"])) as beside:
            beside.execute("SELECT count(*) FROM sqlite_master").fetchone()
            yield
    else:
        yield


@pytest.fixture(scope="session", autouse=True)
def _emptied_quickly(django_test_environment):
    """What a test committed is deleted after it; 800 tests commit."""
    if on_sqlite():
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(TransactionTestCase, "_fixture_teardown", empty_quickly)
            yield
    else:
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_settings(django_test_environment):
    """Passwords are hashed in no time, and reports are written without PDF and pictures beside SVG.

    Tests that look at those ask for `with_pdf`, `with_pictures`. Styles and scripts are looked for
    when a page asks for one; otherwise every test client would first read them all.
    """
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    quick = {"PASSWORD_HASHERS": hashers, "WHITENOISE_AUTOREFRESH": True, **LITTLE_WRITTEN}
    with override_settings(**quick):
        yield


@pytest.fixture(autouse=True)
def _own_place(_quick_settings, tmp_path_factory):
    """Each test writes below a folder of its own, and no rate limit of one test reaches the next.

    Each test has cache keys of its own. Emptying the cache would empty a Redis that is the broker
    and other tests' cache as well.
    """
    home = tmp_path_factory.getbasetemp() / f"home-{next(HOMES)}"
    home.mkdir()
    cache = {**django_settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}
    with override_settings(
        PACT_HOME=home, PACT_SHARDS=str(home / "shards"), CACHES={"default": cache}
    ):
        yield


@pytest.fixture
def with_pictures(settings):
    """Reports have their figures in every format, as by default."""
    settings.PACT_REPORT_FIGURES = list(FIGURE_FORMATS)


@pytest.fixture
def with_pdf(settings):
    """Reports come with report.pdf, as by default; needs Pango."""
    pytest.importorskip("weasyprint", exc_type=OSError)
    settings.PACT_REPORT_PDF = True


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """A SQLite file with every table and no row of ours, for platforms of their own to copy."""

    def migrate(folder):
        Platform(folder).manage("migrate", "--verbosity", "0")

    folder, _ = made_once(tmp_path_factory, "migrated", migrate)
    return folder / "pact.sqlite3"


@pytest.fixture(scope="session")
def vega(tmp_path_factory):
    """The charts' script lies where the site serves it from."""
    made_once(tmp_path_factory, "vega", lambda folder: call_command("build_vega", verbosity=0))


@pytest.fixture
def researcher(db):
    return User.objects.create_user(
        "rita", "rita@example.org", "a-long-pass-phrase", role=Role.RESEARCHER
    )


@pytest.fixture
def annotator(db):
    return User.objects.create_user(
        "anna", "anna@example.org", "a-long-pass-phrase", role=Role.ANNOTATOR
    )


@pytest.fixture
def administrator(db):
    return User.objects.create_user(
        "ada", "ada@example.org", "a-long-pass-phrase", role=Role.ADMINISTRATOR
    )


@pytest.fixture
def normad_file():
    """The real NormAd-ETI file, where the maintainers keep it; never part of a clone."""
    path = SHARED / "data" / "normad_eti_v1_core.csv"
    if not path.exists():
        pytest.skip(
            "The real NormAd-ETI file is not on this machine (it is never part of a clone)."
        )
    return path
