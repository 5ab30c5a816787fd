"""The report in a real browser: charts drawn under the strict policy, legible at every width."""

import pytest
from django.urls import reverse

from analysis.reports import service
from analysis.reports.bundle import read_manifest
from pact_site.base.models import Job
from pact_site.base.services import jobs
from tests.analysis import cast, results_cast

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def rehearsal():
    """Two models beside a rehearsal's people: the report is marked as simulated."""
    study = cast.make_study(per_country=3, scenarios=4, cohort="rehearsal")
    cast.add_run(study, "model-a", orders=("culture_first", "preference_first"))
    cast.add_run(study, "a-model-with-a-rather-long-name-7b-instruct")


@pytest.fixture(scope="module")
def bundle(django_db_setup, django_db_blocker, tmp_path_factory):
    return results_cast.built_once(
        tmp_path_factory, django_db_blocker, study=rehearsal, name="rehearsal"
    )


@pytest.fixture
def report(bundle, vega, settings):
    return results_cast.put_report(bundle, settings.PACT_HOME)


WIDTHS = """
    all => all.map(chart => chart.querySelector("canvas, svg").getBoundingClientRect().width)
"""
ALL_DRAWN = """
    () => [...document.querySelectorAll("[data-chart]")].every(one => one.dataset.drawn === "true")
"""


def open_report(page, report):
    page.goto(reverse("analysis:report_detail", args=[report.public_id]))
    page.wait_for_function(ALL_DRAWN)


def every_chart_is_drawn(page, report):
    told = read_manifest(service.folder_of(report))["figures"]
    widths = page.locator("[data-chart]").evaluate_all(WIDTHS)
    assert len(widths) == len(told) >= 6
    assert min(widths) > 100
    fluid = page.locator(".chart--fluid").first
    room = fluid.bounding_box()["width"] + 1
    assert fluid.locator("canvas, svg").first.bounding_box()["width"] <= room


def the_first_screen_answers_the_question(page):
    for part in (".simulated", "h1", ".report-headline", "[data-chart=closeness] canvas"):
        box = page.locator(part).first.bounding_box()
        assert box["y"] < 700, part


def a_chart_tells_its_numbers_on_hover(page):
    box = page.locator("[data-chart=closeness] canvas").bounding_box()
    tip = page.locator("#vg-tooltip-element.visible")
    spots = ((x / 60, y) for y in range(20, 60, 4) for x in range(15, 60))
    for x, y in spots:
        page.mouse.move(box["x"] + box["width"] * x, box["y"] + y)
        if tip.count():
            break
    assert "interval from" in tip.inner_text()


def charts_follow_the_theme_switch(page):
    before = page.locator("[data-chart=closeness] canvas").screenshot()
    page.locator("[data-theme-switch]").click()
    page.wait_for_timeout(600)
    assert page.locator("[data-chart=closeness] canvas").screenshot() != before


def a_definition_is_one_click_away(page):
    page.locator("#closeness th a", has_text="Distance").first.click()
    page.wait_for_url("**/definitions/#item_mae")
    assert page.locator("#item_mae").is_visible()


def test_a_report_is_read(page, sign_in, researcher, report):
    """From its first screen to what a word in it means. To draw all charts takes seconds.

    The fixture `complaints` fails on any console error or policy violation.
    """
    open_report(sign_in(page, researcher), report)
    every_chart_is_drawn(page, report)
    the_first_screen_answers_the_question(page)
    a_chart_tells_its_numbers_on_hover(page)
    charts_follow_the_theme_switch(page)
    a_definition_is_one_click_away(page)


@pytest.mark.walks
def test_a_report_is_accessible(page, sign_in, researcher, report, axe):
    """In the light; the walk over all pages looks at a report in the dark."""
    open_report(sign_in(page, researcher), report)
    axe(page)


def test_a_report_is_asked_for_watched_and_opened(page, sign_in, researcher, vega):
    cast.make_study(per_country=2, scenarios=2)
    sign_in(page, researcher).goto(reverse("analysis:report_new"))
    page.get_by_label("What the report is about").select_option("human")
    page.get_by_role("button", name="Build the report").click()
    page.get_by_text("Waiting for a worker").wait_for()
    jobs.run_claimed(Job.objects.filter(kind="analysis.report").claim())
    page.locator(".report-headline").wait_for()
    assert "People follow the cultural expectation" in page.locator(".report-headline").inner_text()


@pytest.mark.parametrize("name", ["analysis:report_list", "analysis:report_new"])
def test_the_other_pages_are_accessible(page, sign_in, researcher, name, axe):
    """In the light, as the definitions are with the site's navigation; the walk over all pages
    looks at the same ones in the dark."""
    cast.make_study(per_country=1, scenarios=2)
    sign_in(page, researcher).goto(reverse(name))
    axe(page)
