"""Hashes from before releases named their scenarios by key are brought over, and no others."""

import hashlib
from importlib import import_module

import pytest
from django.apps import apps

from annotation.services import screening_ledger as ledgers
from annotation.services.releases import is_intact
from tests.annotation.screenings import make_screened
from tests.annotation.validating import make_scenarios

pytestmark = pytest.mark.django_db

name_by_key = import_module("annotation.migrations.0004_hashes_by_key").name_by_key


def by_number(versions, name):
    """The hash as it was: of each version's own number here, or of its scenario's."""
    lines = sorted(f"{getattr(version, name)}:{version.content_hash}" for version in versions)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@pytest.fixture
def screening():
    return make_screened(make_scenarios(12), (0, 3))


@pytest.fixture
def release(screening):
    """As an earlier version of the code left it, with its screening."""
    release = ledgers.release_screening(screening=screening)
    release.content_hash = by_number(release.versions.all(), "scenario_id")
    release.save()
    screening.versions_hash = by_number(
        (row.version for row in screening.screened.select_related("version")), "pk"
    )
    screening.save()
    return release


def test_a_release_and_its_screening_are_named_by_key(release, screening):
    assert not is_intact(release)
    old = screening.versions_hash
    name_by_key(apps, None)
    release.refresh_from_db()
    assert is_intact(release)
    screening.refresh_from_db()
    assert screening.versions_hash not in ("", old)
    assert screening.versions_hash == make_screened(screening.dataset, (), name="b").versions_hash


def test_what_was_changed_by_hand_still_shows(release):
    release.versions.filter(pk=release.versions.first().pk).update(content_hash="e" * 64)
    before = release.content_hash
    name_by_key(apps, None)
    release.refresh_from_db()
    assert release.content_hash == before
    assert not is_intact(release)
