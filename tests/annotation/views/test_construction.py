"""Pages of constructions and of a scenario's versions, and their REST counterparts."""

import pytest

from annotation.models import Dataset, Scenario, ScenarioVersion, SourceRow
from annotation.services import construction, editing
from modeling.models import Run
from pact_site.base.models import AuditEvent
from tests.annotation.constructing import ENDPOINT, take, take_all
from tests.annotation.makers import load_rows, normad_row, own_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def rita(client, researcher):
    client.force_login(researcher)
    return client


@pytest.fixture
def made(tmp_path):
    load_rows(tmp_path, [normad_row(), normad_row(ID="8", Story="Omar came with empty hands.")])
    return construction.begin(dataset=Dataset.objects.get(), name="first", endpoint=ENDPOINT)


@pytest.fixture
def scenario(tmp_path):
    load_rows(tmp_path, [own_row()], "csv")
    return Scenario.objects.get()


def page_of(made, *more):
    return "/".join(["/datasets/source/construction", str(made.pk), *map(str, more), ""])


def form_of(scenario, **changes):
    newest = scenario.versions.order_by("-number").first()
    texts = editing.wording_of(newest).columns()
    return texts | {"based_on": newest.number, "note": "Clearer."} | changes


def test_counts_link_to_their_rows(rita, made):
    row = SourceRow.objects.get(source_id="8")
    take(made, "norm", rows=[row.pk], verdict="rejected")
    body = rita.get(page_of(made)).content.decode()
    assert "?step=norm&amp;state=rejected#rows" in body
    assert "What is expected cannot be told from the row." in body
    shown = rita.get(page_of(made) + "?step=norm&state=rejected").content.decode()
    assert page_of(made, "rows", row.pk) in shown
    assert page_of(made, "rows", SourceRow.objects.get(source_id="7").pk) not in shown


def test_the_latest_run_says_why_rows_are_still_due(rita, made):
    facts = {"kind": "construct", "dataset_slug": made.dataset.slug, "endpoint": {}}
    for number, state in enumerate(("done", "failed")):
        Run.objects.create(
            label=f"{number}", state=state, error="No such model.", plan_hash="x",
            design={"construction": made.pk}, **facts,
        )  # fmt: skip
    assert "No such model." in rita.get(page_of(made)).content.decode()
    Run.objects.create(
        label="2", state="done", plan_hash="x", design={"construction": made.pk}, **facts
    )
    assert "No such model." not in rita.get(page_of(made)).content.decode()


def test_nonsense_in_the_filter_is_no_filter(rita, made):
    assert rita.get(page_of(made) + "?state=perhaps&step=polish&page=x").status_code == 200


def test_the_trail_shows_source_steps_and_scenario_side_by_side(rita, made):
    flag = {"code": "mocking", "column": "personal_preference", "found": ["silly"]}
    take_all(made, flags=[flag])
    row = SourceRow.objects.get(source_id="7")
    body = rita.get(page_of(made, "rows", row.pk)).content.decode()
    scenario = row.scenario_set.get()
    assert (
        page_of(made, "rows", row.pk)
        in rita.get(f"/datasets/source/scenarios/{scenario.pk}/").content.decode()
    )
    for text in (
        normad_row()["Story"].split(".")[0],
        "The actor bakes bread.",
        "A word may mock the practice.",
        "/runs/r1-norm/replies/norm-",
        "Became version 2.",
        "Construction first, try 1.",
    ):
        assert text in body


def test_a_stale_step_says_so(rita, made):
    take_all(made)
    row = SourceRow.objects.get(source_id="7")
    take(made, "preference", run="r2", again=True, rows=[row.pk])
    body = rita.get(page_of(made, "rows", row.pk)).content.decode()
    assert body.count(">stale<") == 2
    assert "1 earlier try" in body


@pytest.mark.parametrize("slug", ["source", "other"])
def test_rows_and_constructions_of_other_datasets_are_not_found(rita, made, tmp_path, slug):
    load_rows(tmp_path, [own_row()], "csv", dataset="other")
    row = SourceRow.objects.get(dataset__slug="other")
    assert rita.get(f"/datasets/{slug}/construction/{made.pk}/rows/{row.pk}/").status_code == 404


