"""The planning page: simulate, freeze, download."""

import json

import pytest

from survey.services.instruments import digest
from survey.services.studies import add_instrument, standard_definition

pytestmark = pytest.mark.django_db

FORM = {
    "hypotheses": "Close neighbours know each other's norms.",
    "sure": "on",
    "c-TOTAL_FORMS": "6",
    "c-INITIAL_FORMS": "0",
    **{f"c-{n}-frame": "both" for n in range(6)},
    **{f"c-{n}-family": "main" for n in range(6)},
    "c-0-metric": "culture_rate",
    "c-0-frame": "norm",
    "c-0-by": "relation",
}


@pytest.fixture
def page(client, researcher, study):
    client.force_login(researcher)
    return f"/studies/{study.slug}/planning/"


def test_the_planner_answers_with_sizes_and_cost(client, page, study):
    add_instrument(
        study=study, definition=standard_definition(countries=["BR"], planned_completes=10)
    )
    asked = {"width": 0.6, "rate": 0.5, "scenario_sd": 1, "person_sd": 0.7, "receiver_sd": 0.3}

    response = client.get(page, asked | {"excluded": 5, "pay": 9, "fee": 33})

    assert response.status_code == 200
    assert len(response.context["plan"].options) >= 6
    assert "Brazil" in response.content.decode()


def test_a_wish_that_cannot_be_is_named_beside_its_field(client, page):
    response = client.get(page, {"width": "wide"})

    assert response.status_code == 422
    assert "Enter a number." in response.content.decode()


def test_freezing_makes_a_file_whose_hash_can_be_checked(client, page, study):
    assert client.post(page + "freeze/", FORM).status_code == 302

    told = json.loads(client.get(page + "1.json").content)
    assert told["sha256"] == digest(told["document"])
    assert told["document"]["comparisons"][0]["by"] == "relation"
    assert "Promise 1 was frozen" in client.get(page).content.decode()


@pytest.mark.parametrize("left_out", ["sure", "hypotheses", "c-0-metric"])
def test_nothing_is_frozen_by_half_a_form(client, page, study, left_out):
    sent = {name: value for name, value in FORM.items() if name != left_out}

    response = client.post(page + "freeze/", sent)

    assert response.status_code == 422
    assert not study.preregistrations.exists()
    if left_out != "hypotheses":
        assert "Close neighbours" in response.content.decode()


def test_annotators_see_no_plans(client, annotator, study):
    client.force_login(annotator)

    assert client.get(f"/studies/{study.slug}/planning/").status_code in (302, 403)
