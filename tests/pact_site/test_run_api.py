"""Planning runs over REST."""

import pytest

from modeling.models import Run
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(client, researcher):
    client.force_login(researcher)
    make_release(2)

    def post(*, expect=201, **given):
        body = {"dataset": "little", "endpoint": "baseline:noisy"} | given
        response = client.post("/api/runs/", body, content_type="application/json")
        assert response.status_code == expect, response.content
        return response.json()

    return post


def test_a_run_is_planned_and_waits(plan, researcher):
    told = plan(personas=["none"], frames=["norm"], limit=6, seed=3, temperature=0.5)
    run = Run.objects.get()
    assert told["run"]["id"] == run.public_id
    assert (run.state, run.cells, run.created_by) == ("planned", 6, researcher)
    assert (run.decoding["seed"], run.decoding["temperature"]) == (3, 0.5)
    assert run.design["frames"] == ["norm"]
    assert (told["found"], told["estimate"]["cells"]) == (False, 6)


def test_the_same_plan_is_found_unless_a_new_one_is_wanted(plan):
    first = plan(limit=4)["run"]["id"]
    again = plan(limit=4, expect=200)
    assert (again["found"], again["run"]["id"]) == (True, first)
    assert plan(limit=4, new=True)["run"]["id"] != first


def test_a_dry_run_stores_nothing(plan):
    told = plan(dry_run=True, expect=200)
    assert (told["run"], told["estimate"]["cells"]) == (None, 8 * 21 * 2 * 2)
    assert not Run.objects.exists()


def test_the_benchmark_is_planned_with_its_own_options(plan):
    told = plan(design="benchmark", roles=["C1"], relations=["same"], balances=["balance"])
    assert told["run"]["kind"] == "benchmark"
    assert told["run"]["design"]["roles"] == ["actor_pref_only"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"dataset": "nowhere"}, "no such dataset"),
        ({"endpoint": "nobody"}, "Unknown endpoint"),
        ({"styles": ["haiku"]}, "haiku"),
        ({"roles": ["C1"]}, "benchmark"),
        ({"design": "benchmark", "personas": ["none"]}, "counterparts"),
        ({"design": "poll"}, "not a valid choice"),
        ({"temperature": 3}, "less than or equal"),
        ({"limit": 0}, "out of range"),
        ({"budget": "5.00", "endpoint": "env"}, "PACT_BASE_URL"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(plan, given, words, settings):
    settings.PACT_BASE_URL = settings.PACT_MODEL = ""
    assert words in str(plan(expect=400, **given))
    assert not Run.objects.exists()


def test_only_researchers_plan(client, annotator):
    client.force_login(annotator)
    response = client.post("/api/runs/", {}, content_type="application/json")
    assert response.status_code == 403
