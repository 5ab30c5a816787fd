"""What the REST interface answers where something is wrong, and what it does not let through."""

import json

import pytest

from annotation.models import Construction, ScenarioVersion
from modeling.models import ModelEndpoint
from modeling.services import endpoint_rows
from pact_site.base.rest_schema import KeptSchema
from tests.annotation.screenings import make_judge, make_screened
from tests.annotation.validating import make_scenarios

pytestmark = pytest.mark.django_db

WRITES = ("/api/reports/", "/api/endpoints/", "/api/runs/", "/api/model-cards/")


@pytest.fixture
def rest(client, researcher):
    client.force_login(researcher)
    return client


@pytest.mark.parametrize("address", WRITES)
@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000])
def test_deeply_nested_json_is_a_bad_request(rest, address, body):
    response = rest.post(address, body, content_type="application/json")
    assert response.status_code == 400
    assert "nested too deeply" in response.json()["detail"]


@pytest.mark.parametrize("text", [r"\ud800", r"a\udfffb"])
def test_half_a_character_is_a_bad_request(rest, text):
    body = '{"kind": "' + text + '", "study": "x"}'
    response = rest.post("/api/reports/", body, content_type="application/json")
    assert response.status_code == 400
    assert "half a character" in response.json()["detail"]


@pytest.mark.parametrize("address", ["/api/studies/%00/", "/api/runs/a%00/start/", "/runs/a%00/"])
def test_nothing_has_an_address_with_a_nul(rest, address):
    assert rest.get(address).status_code == 404


@pytest.mark.parametrize("given", ["%", "%s", "%(words)s", "100 %d"])
def test_percent_signs_in_a_filter_are_words(rest, given):
    make_scenarios(1)
    response = rest.get("/api/datasets/norms/scenarios/", {"regions": given})
    assert response.status_code == 400
    assert given in str(response.json()["regions"])


@pytest.mark.parametrize("given", ["0" * 36, "-" * 36, "f" * 35 + "-"])
def test_what_is_no_report_id_is_not_found(rest, given):
    for tail in ("", "estimates/"):
        assert rest.get(f"/api/reports/{given}/{tail}").status_code == 404


@pytest.mark.parametrize("address", ["/api/nothing/", "/api/reports/x/y/", "/api/datasets/ö/"])
def test_unknown_addresses_are_answered_in_json(rest, address):
    response = rest.get(address)
    assert (response.status_code, list(response.json())) == (404, ["detail"])
    rest.logout()
    assert rest.get(address).status_code == 401


def test_rows_of_one_dataset_do_not_open_under_another(rest):
    mine, other = make_scenarios(6), make_scenarios(1, slug="other")
    screening, judge = make_screened(mine, (1,)), make_judge(mine)
    made = Construction.objects.create(
        dataset=mine, name="made", endpoint={"name": "made"}, options={"steps": []}
    )
    key = mine.scenarios.first().key
    for tail in (
        f"screenings/{screening.pk}/",
        f"screenings/{screening.pk}/ledger/",
        f"judges/{judge.pk}/",
        f"judges/{judge.pk}/verdicts/",
        f"constructions/{made.pk}/",
        f"constructions/{made.pk}/steps/",
        f"scenarios/{key}/versions/",
    ):
        assert rest.get(f"/api/datasets/{mine.slug}/{tail}").status_code == 200, tail
        assert rest.get(f"/api/datasets/{other.slug}/{tail}").status_code == 404, tail


def test_no_request_sets_what_only_the_server_sets(rest, researcher, administrator):
    dataset = make_scenarios(1)
    endpoint_rows.add(name="one", kind="openai", model="m", base_url="https://a.example.org/v1")
    foreign = {"id": 99, "created_by": administrator.pk, "created_at": "2001-01-01T00:00:00Z"}
    changed = rest.patch(
        "/api/endpoints/one/", json.dumps(foreign | {"has_key": True, "currency": "EUR"}),
        content_type="application/json",
    )  # fmt: skip
    assert changed.status_code == 200
    row = ModelEndpoint.objects.get()
    assert (row.currency, row.created_by, row.created_at.year > 2001) == ("EUR", None, True)
    key = dataset.scenarios.get().key
    wording = {"situation": "Another guest stands at the door of {receiver}.", "country": "BR"}
    made = {"number": 50, "origin": "import", "content_hash": "0" * 64, "scenario": "x"}
    written = rest.post(
        f"/api/datasets/norms/scenarios/{key}/versions/",
        json.dumps(foreign | made | wording | {"note": "Why", "based_on": 1}),
        content_type="application/json",
    )
    assert written.status_code == 201, written.content
    version = ScenarioVersion.objects.get(number=2)
    assert (version.origin, version.created_by) == ("edit", researcher)
    assert version.content_hash != "0" * 64


def test_lists_come_in_pages_that_no_query_makes_longer(rest):
    make_scenarios(101)
    for query in ({}, {"page_size": 100_000}, {"limit": 100_000}):
        told = rest.get("/api/datasets/norms/scenarios/", query).json()
        assert (told["count"], len(told["results"])) == (101, 100)


def test_the_description_is_put_together_once_for_everybody(rest, administrator, monkeypatch):
    monkeypatch.setattr(KeptSchema, "_kept", {})
    first = rest.get("/api/schema/?format=json").content
    monkeypatch.setattr(KeptSchema, "_made", None)
    rest.force_login(administrator)
    assert rest.get("/api/schema/?format=json").content == first
    monkeypatch.undo()
    monkeypatch.setattr(KeptSchema, "_kept", {})
    assert rest.get("/api/schema/?format=json").content == first


def test_every_list_is_paged_and_says_so(rest):
    """The estimates of a report are a file's rows."""
    schema = rest.get("/api/schema/", headers={"accept": "application/json"}).json()
    unpaged = {
        operation["operationId"]
        for path in schema["paths"].values()
        for operation in path.values()
        if operation["operationId"].endswith("_list")
        and "Paginated" not in str(operation["responses"]["200"])
    }
    assert unpaged <= {"reports_estimates_list"}
