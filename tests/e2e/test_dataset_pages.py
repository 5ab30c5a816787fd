"""Pages of constructions and versions, as a researcher uses them, in a real browser."""

import pytest
from playwright.sync_api import expect

from annotation.models import Dataset, ScenarioVersion, SourceRow
from annotation.services import construction
from tests.annotation.constructing import ENDPOINT, take, take_all
from tests.annotation.makers import load_rows, normad_row, write_rows

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

FLAG = {"code": "mocking", "column": "personal_preference", "found": ["silly"]}


@pytest.fixture
def made(live_server, tmp_path):
    """Two rows: one made, edited by a second try and stale; one rejected."""
    load_rows(tmp_path, [normad_row(), normad_row(ID="8", Story="Omar came with empty hands.")])
    made = construction.begin(dataset=Dataset.objects.get(), name="first", endpoint=ENDPOINT)
    first, second = SourceRow.objects.order_by("row_number").values_list("pk", flat=True)
    take(made, "norm", rows=[second], verdict="rejected")
    take_all(made, rows=[first])
    take(made, "preference", run="r2", rows=[first], again=True, flags=[FLAG])
    return made


@pytest.mark.walks
def test_every_page_is_accessible_and_fits(page, sign_in, researcher, made, axe, whole):
    """In the light alone where the walk over all pages looks at the same one in the dark."""
    sign_in(page, researcher)
    row = SourceRow.objects.order_by("row_number").first()
    scenario = row.scenario_set.get()
    for address in (
        "/datasets/source/construction/",
        f"/datasets/source/scenarios/{scenario.pk}/edit/",
        f"/datasets/source/scenarios/{scenario.pk}/history/",
        f"/runs/construct/source/?construction={made.pk}",
        "/datasets/import/",
    ):
        page.goto(address)
        axe(page)
    for address in ("", f"rows/{row.pk}/"):
        page.goto(f"/datasets/source/construction/{made.pk}/{address}")
        whole(page)


def test_from_a_count_to_its_row_and_on_to_an_edit(page, sign_in, researcher, made):
    sign_in(page, researcher)
    page.goto(f"/datasets/source/construction/{made.pk}/")
    page.get_by_role("row", name="norm").get_by_role("link").nth(1).click()
    expect(page.get_by_text("What is expected cannot be told from the row.").last).to_be_visible()

    page.goto(f"/datasets/source/construction/{made.pk}/?state=stale")
    page.get_by_role("link", name="Egypt · 7").click()
    expect(page.get_by_text("A word may mock the practice.")).to_be_visible()
    page.get_by_role("link", name="Edit", exact=True).click()

    page.get_by_label("Situation").fill("The actor decides to bring bread to {receiver}.")
    page.get_by_label("Why it is changed").fill("To see the checks.")
    page.get_by_role("button", name="Save as a new version").click()

    expect(page.get_by_text("Version 3 is saved.")).to_be_visible()
    expect(page.get_by_text("The situation tells what the actor does.").first).to_be_visible()
    expect(page.locator("ins").first).to_be_visible()
    page.get_by_role("button", name="Restore version 2").click()
    expect(page.get_by_text("restored as version 4")).to_be_visible()
    assert ScenarioVersion.objects.filter(origin="restore").count() == 1


def test_a_file_is_checked_before_it_is_imported(
    page, sign_in, researcher, live_server, whole, tmp_path
):
    rows = [normad_row(), normad_row(ID="8", Story="In Peru, Mona came late.")]
    sign_in(page, researcher)
    page.goto("/datasets/import/")
    page.get_by_label("File", exact=True).set_input_files(write_rows(tmp_path / "normad.csv", rows))
    page.get_by_label("Format").select_option("normad")
    page.get_by_label("Dataset").fill("normad")
    page.get_by_role("button", name="Only check").click()

    expect(page.get_by_text("Checked: nothing was written")).to_be_visible()
    expect(page.get_by_text("row 3 names PE")).to_be_visible()
    whole(page)
    assert not Dataset.objects.exists()
