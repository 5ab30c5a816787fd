"""Starting a judge from the page."""

import pytest
from django.core.management import call_command

from annotation.models import Judge, Verdict
from annotation.services import judging
from annotation.services.releases import create_release
from modeling.models import Run
from modeling.services import endpoint_rows
from modeling.stub import running_stub
from tests.annotation.validating import make_scenarios, make_validation, seats

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/runs/judge/norms/"


@pytest.fixture
def rita(client, researcher):
    make_scenarios(4)
    client.force_login(researcher)
    return client


def asked(**changes):
    given = {"over": "dataset", "endpoint": "baseline:noisy", "repeats": 2, "temperature": 0.5}
    return given | changes


def test_the_page_queues_a_judge_that_a_worker_sees_through(rita, researcher):
    assert "4 scenarios" in rita.get(PAGE).content.decode()
    response = rita.post(PAGE, asked(name="First", seed=3))
    judge = Judge.objects.get()
    assert response["Location"] == f"/datasets/norms/judges/{judge.pk}/"
    assert (judge.name, judge.model, judge.created_by) == (
        "First", "Noisy respondent 3", researcher,
    )  # fmt: skip
    assert (Run.objects.get().state, Run.objects.get().created_by) == ("running", researcher)
    assert "0 of 24" in rita.get(response["Location"]).content.decode()
    call_command("worker", until_idle=True)
    assert Verdict.objects.filter(judge=judge).count() == 24


def test_a_release_or_a_sample_is_chosen_by_name(rita):
    subject = judging.of_dataset("norms")
    create_release(dataset=subject.dataset, versions=subject.selection.versions()[:3])
    rita.post(PAGE, asked(over="release/1"))
    assert Judge.objects.get().size == 3
    validation = make_validation(people=False)
    address = f"/runs/judge/{validation.dataset.slug}/"
    assert "sample of Pilot" in rita.get(address).content.decode()
    rita.post(address, asked(over="validation/pilot"))
    assert Judge.objects.get(dataset=validation.dataset).source["over"] == "validation"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"over": "release/7"}, "Select a valid choice"),
        ({"endpoint": "env"}, "Select a valid choice"),
        ({"repeats": 0}, "greater than or equal to 1"),
        ({"temperature": 9}, "less than or equal to 2"),
        ({"limit": 0}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_asked_is_said_and_nothing_is_planned(rita, changes, words):
    response = rita.post(PAGE, asked(**changes))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Run.objects.exists()


def test_a_taken_name_stands_beside_its_field(rita):
    rita.post(PAGE, asked(name="First"))
    response = rita.post(PAGE, asked(name="First", repeats=3))
    assert response.status_code == 422
    assert "of this name already" in response.content.decode()
    assert Judge.objects.count() == 1


def test_the_same_judge_twice_is_one(rita):
    first, second = rita.post(PAGE, asked()), rita.post(PAGE, asked())
    assert first["Location"] == second["Location"]
    assert Run.objects.count() == 1


def test_who_still_annotates_starts_no_judge(rita, researcher):
    validation = make_validation(people=False)
    seat = seats(validation)[0]
    seat.user = researcher
    seat.save()
    address = f"/runs/judge/{validation.dataset.slug}/"
    assert rita.get(address).status_code == 403
    assert rita.post(address, asked()).status_code == 403
    assert not Run.objects.exists()


def test_a_real_endpoint_is_tried_before_it_judges(rita):
    with running_stub() as stub:
        endpoint_rows.add(name="stub", kind="lean", model="pact-stub-1", base_url=stub.base_url)
        response = rita.post(PAGE, asked(endpoint="stub"))
        run = Run.objects.get()
        assert response["Location"] == f"/runs/{run.public_id}/start/"
        call_command("worker", until_idle=True)
        run.refresh_from_db()
        assert (run.state, run.preflight["passed"]) == ("planned", True)
        rita.post(response["Location"])
        call_command("worker", until_idle=True)
    assert Verdict.objects.count() == 24
