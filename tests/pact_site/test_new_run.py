"""A new run from the page: what it takes as one chooses, the plan, and the way to its preflight."""

import pytest
from django.core.management import call_command

from modeling.models import Run
from modeling.services import endpoint_rows
from modeling.stub import running_stub
from pact_site.base.models import Job
from survey.models import Study
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "/runs/new/"
COUNTERPARTS = {
    "about": "study/little-study", "endpoint": "baseline:noisy", "personas": "all",
    "styles": ["survey_form"], "frames": ["personal", "norm"],
    "orders": ["culture_first", "preference_first"], "mode": "label",
}  # fmt: skip
BENCHMARK = {
    "about": "dataset/little", "endpoint": "baseline:noisy", "relations": ["same", "far"],
    "roles": ["C1", "C2", "C3"], "conditions": ["full_demo"], "balances": ["balance"],
    "order": "all", "stage": "",
}  # fmt: skip
SHARED = {"samples": 1, "temperature": 0, "top_p": 1, "rationale_share": 0}


@pytest.fixture
def rita(client, researcher):
    Study.objects.create(slug="little-study", name="Little", release=make_release())
    client.force_login(researcher)
    return client


def counterparts(**changes):
    return COUNTERPARTS | SHARED | changes


def test_the_page_says_at_once_what_the_default_design_takes(rita):
    text = rita.get(f"{NEW}?study=little-study").content.decode()
    assert "1,008" in text
    assert 'value="study/little-study" selected' in text
    assert "nothing</span>" in text, "a baseline costs nothing"


def test_size_and_cost_follow_what_is_chosen(rita):
    endpoint_rows.add(name="paid", kind="openai", model="m", base_url="https://api.example.org/v1",
                      prompt_price=100, completion_price=0)  # fmt: skip
    size = rita.get(f"{NEW}size/", counterparts(endpoint="paid", samples=2))
    text = size.content.decode()
    assert "2,016" in text
    assert "USD" in text
    paper = rita.get(f"{NEW}size/", counterparts(mode="paper")).content.decode()
    assert "1,008" in paper
    assert "504" in paper


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"personas": "Atlantis"}, "Atlantis"),
        ({"styles": []}, "Prompt styles"),
        ({"mode": "paper", "frames": ["norm"]}, "both frames"),
        ({"samples": 0}, "greater than or equal to 1"),
        ({"endpoint": "nobody"}, "valid choice"),
        ({"budget": "5"}, ""),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_planned(rita, changes, words):
    if words:
        assert words in rita.get(f"{NEW}size/", counterparts(**changes)).content.decode()
    endpoint_rows.add(name="free", kind="openai", model="m", base_url="http://h/v1")
    response = rita.post(NEW, counterparts(**({"endpoint": "free"} | changes)))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Run.objects.exists()


def test_a_baseline_is_planned_and_waits_for_the_button(rita, researcher):
    response = rita.post(NEW, counterparts(limit=40, seed=3))
    run = Run.objects.get()
    assert response["Location"] == f"/runs/{run.public_id}/start/"
    assert (run.state, run.cells, run.created_by) == ("planned", 40, researcher)
    assert run.decoding["seed"] == 3
    assert not Job.objects.exists()
    assert rita.post(NEW, counterparts(limit=40, seed=3))["Location"] == response["Location"]
    assert Run.objects.count() == 1
    rita.post(NEW, counterparts(limit=40, seed=3, new="on"))
    assert Run.objects.count() == 2


def test_a_real_endpoint_is_tried_at_once(rita):
    with running_stub() as stub:
        endpoint_rows.add(name="stub", kind="lean", model="pact-stub-1", base_url=stub.base_url,
                          prompt_price=1, completion_price=1)  # fmt: skip
        response = rita.post(NEW, counterparts(endpoint="stub", budget="2.50"))
        run = Run.objects.get()
        assert "Waiting for a worker" in rita.get(response["Location"]).content.decode()
        call_command("worker", until_idle=True)
        assert stub.stats()["answers"] == 10, "nothing but the preflight was asked"
    run.refresh_from_db()
    assert (run.state, run.preflight["passed"], str(run.budget)) == ("planned", True, "2.50")
    assert (
        "It stops before it costs more than 2.50" in rita.get(response["Location"]).content.decode()
    )


def test_the_benchmark_is_planned_from_its_own_form(rita):
    page = f"{NEW}?design=benchmark"
    assert "Relations" in rita.get(page).content.decode()
    size = rita.get(f"{NEW}size/", {"design": "benchmark"} | BENCHMARK | SHARED).content.decode()
    assert rita.post(page, BENCHMARK | SHARED).status_code == 302
    run = Run.objects.get()
    assert run.kind == "benchmark"
    assert run.design["relations"] == ["same", "far"]
    assert f"{run.cells:,}" in size
    assert rita.get(f"{NEW}?design=poetry").status_code == 404


def test_without_anything_to_ask_about_the_page_says_so(client, researcher):
    client.force_login(researcher)
    response = client.get(NEW)
    assert response.status_code == 200
    page = response.content.decode()
    assert "nothing to ask about yet" in page
    assert "load_study" in page
    assert '<form class="run-new"' not in page
