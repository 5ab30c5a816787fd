"""Releases, screenings, ledgers and schemes over REST."""

import pytest

from annotation.services import screening_ledger as ledgers
from annotation.services.schemes import DISTANCE, copy_scheme, edit_scheme
from tests.annotation.screenings import make_screened
from tests.annotation.validating import make_scenarios, make_validation

pytestmark = pytest.mark.django_db


@pytest.fixture
def release():
    screening = make_screened(make_scenarios(8), (1,))
    return ledgers.release_screening(screening=screening)


def addresses(release):
    of = f"/api/datasets/norms/screenings/{release.screening.pk}/"
    return [
        "/api/datasets/norms/releases/", "/api/datasets/norms/releases/1/",
        "/api/datasets/norms/releases/1/scenarios/", "/api/datasets/norms/screenings/", of,
        f"{of}ledger/", "/api/schemes/", "/api/schemes/distance/geo-v1/",
    ]  # fmt: skip


def test_researchers_read_and_nobody_writes(release, client, researcher, annotator):
    for address in addresses(release):
        client.logout()
        assert client.get(address).status_code == 401, address
        client.force_login(annotator)
        assert client.get(address).status_code == 403, address
        client.force_login(researcher)
        assert client.get(address).status_code == 200, address
        for method in (client.post, client.put, client.patch, client.delete):
            assert method(address, {}, content_type="application/json").status_code == 405


def test_a_release_tells_its_counts_and_its_scenarios(release, client, researcher):
    client.force_login(researcher)
    told = client.get("/api/datasets/norms/releases/1/").json()
    assert (told["counts"]["before"], told["counts"]["after"]) == (8, 7)
    assert told["screening"] == release.screening.pk
    rows = client.get("/api/datasets/norms/releases/1/scenarios/").json()["results"]
    assert len(rows) == 7
    assert rows[1]["country"] == "NA"


def test_the_ledger_and_the_errors_of_the_rule(release, client, researcher):
    client.force_login(researcher)
    of = f"/api/datasets/norms/screenings/{release.screening.pk}/"
    told = client.get(of).json()
    assert told["outcome"] == {
        "scenarios": 8, "flagged": 1, "not_judged": 0, "to_check": 4, "checked": 0,
        "removed": 1, "kept": 7,
    }  # fmt: skip
    assert told["error_rates"][0]["value"] is None
    assert told["error_rates"][0]["note"]
    rows = client.get(f"{of}ledger/").json()["results"]
    assert [row["removed"] for row in rows] == [False, True] + [False] * 6
    assert rows[1]["reasons"][0]["criterion"] == "plausible"


def test_who_still_annotates_reads_no_ledger(client, researcher):
    validation = make_validation(people=False)
    release = ledgers.release_screening(screening=make_screened(validation.dataset, (0,)))
    seat = validation.annotators.first()
    seat.user = researcher
    seat.save()
    client.force_login(researcher)
    base = f"/api/datasets/{validation.dataset.slug}/screenings/"
    for address in (
        base,
        f"{base}{release.screening.pk}/",
        f"{base}{release.screening.pk}/ledger/",
    ):
        assert client.get(address).status_code == 403, address


def test_schemes_with_their_definitions(client, researcher, db):
    copy_scheme(kind=DISTANCE, base="geo-v1", name="mine")
    edit_scheme(kind=DISTANCE, name="mine", changes={"nearest": 5})
    client.force_login(researcher)
    names = [row["name"] for row in client.get("/api/schemes/").json()["results"]]
    assert names == ["geo-v1", "pact-2026", "mine@2", "pact-8"]
    assert client.get("/api/schemes/distance/mine@1/").json()["definition"]["nearest"] == 3
    assert client.get("/api/schemes/distance/mine/").json()["edition"] == 2
    assert client.get("/api/schemes/region/pact-8/").json()["definition"]["kind"] == "regions"
    assert client.get("/api/schemes/region/geo-v1/").status_code == 404


@pytest.mark.parametrize("number", ["7", "99999999999999999999"])
def test_what_is_not_there_is_not_found(number, client, researcher, release):
    client.force_login(researcher)
    for tail in ("", "scenarios/"):
        assert client.get(f"/api/datasets/norms/releases/{number}/{tail}").status_code == 404
