"""Judges in a real browser: every look, and from a criterion to the raw text of a reply."""

import pytest
from playwright.sync_api import expect

from annotation.models import Judge
from annotation.services import judging as verdicts
from modeling.backends import Decoding
from modeling.services import foreground, runs
from modeling.services.endpoints import Endpoint, named
from modeling.services.judging import plan_judge
from modeling.stub import StubOptions, running_stub
from tests.annotation.validating import make_scenarios

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

JUDGES = "/datasets/norms/judges"


@pytest.fixture
def judges(live_server):
    """A baseline's verdicts, and those of a server that was cut off now and then."""
    make_scenarios(16)
    with running_stub(StubOptions(faults={"cut_json": 0.3})) as stub:
        for endpoint in (
            named("baseline:noisy"),
            Endpoint("env", "openai", "pact-stub-1", stub.base_url),
        ):
            planned = plan_judge(
                subject=verdicts.of_dataset("norms"),
                endpoint=endpoint,
                decoding=Decoding(temperature=0.8, seed=2),
                repeats=2,
            )
            runs.start(run=planned.run)
            foreground.see_through(planned.run, lambda tick: None)
    return list(Judge.objects.order_by("pk"))


@pytest.mark.walks
def test_every_page_is_accessible_and_fits(page, sign_in, researcher, judges, axe, whole):
    """In the light alone where the walk over all pages looks at the same one in the dark."""
    sign_in(page, researcher)
    baseline, stub = judges
    scenario = stub.verdicts.first().version.scenario_id
    for address in (
        f"{JUDGES}/", f"/datasets/norms/scenarios/{scenario}/", f"/runs/{stub.run_id}/",
        f"/runs/{stub.run_id}/invalid/", "/runs/", "/runs/judge/norms/",
    ):  # fmt: skip
        page.goto(address)
        axe(page)
    for verdicts_of in (f"{stub.pk}/", f"{stub.pk}/?value=invalid", f"{baseline.pk}/{stub.pk}/"):
        page.goto(f"{JUDGES}/{verdicts_of}")
        whole(page)


def test_from_the_dataset_to_an_unreadable_reply_and_back(page, sign_in, researcher, judges):
    sign_in(page, researcher)
    page.goto("/datasets/norms/")
    page.get_by_role("link", name="Judges").click()
    page.get_by_role("link", name="pact-stub-1", exact=True).click()
    page.get_by_label("Verdict", exact=True).select_option("unreadable")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("cell", name="cut_off").first).to_be_visible()
    page.get_by_role("link", name="raw text").first.click()
    expect(page.get_by_text('{"preference-').first).to_be_visible()
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("link", name="Verdicts", exact=True).click()
    expect(page.get_by_role("heading", name="pact-stub-1")).to_be_visible()
