"""From a model to a started run in a real browser: endpoint, preflight, size, start, prompts."""

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from modeling.models import Run
from modeling.services import endpoint_rows, preflight, preflight_jobs
from modeling.stub import StubOptions, running_stub
from survey.models import Study
from tests.modeling.making import make_plan, make_release

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def work():
    """A worker until nothing is left."""
    call_command("worker", until_idle=True)


@pytest.fixture
def study(live_server):
    return Study.objects.create(slug="little-study", name="Little", release=make_release())


@pytest.fixture
def stub():
    with running_stub() as running:
        yield running


@pytest.mark.walks
def test_every_page_is_accessible_and_fits(page, sign_in, researcher, study, axe):
    """In the light; the walk over all pages looks at the same ones in the dark."""
    sign_in(page, researcher)
    with running_stub(StubOptions(faults={"think_block": 1.0})) as wrong:
        row = endpoint_rows.add(name="thinker", kind="lean", model="pact-stub-1",
                                base_url=wrong.base_url, key_variable="PACT_KEY_T",
                                options={"constrain": True}, prompt_price=1)  # fmt: skip
        run = make_plan(study.release, endpoint="thinker").run
        preflight.of_run(run)
        preflight_jobs.of_endpoint(row)
        work()
    fine = make_plan(study.release).run
    for address in (
        "/runs/endpoints/", "/runs/endpoints/new/", "/runs/endpoints/thinker/",
        "/runs/endpoints/thinker/edit/", "/runs/new/?study=little-study",
        "/runs/new/?dataset=little&design=benchmark", f"/runs/{run.public_id}/start/",
        f"/runs/{fine.public_id}/start/", f"/runs/{run.public_id}/prompts/3/",
        f"/runs/{run.public_id}/",
    ):  # fmt: skip
        page.goto(address)
        axe(page)


def test_a_person_sets_up_a_model_tries_it_and_starts_a_run(page, sign_in, researcher, study, stub):
    sign_in(page, researcher)
    page.goto("/runs/")
    page.get_by_role("link", name="Endpoints").click()
    page.get_by_role("link", name="Set up an endpoint").click()
    page.get_by_label("Name", exact=True).fill("stub")
    page.get_by_label("Model", exact=True).fill("pact-stub-1")
    page.get_by_label("Address").fill(stub.base_url)
    page.get_by_label("Price of a million tokens sent").fill("100")
    page.get_by_label("Price of a million tokens written").fill("400")
    page.get_by_role("button", name="Set up").click()
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("Waiting for a worker.")).to_be_visible()
    work()
    expect(page.get_by_text("Finite log-probabilities came with all 10 answers.")).to_be_visible()

    page.goto("/studies/little-study/")
    page.get_by_role("link", name="Ask a model").click()
    expect(page.get_by_label("About")).to_have_value("study/little-study")
    size = page.locator("#run-size")
    page.get_by_label("Endpoint", exact=True).select_option("stub")
    expect(size).to_contain_text("USD")
    page.get_by_label("Personas").fill("none")
    expect(size).to_contain_text("48")
    page.get_by_label("Personas").fill("Atlantis")
    expect(size).to_contain_text("Atlantis")
    page.get_by_label("Personas").fill("none")
    page.get_by_label("Budget").fill("5")
    page.get_by_role("button", name="Plan it and try the endpoint").click()
    expect(page.get_by_text("Waiting for a worker.")).to_be_visible()
    work()
    expect(page.get_by_text("tokens sent, by the server's own count")).to_be_visible()
    expect(page.get_by_text("It stops before it costs more than 5.00.")).to_be_visible()
    assert stub.stats()["answers"] == 20, "two preflights and nothing else"
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_text("The run has started")).to_be_visible()
    work()
    expect(page.get_by_text("48 of 48 cells")).to_be_visible()
    expect(page.locator("[hx-trigger]")).to_have_count(0)
    run = Run.objects.get()
    assert (run.state, run.cells) == ("done", 48)


def test_a_failed_preflight_needs_a_tick_and_prompts_can_be_walked_by_keyboard(
    page, sign_in, researcher, study, complaints
):
    sign_in(page, researcher)
    with running_stub(StubOptions(faults={"missing_logprobs": 1.0})) as wrong:
        endpoint_rows.add(name="poor", kind="openai", model="pact-stub-1", base_url=wrong.base_url)
        run = make_plan(study.release, endpoint="poor").run
        preflight.of_run(run)
    page.goto(f"/runs/{run.public_id}/")
    page.get_by_role("link", name="Start", exact=True).click()
    start = page.get_by_role("button", name="Start the run")
    start.click()
    assert Run.objects.get().state == "planned", "the browser holds an unticked box back"
    page.get_by_role("link", name="Look at the prompts").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Prompt of cell 1 of 432")).to_be_visible()
    page.get_by_role("link", name="Next").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Prompt of cell 2 of 432")).to_be_visible()
    page.get_by_label("Question").select_option("norm")
    page.get_by_role("button", name="Show this cell").click()
    expect(page.get_by_text("most people").first).to_be_visible()
    page.goto(f"/runs/{run.public_id}/start/")
    page.get_by_label("Start although this failed: logprobs").check()
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_text("overridden by rita")).to_be_visible()
    complaints.expect(
        "htmx:"
    )  # the run's page still asks how far the run is when the browser closes
