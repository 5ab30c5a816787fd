"""Starting construction from the page, and the raw reply."""

import pytest

from annotation.models import Construction, Dataset, Step
from annotation.services import construction as steps
from annotation.vocab.construction import StepName
from modeling.backends import Decoding
from modeling.models import Run
from modeling.services import construction, endpoints, foreground, runs
from pact_site.base.models import AuditEvent
from tests.annotation.makers import load_rows, normad_row

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/runs/construct/source/"


@pytest.fixture
def rita(client, researcher, tmp_path):
    load_rows(tmp_path, [normad_row(), normad_row(ID="8", Story="Omar came late.")])
    client.force_login(researcher)
    return client


def asked(**changes):
    given = {"endpoint": "baseline:noisy", "name": "first", "temperature": "0"}
    return given | {"steps": ["norm", "preference"]} | changes


def finished(made):
    endpoint = endpoints.named("baseline:noisy")
    run = construction.plan_step(made, StepName.NORM, endpoint=endpoint, decoding=Decoding())
    runs.start(run=run)
    return foreground.see_through(run, lambda tick: None)


def test_the_page_starts_the_first_step_and_names_those_that_follow(rita, researcher):
    assert "2 source rows" in rita.get(PAGE).content.decode()
    response = rita.post(PAGE, asked())
    run = Run.objects.get()
    assert response["Location"] == f"/runs/{run.public_id}/"
    assert (run.kind, run.state, run.design["then"]) == (
        "construct:norm",
        "running",
        ["preference"],
    )
    assert run.created_by == researcher
    assert Construction.objects.get().simulated
    assert AuditEvent.objects.filter(verb="construction.begun", actor=researcher).exists()
    assert rita.get(response["Location"]).status_code == 200


def test_one_row_again(rita):
    made = steps.begin(
        dataset=Dataset.objects.get(), name="first",
        endpoint=endpoints.named("baseline:noisy").as_json(),
    )  # fmt: skip
    finished(made)
    page = f"{PAGE}?construction={made.pk}&rows=8&steps=norm&again=1"
    form = rita.get(page).context["form"]
    assert (form["rows"].value(), form["steps"].value(), form["again"].value()) == (
        "8",
        ["norm"],
        True,
    )
    assert rita.post(page, asked(rows="8", steps=["norm"])).status_code == 422
    response = rita.post(page, asked(rows="8", steps=["norm"], again="on"))
    assert response.status_code == 302
    assert Run.objects.order_by("-pk").first().cells == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rows": "99"}, "rows"),
        ({"steps": []}, "steps"),
        ({"steps": ["filter"]}, "steps"),
        ({"endpoint": "oracle"}, "endpoint"),
        ({"limit": "0"}, "limit"),
        ({"temperature": "3"}, "temperature"),
    ],
)
def test_what_cannot_be_asked_stands_beside_its_field(rita, changes, field):
    response = rita.post(PAGE, asked(**changes))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not Run.objects.exists()


def test_other_datasets_and_constructions_are_not_found(rita):
    assert rita.get("/runs/construct/nowhere/").status_code == 404
    assert rita.get(f"{PAGE}?construction=77").status_code == 404


def test_the_raw_reply_stands_as_it_came(rita):
    made = steps.begin(
        dataset=Dataset.objects.get(), name="first",
        endpoint=endpoints.named("baseline:noisy").as_json(),
    )  # fmt: skip
    run = finished(made)
    step = Step.objects.first()
    body = rita.get(f"/runs/{run.public_id}/replies/{step.cell_key}/").content.decode()
    assert "&quot;outcome&quot;" in body
    assert rita.get(f"/runs/{run.public_id}/replies/nothing/").status_code == 404
