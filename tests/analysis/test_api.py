"""Reports over REST."""

import pytest
from rest_framework.test import APIClient

from analysis.api import EstimateSerializer
from analysis.metrics.estimate import COLUMNS
from analysis.models import Report
from analysis.reports import service
from analysis.reports.options import Options
from tests.analysis import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(researcher):
    client = APIClient()
    client.force_authenticate(researcher)
    return client


@pytest.fixture
def study():
    return cast.make_study(per_country=2, scenarios=3)


@pytest.fixture
def waiting(study, researcher):
    """A report that nobody has built yet."""
    return service.request_report(options=Options("human", study.slug), actor=researcher)


@pytest.fixture
def report(study, people_report):
    return people_report


def test_list_and_detail_tell_the_state(api, report):
    listed = api.get("/api/reports/").json()["results"]
    assert [row["public_id"] for row in listed] == [str(report.public_id)]
    row = api.get(f"/api/reports/{report.public_id}/").json()
    assert (row["state"], row["progress"]) == ("done", 1.0)
    assert row["summary"]["headline"]


def test_estimates_are_the_rows_of_the_file_and_undefined_is_null(api, report):
    rows = api.get(f"/api/reports/{report.public_id}/estimates/").json()
    lines = (service.folder_of(report) / "estimates.csv").read_text().count("\n") - 1
    assert len(rows) == lines
    assert list(rows[0]) == list(EstimateSerializer().fields) == list(COLUMNS)
    assert all(row["value"] is not None or row["note"] for row in rows)
    some = api.get(f"/api/reports/{report.public_id}/estimates/", {"metric": "pair_agreement"})
    assert {row["metric"] for row in some.json()} == {"pair_agreement"}


def test_a_report_can_be_asked_for(api, study):
    response = api.post("/api/reports/", {"kind": "human", "study": "etiquette"}, format="json")
    assert response.status_code == 202
    assert response.json()["state"] == "queued"
    assert Report.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "human", "study": "nobody"},
        {"kind": "wisdom", "study": "etiquette"},
        {"kind": "human"},
        {"kind": "human", "study": "etiquette", "level": 3},
        {"kind": "human", "study": "etiquette", "replicates": 1},
    ],
)
def test_a_bad_wish_is_refused_with_a_reason(api, study, body):
    response = api.post("/api/reports/", body, format="json")
    assert response.status_code == 400
    assert response.json()
    assert not Report.objects.exists()


def test_annotators_and_visitors_may_not(waiting, annotator):
    client = APIClient()
    assert client.get("/api/reports/").status_code == 401
    client.force_authenticate(annotator)
    for path in ("", f"{waiting.public_id}/", f"{waiting.public_id}/estimates/"):
        assert client.get(f"/api/reports/{path}").status_code == 403


def test_estimates_of_an_unfinished_report_are_not_found(api, waiting):
    assert api.get(f"/api/reports/{waiting.public_id}/estimates/").status_code == 404


def test_estimates_come_in_parts_and_say_how_many_there_are(api, report):
    path = f"/api/reports/{report.public_id}/estimates/"
    whole = api.get(path, {"table": "human", "frame": "norm"})
    rows = whole.json()
    assert whole.headers["X-Total-Count"] == str(len(rows))
    assert {row["frame"] for row in rows} == {"norm"}
    part = api.get(path, {"table": "human", "frame": "norm", "limit": 2, "offset": 1})
    assert part.json() == rows[1:3]
    assert part.headers["X-Total-Count"] == str(len(rows))
    assert api.get(path, {"limit": 0}).status_code == 400
    assert api.get(path, {"offset": len(rows) * 100}).json() == []
