"""What a validation found, in a real browser: drawn, legible, filtered and settled by keyboard."""

import pytest
from django.urls import reverse

from annotation.models import Adjudication, SampledItem
from pact_site.base.models import Job
from pact_site.base.services import jobs
from tests.annotation.labelling import load_labels
from tests.annotation.rated import make_rated, make_verdicts
from tests.annotation.validating import make_validation, rate, rate_all, seats

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


TABLE = "section[aria-labelledby=agreement] .lead-table"


def address(name="results", slug="pilot", *more):
    return reverse(f"validation:{name}", args=[slug, *more])


@pytest.fixture
def pilot():
    validation = make_rated("pilot", simulated=True)
    make_verdicts(validation)
    return validation


def test_results_are_drawn_and_accessible(look, sign_in, researcher, pilot, axe):
    sign_in(look, researcher).goto(address())
    plots = look.locator(f"{TABLE} .interval-plot--people")
    assert plots.count() == 4
    for number in range(plots.count()):
        plot = plots.nth(number)
        assert plot.bounding_box()["width"] > 150
        assert "interval" in plot.get_attribute("aria-label")
        assert plot.locator(".interval-plot__range").count() == 1
    look.locator("summary", has_text="All coefficients").click()
    axe(look)


def test_points_of_a_column_share_one_axis(page, sign_in, researcher, pilot):
    """A mark's place follows its value: the axis of the head is that of every row."""
    sign_in(page, researcher).goto(address())
    table = page.locator(TABLE)
    lefts = {
        round(box["x"])
        for box in (one.bounding_box() for one in table.locator(".interval-plot").all())
    }
    assert len(lefts) == 1
    rows = table.locator("tbody tr")
    pairs = []
    for number in range(rows.count()):
        value = float(rows.nth(number).locator(".lead-estimate__value").inner_text())
        point = rows.nth(number).locator(".interval-plot__point").bounding_box()
        pairs.append((value, round(point["x"])))
    assert [x for _, x in sorted(pairs)] == sorted(x for _, x in pairs)


def test_undefined_is_explained_where_it_stands(page, sign_in, researcher, tmp_path, axe):
    load_labels(tmp_path)
    sign_in(page, researcher).goto(address(slug="paper"))
    page.get_by_label("Coefficient", exact=True).select_option("fleiss")
    page.get_by_role("button", name="Show").click()
    note = page.locator(".undefined-note").first
    assert "every rating is 'yes'" in note.inner_text()
    axe(page)


def test_items_are_filtered_and_settled_by_keyboard(page, sign_in, researcher, pilot, whole):
    sign_in(page, researcher).goto(address("result_items"))
    page.get_by_label("Show").select_option("open")
    with page.expect_navigation():
        page.get_by_role("button", name="Filter").click()
    whole(page)
    page.get_by_role("link", name="Settle").first.focus()
    page.keyboard.press("Enter")
    form = page.locator("details[open] form").first
    form.locator("input[type=radio]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("The two actions exclude each other.")
    page.keyboard.press("Tab")
    whole(page)
    page.keyboard.press("Enter")
    page.locator(".lead-outcome").wait_for()
    assert "exclude each other" in page.locator(".lead-outcome").inner_text()
    assert Adjudication.objects.get().decided_by == researcher
    whole(page)


def test_an_item_without_a_text_says_so(page, sign_in, researcher, tmp_path, axe):
    load_labels(tmp_path)
    item = SampledItem.objects.get(key="i4")
    sign_in(page, researcher).goto(address("result_item", "paper", item.pk))
    assert "does not hold the text" in page.locator("main").inner_text()
    axe(page)


def test_progress_is_asked_for_again_while_answers_come_in(page, sign_in, researcher):
    validation = make_validation("pilot")
    rate_all(seats(validation)[0])
    sign_in(page, researcher).goto(address())
    line = page.locator("#lead-progress .progress-line")
    before = line.inner_text()
    rate(seats(validation)[1])
    with page.expect_response("**/results/progress/", timeout=20_000):
        pass
    page.wait_for_function(
        "before => document.querySelector('#lead-progress .progress-line').innerText !== before",
        arg=before,
    )


def test_who_still_annotates_is_told_when_results_open(page, sign_in, researcher, complaints, axe):
    complaints.expect("403")
    validation = make_validation("pilot")
    seat = seats(validation)[0]
    seat.user = researcher
    seat.save()
    sign_in(page, researcher).goto(address())
    assert "once your own answers are final" in page.locator("main").inner_text()
    axe(page)


def test_the_report_is_built_and_its_charts_are_drawn(
    page, sign_in, researcher, pilot, vega, whole
):
    sign_in(page, researcher).goto(address())
    page.get_by_role("button", name="Build the report").click()
    page.get_by_text("Waiting for a worker").wait_for()
    jobs.run_claimed(Job.objects.filter(kind="analysis.report").claim())
    page.locator(".report-headline").wait_for()
    charts = page.locator("[data-chart]")
    assert charts.count() == 2
    for number in range(charts.count()):
        page.wait_for_function(
            "n => document.querySelectorAll('[data-chart]')[n].dataset.drawn === 'true'", arg=number
        )
        assert charts.nth(number).locator("canvas, svg").first.bounding_box()["width"] > 100
    assert "4 simulated annotators" in page.locator(".report-headline").inner_text()
    whole(page)
