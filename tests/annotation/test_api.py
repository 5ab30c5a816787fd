"""Datasets and scenarios over REST: roles, filters, licence, and a schema that describes them."""

import pytest
from rest_framework.authtoken.models import Token

from tests.annotation.makers import load_rows, normad_row, own_row

pytestmark = pytest.mark.django_db

DATASETS = "/api/datasets/"
SCENARIOS = "/api/datasets/source/scenarios/"


@pytest.fixture
def rows(tmp_path):
    load_rows(
        tmp_path,
        [
            normad_row(ID="1", Country="namibia"),
            normad_row(ID="2", Country="egypt", Story="Omar came late.", **{"Gold Label": "no"}),
        ],
    )


def test_researchers_only(rows, client, researcher, annotator):
    for url in (DATASETS, "/api/datasets/source/", SCENARIOS, "/api/schema/", "/api/docs/"):
        client.logout()
        assert client.get(url).status_code == 401
        client.force_login(annotator)
        assert client.get(url).status_code == 403
        client.force_login(researcher)
        assert client.get(url).status_code == 200


def test_nothing_can_be_written(rows, client, administrator):
    client.force_login(administrator)
    for url in (DATASETS, "/api/datasets/source/", SCENARIOS):
        for method in (client.post, client.put, client.patch, client.delete):
            assert method(url, {}, content_type="application/json").status_code == 405


def test_token_opens_the_same_door(rows, client, researcher):
    token = Token.objects.create(user=researcher)
    answer = client.get(DATASETS, headers={"authorization": f"Token {token.key}"})
    assert [dataset["slug"] for dataset in answer.json()["results"]] == ["source"]


def test_dataset_tells_size_and_licence(rows, client, researcher):
    client.force_login(researcher)
    dataset = client.get("/api/datasets/source/").json()
    assert dataset["scenarios"] == 2
    assert dataset["licence"] == "CC BY 4.0"
    assert "Rao" in dataset["attribution"]
    assert client.get("/api/datasets/nowhere/").status_code == 404
    assert client.get("/api/datasets/nowhere/scenarios/").status_code == 404


def test_scenarios_carry_country_licence_and_label(rows, client, researcher):
    client.force_login(researcher)
    first = client.get(SCENARIOS).json()["results"][0]
    assert (first["key"], first["version"], first["is_askable"]) == ("normad-1", 1, False)
    assert (first["country"], first["country_code"]) == ("Namibia", "NA")
    assert (first["gold_label"], first["source_id"]) == ("yes", "1")
    assert first["licence"] == "CC BY 4.0"


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"country": "NA"}, ["normad-1"]),
        ({"gold_label": "no"}, ["normad-2"]),
        ({"q": "omar late"}, ["normad-2"]),
        ({"theme": "food"}, []),
        ({"theme": "none"}, []),
        ({"gold_label": "none"}, []),
    ],
)
def test_filters(rows, client, researcher, query, keys):
    client.force_login(researcher)
    answer = client.get(SCENARIOS, query).json()
    assert [scenario["key"] for scenario in answer["results"]] == keys
    assert answer["count"] == len(keys)


def test_unknown_country_is_a_400_that_names_the_field(rows, client, researcher):
    client.force_login(researcher)
    answer = client.get(SCENARIOS, {"country": "Utopia"})
    assert answer.status_code == 400
    assert list(answer.json()) == ["country"]


def test_only_the_newest_version_of_this_dataset_is_listed(rows, client, researcher, tmp_path):
    load_rows(tmp_path, [normad_row(ID="1", Story="New.")])
    load_rows(tmp_path, [own_row()], "csv", dataset="other")
    client.force_login(researcher)
    results = client.get(SCENARIOS).json()["results"]
    assert [(s["key"], s["version"]) for s in results] == [("normad-1", 2), ("normad-2", 1)]


def test_schema_describes_paths_and_filters(client, researcher):
    client.force_login(researcher)
    schema = client.get("/api/schema/", headers={"accept": "application/json"}).json()
    listing = schema["paths"]["/api/datasets/{slug}/scenarios/"]["get"]
    names = {parameter["name"] for parameter in listing["parameters"]}
    assert names >= {"slug", "q", "country", "theme", "gold_label", "page"}
    assert {"/api/datasets/", "/api/datasets/{slug}/"} <= set(schema["paths"])


def test_documentation_page_obeys_the_content_security_policy(client, researcher):
    client.force_login(researcher)
    page = client.get("/api/docs/").content.decode()
    assert "<style" not in page
    assert all(part.startswith(" src=") for part in page.split("<script")[1:])
