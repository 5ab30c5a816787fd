"""Runs in a real browser: every look, and from the list to the text behind a number."""

import pytest
from playwright.sync_api import expect

from modeling.models import Chunk, Run
from modeling.services import foreground, repeating, runs
from modeling.services.endpoints import Endpoint
from modeling.stub import StubOptions, running_stub
from tests.modeling.making import make_plan, make_release

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

FAULTS = {"refusal": 0.1, "think_block": 0.1, "ignored_constraint": 0.1, "cut_json": 0.1}


@pytest.fixture
def asked(live_server):
    """A run of a server that misbehaves, another of the same cells, and one with failed chunks."""
    release = make_release(2)
    made = []
    for seed in (1, 2):
        with running_stub(StubOptions(faults=FAULTS, seed=seed)) as stub:
            endpoint = Endpoint("env", "openai", "pact-stub-1", stub.base_url)
            run = make_plan(release, endpoint=endpoint, new=True, chunk_size=48).run
            runs.start(run=run)
            made.append(foreground.see_through(run, lambda tick: None))
    failed = make_plan(release, chunk_size=48).run
    Chunk.objects.filter(run=failed, number=0).update(state="failed", error="HTTP 401: no key")
    Run.objects.filter(pk=failed.pk).update(state="failed", error="HTTP 401: no key")
    repeating.repeat(repeating.of_run(made[0]))
    return [*made, failed]


@pytest.mark.walks
def test_every_page_is_accessible_and_fits(page, sign_in, researcher, asked, axe, whole):
    """In the light alone where the walk over all pages looks at the same one in the dark."""
    sign_in(page, researcher)
    one, two, failed = (run.public_id for run in asked)
    for address in (
        "/runs/", "/runs/?q=nothing+like+it", f"/runs/{one}/", f"/runs/{failed}/",
        f"/runs/{one}/invalid/", f"/runs/{one}/audit/", f"/runs/{one}/flips/?by=persona",
        f"/runs/{one}/compare/", f"/runs/{one}/manifest/", f"/runs/{one}/repeat/",
    ):  # fmt: skip
        page.goto(address)
        axe(page)
    for address in (f"/runs/{failed}/retry/", f"/runs/{one}/compare/{two}/"):
        page.goto(address)
        whole(page)


def test_from_the_list_to_the_raw_text_by_keyboard(page, sign_in, researcher, asked):
    sign_in(page, researcher)
    page.goto("/runs/")
    page.get_by_label("State").focus()
    page.keyboard.type("Done")
    page.get_by_label("Sorted by").select_option("-invalid")
    page.get_by_role("button", name="Filter").press("Enter")
    expect(page.get_by_role("cell", name="failed")).to_have_count(0)
    page.get_by_role("rowheader").get_by_role("link", name="pact-stub-1", exact=True).press("Enter")
    page.get_by_role("link", name="Invalid answers", exact=True).press("Enter")
    page.get_by_label("Reason", exact=True).select_option("refusal")
    page.get_by_role("button", name="Filter").press("Enter")
    expect(page.get_by_text("answer that.").first).to_be_visible()
    page.get_by_role("link", name="Prompt", exact=True).first.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Prompt of cell")
    page.go_back()
    with page.expect_download() as download:
        page.get_by_role("link", name="These answers (CSV)").click()
    text = download.value.path().read_text()
    assert "refusal" in text
    assert "cut_off" not in text


def test_two_runs_are_compared_and_one_change_looked_at(page, sign_in, researcher, asked):
    sign_in(page, researcher)
    one, two, _ = asked
    page.goto(f"/runs/{one.public_id}/")
    page.get_by_role("link", name="Compare", exact=True).click()
    page.get_by_label("The other run").select_option(two.public_id)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="Who chose what")).to_be_visible()
    page.get_by_role("link", name="Flips", exact=True).click()
    page.get_by_label("What differs").select_option("order")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_label("From")).to_have_value("culture_first")
    expect(page.get_by_role("region", name="Option order")).to_contain_text("preference first")


def test_a_repeat_is_planned_and_failed_chunks_asked_again(page, sign_in, researcher, asked):
    sign_in(page, researcher)
    _, two, failed = asked
    page.goto(f"/runs/{two.public_id}/")
    page.get_by_role("link", name="Repeat", exact=True).click()
    page.get_by_role("button", name="Plan it once more").click()
    expect(page.get_by_text("It waits to be started.")).to_be_visible()
    page.get_by_role("link", name="Compare both").click()
    expect(page.get_by_text("There is no cell in which both runs chose one label.")).to_be_visible()
    page.goto(f"/runs/{failed.public_id}/")
    page.get_by_role("link", name="Retry failed").click()
    expect(page.get_by_text("48 cells of one chunk")).to_be_visible()
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_text("1 chunk is asked again.")).to_be_visible()
