"""A report's first table and its charts show all they have, however long names and numbers are."""

import json

import pytest
from playwright.sync_api import expect

from analysis.figures import closeness, variance
from tests.e2e.conftest import PHONE
from tests.e2e.test_report import bundle, every_chart_is_drawn, open_report, report

__all__ = ["bundle", "report"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

WIDEST = "−1.512 to −0.089"
WIDEN = "text => document.querySelectorAll('.report-first .interval').forEach(one => one.textContent = text)"
ROOM = "() => [...document.querySelectorAll('.report-first .table-wrap')].map(one => [one.scrollWidth, one.clientWidth])"


LONG = ("an-organisation-of-a-long-name/Model-Family-3.1-405B-Instruct-FP8-Dynamic", "short")
REDRAW = """(chart, spec) => {
  document.getElementById(`spec-${chart.dataset.chart}`).textContent = spec;
  delete chart.dataset.drawn;
  document.dispatchEvent(new Event('pact:theme'));
}"""


def redrawn(page, start, figure):
    """The page's first chart of this name, drawn anew from another figure."""
    chart = page.locator(f"[data-chart^={start}]").first
    chart.evaluate(REDRAW, json.dumps(figure.spec))
    expect(chart).to_have_attribute("data-drawn", "true")
    return chart


def names_keep_both_ends(page):
    ends = {"value": 0.3, "lower": 0.2, "upper": 0.4, "kind": "model"}
    counts = {"n_items": 9, "n_humans": 9, "n_answers": 90}
    rows = [{"name": name, **ends, **counts} for name in LONG]
    drawn = redrawn(page, "closeness", closeness.closeness(rows, [])).evaluate(
        "e => e.chart.view.toSVG()"
    )
    assert ">an-organi…-FP8-Dynamic<" in drawn
    assert ">short<" in drawn


def the_variance_stays_within_the_phone(page):
    counts = {"value": 0.4, "lower": 0.3, "upper": 0.5}
    counts |= {"n_items": 9, "n_humans": 9, "n_answers": 90}
    rows = [
        {"model": model, "name": source, "kind": kind, **counts}
        for model in LONG
        for source in ("Item", "Option order", "Prompt style")
        for kind in variance.KINDS
    ]
    chart = redrawn(page, "variance", variance.variance_parts(rows, "persona"))
    needed, room = chart.evaluate("e => [e.parentElement.scrollWidth, e.parentElement.clientWidth]")
    assert needed <= room


def the_first_table_is_not_cut_off(page):
    page.evaluate(WIDEN, WIDEST)
    for width in (390, 1000, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        ((needed, room),) = page.evaluate(ROOM)
        assert needed <= room, width
    assert page.locator(".report-first .interval").first.inner_text() == WIDEST


def test_a_report_on_a_phone(new_page, sign_in, researcher, report):
    page = sign_in(new_page(*PHONE), researcher)
    open_report(page, report)
    every_chart_is_drawn(page, report)
    names_keep_both_ends(page)
    the_variance_stays_within_the_phone(page)
    the_first_table_is_not_cut_off(page)