def test_saving_writes_a_version_with_its_note_and_shows_the_checks(rita, scenario, researcher):
    address = f"/datasets/source/scenarios/{scenario.pk}/edit/"
    given = form_of(scenario, situation="The actor decides to wait for {receiver}.")
    body = rita.post(address, given, follow=True).content.decode()
    version = scenario.versions.get(number=2)
    assert (version.origin, version.note, version.created_by) == ("edit", "Clearer.", researcher)
    assert "Version 2 is saved." in body
    assert "The situation tells what the actor does." in body
    assert AuditEvent.objects.filter(verb="scenario.edit", actor=researcher).count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"note": ""}, "This field is required."),
        ({"situation": ""}, "This field is required."),
        ({"culture_action": ""}, "One of the two actions is missing."),
        ({"based_on": 7}, "has been written meanwhile"),
        ({"theme": "sports"}, "Select a valid choice."),
    ],
)
def test_what_is_refused_stands_beside_the_field_and_is_kept(rita, scenario, changes, words):
    address = f"/datasets/source/scenarios/{scenario.pk}/edit/"
    given = form_of(scenario, norm_basis="A text just typed.") | changes
    response = rita.post(address, given)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert "A text just typed." in response.content.decode()
    assert ScenarioVersion.objects.count() == 1


def test_history_weaves_two_versions_and_restores(rita, scenario, researcher):
    rita.post(
        f"/datasets/source/scenarios/{scenario.pk}/edit/", form_of(scenario, setting="market")
    )
    history = f"/datasets/source/scenarios/{scenario.pk}/history/"
    body = rita.get(history).content.decode()
    assert "<del>" in body
    assert "From version 1 to version 2" in body
    address = f"/datasets/source/scenarios/{scenario.pk}/restore/1/"
    assert (
        "restored as version 3" in rita.post(address, {"based_on": 2}, follow=True).content.decode()
    )
    assert "written meanwhile" in rita.post(address, {"based_on": 2}, follow=True).content.decode()
    assert scenario.versions.get(number=3).setting == "shop"
    assert rita.post(address.replace("/1/", "/9/"), {"based_on": 3}).status_code == 404
    assert rita.get(history + "?before=3&after=3").content.decode().count("Nothing differs") == 1


VERSIONS = "/api/datasets/source/scenarios/na-greeting/versions/"


def test_versions_over_rest_are_listed_and_added_as_on_the_page(rita, scenario, researcher):
    (first,) = rita.get(VERSIONS).json()["results"]
    assert (first["number"], first["origin"], first["findings"]) == (1, "import", first["findings"])
    given = form_of(scenario, setting="market")
    response = rita.post(VERSIONS, given, content_type="application/json")
    assert response.status_code == 201, response.content
    added = response.json()
    assert (added["number"], added["setting"], added["created_by"]) == (2, "market", "rita")
    again = rita.post(VERSIONS, given | {"based_on": 2}, content_type="application/json")
    assert (again.status_code, again.json()["number"]) == (200, 2)
    assert [one["number"] for one in rita.get(VERSIONS).json()["results"]] == [2, 1]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"based_on": 9}, "based_on"),
        ({"note": ""}, "note"),
        ({"theme": "sports"}, "theme"),
        ({"country": "Atlantis"}, "country"),
        ({"situation": ""}, "situation"),
        ({"culture_action": ""}, "culture_action"),
        ({"setting": "x" * 300}, "setting"),
    ],
)
def test_rest_refuses_what_the_page_refuses(rita, scenario, changes, column):
    given = form_of(scenario, norm_basis="Other.") | changes
    response = rita.post(VERSIONS, given, content_type="application/json")
    assert response.status_code == 400
    assert list(response.json()) == [column]
    assert scenario.versions.count() == 1


def test_constructions_and_steps_over_rest(rita, made):
    take(made, "norm")
    base = "/api/datasets/source/constructions/"
    (listed,) = rita.get(base).json()["results"]
    assert listed["steps"] == ["norm", "preference", "rewrite", "actions"]
    steps = rita.get(f"{base}{made.pk}/steps/?verdict=kept").json()["results"]
    assert [step["source_id"] for step in steps] == ["7", "8"]
    assert steps[0]["output"]["theme"] == "hospitality"
    assert rita.get(f"{base}{made.pk}/steps/?verdict=rejected").json()["results"] == []
    for address in (f"{base}99/steps/", "/api/datasets/nowhere/constructions/",
                    "/api/datasets/source/scenarios/nothing/versions/"):  # fmt: skip
        assert rita.get(address).status_code == 404
