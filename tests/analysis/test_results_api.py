"""Results pages over REST."""

import pytest
from rest_framework.test import APIClient

from analysis.models import ResultsPage

pytestmark = pytest.mark.django_db
BASE = "/api/results/etiquette/"


@pytest.fixture
def api(researcher):
    client = APIClient()
    client.force_authenticate(researcher)
    return client


def draft_of(shown, **changes):
    return {
        "report": str(shown.public_id),
        "title": "What people choose",
        "figures": ["closeness"],
    } | changes


def test_from_a_draft_to_a_public_page_and_back(api, study, report):
    saved = api.put(BASE, draft_of(report), format="json").json()
    assert (saved["is_published"], saved["draft"]["figures"]) == (False, ["closeness"])
    shown = api.get(BASE + "becomes-public/").json()
    assert shown["content"]["draft"]["title"] == "What people choose"
    wrong = api.post(BASE + "publish/", {"hash": "0" * 64}, format="json")
    assert (wrong.status_code, list(wrong.json())) == (400, ["hash"])
    made = api.post(BASE + "publish/", {"hash": shown["hash"]}, format="json").json()
    assert (made["is_published"], made["edition"], made["frozen_hash"]) == (True, 1, shown["hash"])
    assert (made["newer_report"], made["withdrawn_since"]) == (None, 0)
    site = api.get(BASE + "site/")
    assert (site["Content-Type"], site.content[:2]) == ("application/zip", b"PK")
    assert not api.post(BASE + "unpublish/").json()["is_published"]
    assert api.get(BASE + "site/").status_code == 404
    assert [row["study"] for row in api.get("/api/results/").json()["results"]] == ["etiquette"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"figures": ["nothing"]}, "figures"),
        ({"minimum": 1}, "minimum"),
        ({"title": "x" * 300}, "title"),
        ({"report": "00000000-0000-4000-8000-000000000000"}, "report"),
        ({"data_url": "file:///etc/passwd"}, "data_url"),
    ],
)
def test_what_cannot_stand_names_its_field(api, study, report, changes, field):
    response = api.put(BASE, draft_of(report, **changes), format="json")
    assert (response.status_code, list(response.json())) == (400, [field])
    assert not ResultsPage.objects.exists()


def test_an_unknown_study_is_not_found(api):
    assert api.put("/api/results/nothing/", {}, format="json").status_code == 404
    assert api.get("/api/results/nothing/").status_code == 404
