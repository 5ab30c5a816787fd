"""Pages of judges, for researchers who have no answers of their own to give."""

import pytest
from django.urls import reverse

from annotation.models import Judge, ScenarioVersion
from annotation.services import judging
from annotation.services.judging import Said
from annotation.services.validation import people
from modeling.models import Run
from tests.annotation.services.test_judging import make_judge
from tests.annotation.validating import CODES, make_scenarios, make_validation, seats

pytestmark = pytest.mark.django_db


@pytest.fixture
def norms():
    return make_scenarios(30)


@pytest.fixture
def judge(norms):
    """Two repeats: yes but for every third, then one that could not be read."""
    made = make_judge(norms, "Judge <b>one</b>", repeats=2)
    versions = list(ScenarioVersion.objects.order_by("pk"))
    judging.store_verdicts(
        judge=made,
        said=[
            Said(
                version.pk, code, repeat, "no" if (n + repeat) % 3 == 0 else "yes", f"Because {n}."
            )
            for n, version in enumerate(versions[1:])
            for code in CODES
            for repeat in (0, 1)
        ]
        + [Said(versions[0].pk, code, 0, "", "", "cut_off") for code in CODES],
    )
    return made


@pytest.fixture
def reader(client, researcher):
    client.force_login(researcher)
    return client


def page(judge, name="judge_detail", *more):
    return reverse(f"annotation:{name}", args=[judge.dataset.slug, judge.pk, *more])


def body(reader, address):
    response = reader.get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("state", "words"),
    [("failed", "No such model."), ("stopped", "was stopped"), ("running", "not done yet")],
)
def test_a_run_that_is_not_done_says_why_no_verdicts_come(reader, judge, state, words):
    run = Run.objects.create(
        kind="judge", dataset_slug="norms", state=state, error="No such model.",
        label="j", endpoint={}, design={}, plan_hash="x",
    )  # fmt: skip
    Judge.objects.filter(pk=judge.pk).update(run_id=run.public_id)
    text = body(reader, page(judge))
    assert words in text
    assert reverse("modeling:run_detail", args=[run.public_id]) in text
    Run.objects.update(state="done")
    assert words not in body(reader, page(judge))


def test_the_list_says_what_to_do_when_there_is_none(reader, norms):
    text = body(reader, reverse("annotation:judge_list", args=["norms"]))
    assert "manage.py judge --dataset norms" in text


def test_the_list_says_how_far_each_is(reader, judge):
    text = body(reader, reverse("annotation:judge_list", args=["norms"]))
    assert "177 of 180 verdicts" in text
    assert "not complete" in text
    assert "3 unreadable" in text
    assert "simulated" in text
    assert "<b>one</b>" not in text


def test_the_page_of_a_judge_shows_shares_flips_and_reasons(reader, judge):
    text = body(reader, page(judge))
    assert "SIMULATED" in text
    assert "65.5 %" in text, "19 of 29 are yes in the first repeat"
    assert "Flips across repeats" in text
    assert "Because 0." in text
    assert "cut_off" in text
    assert reverse("modeling:run_detail", args=["r"]) in text


def test_verdicts_can_be_filtered_and_paged(reader, judge):
    every = body(reader, page(judge) + "?value=any&page=2")
    assert "26 to 50 of 177" in every
    assert "value=any&amp;page=3" in every
    unread = body(reader, page(judge) + f"?value=invalid&criterion={CODES[0]}")
    assert "1 to 1 of 1" in unread
    assert "There is no such verdict." in body(reader, page(judge) + "?criterion=kindness")


def test_the_page_needs_the_same_number_of_queries_for_any_number_of_verdicts(
    reader, judge, django_assert_max_num_queries
):
    with django_assert_max_num_queries(14):
        reader.get(page(judge))


def test_two_judges_side_by_side(reader, judge, norms):
    other = make_judge(norms, "other")
    versions = ScenarioVersion.objects.order_by("pk")
    judging.store_verdicts(
        judge=other, said=[Said(v.pk, CODES[0], 0, "yes", "It is fine.") for v in versions]
    )
    text = body(reader, page(judge, "judge_beside", other.pk))
    assert "It is fine." in text
    assert "1 to 10 of 10" in text
    assert page(judge, "judge_beside", other.pk) in body(reader, page(judge))
    assert reader.get(page(judge, "judge_beside", judge.pk)).status_code == 404
    assert reader.get(page(judge, "judge_beside", 987654)).status_code == 404


def test_the_page_of_a_scenario_shows_what_judges_said(reader, judge):
    scenario = ScenarioVersion.objects.order_by("pk")[1].scenario
    address = reverse("annotation:scenario_detail", args=["norms", scenario.pk])
    text = body(reader, address)
    assert "Verdicts of judges" in text
    assert text.count("Because 0.") == 6


def test_a_judge_of_another_dataset_is_not_found(reader, judge):
    make_scenarios(1, slug="others")
    address = reverse("annotation:judge_detail", args=["others", judge.pk])
    assert reader.get(address).status_code == 404


def test_annotators_see_no_judge(client, annotator, judge):
    client.force_login(annotator)
    for address in (page(judge), reverse("annotation:judge_list", args=["norms"])):
        assert client.get(address).status_code in (403, 404)


def test_a_researcher_who_annotates_sees_verdicts_once_the_own_answers_are_final(
    reader, researcher, judge
):
    validation = make_validation(dataset=judge.dataset, people=False)
    seat = seats(validation)[0]
    seat.user = researcher
    seat.save()
    scenario = validation.items.first().version.scenario
    shut = [
        page(judge),
        reverse("annotation:judge_list", args=["norms"]),
        "/api/datasets/norms/judges/",
        f"/api/datasets/norms/judges/{judge.pk}/verdicts/",
    ]
    for address in shut:
        response = reader.get(address)
        assert response.status_code == 403, address
        assert b"Because" not in response.content
    text = body(reader, reverse("annotation:scenario_detail", args=["norms", scenario.pk]))
    assert "Because" not in text
    assert "open to you once your own answers are final" in text
    people.deactivate(seat=seat)
    for address in shut:
        assert reader.get(address).status_code == 200, address


def test_judges_and_verdicts_over_rest(reader, judge):
    (listed,) = reader.get("/api/datasets/norms/judges/").json()["results"]
    assert (listed["name"], listed["scenarios"], listed["verdicts"], listed["invalid"]) == (
        "Judge <b>one</b>", 30, 177, 3,
    )  # fmt: skip
    assert reader.get(f"/api/datasets/norms/judges/{judge.pk}/").json() == listed
    below = f"/api/datasets/norms/judges/{judge.pk}/verdicts/"
    said = reader.get(below).json()
    assert said["count"] == 177
    assert said["results"][0] == {
        "scenario": "norms-00000", "version": 1, "criterion": CODES[1], "repeat": 0,
        "value": None, "rationale": "", "invalid_reason": "cut_off",
    }  # fmt: skip
    assert reader.get(below + f"?criterion={CODES[0]}&repeat=1").json()["count"] == 29
    assert reader.get(below + "?value=no&repeat=0").json()["count"] == 30
    assert reader.post(below, {}).status_code == 405
    assert reader.get("/api/datasets/norms/judges/987654/verdicts/").status_code == 404
