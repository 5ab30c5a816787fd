"""A report's first table and its charts show all they have, however long names and numbers are."""

import json

import pytest
from playwright.sync_api import expect

from analysis.figures import variance
from tests.e2e.test_report import bundle, open_report, report

__all__ = ["bundle", "report"]

WIDEST = "−1.512 to −0.089"
WIDEN = "text => document.querySelectorAll('.report-first .interval').forEach(one => one.textContent = text)"
ROOM = "() => [...document.querySelectorAll('.report-first .table-wrap')].map(one => [one.scrollWidth, one.clientWidth])"


@pytest.mark.parametrize("width", [1280, 1000, 390])
def test_the_first_table_is_not_cut_off(page, sign_in, researcher, report, width):
    sign_in(page, researcher)
    page.set_viewport_size({"width": width, "height": 900})
    open_report(page, report)
    page.evaluate(WIDEN, WIDEST)
    ((needed, room),) = page.evaluate(ROOM)
    assert needed <= room
    assert page.locator(".report-first .interval").first.inner_text() == WIDEST


LONG = (
    "organisation/Model-Family-3.1-405B-Instruct-Turbo",
    "another-one/Model-70B-Base-FP8-Dynamic",
)
REDRAW = """spec => {
  const chart = document.querySelector('[data-chart^=variance]');
  document.getElementById(`spec-${chart.dataset.chart}`).textContent = spec;
  delete chart.dataset.drawn;
  document.dispatchEvent(new Event('pact:theme'));
}"""


def test_long_names_of_models_keep_the_variance_within_a_phone(page, sign_in, researcher, report):
    counts = {"value": 0.4, "lower": 0.3, "upper": 0.5}
    counts |= {"n_items": 9, "n_humans": 9, "n_answers": 90}
    rows = [
        {"model": model, "name": source, "kind": kind, **counts}
        for model in LONG
        for source in ("Item", "Option order", "Prompt style")
        for kind in variance.KINDS
    ]
    sign_in(page, researcher)
    page.set_viewport_size({"width": 390, "height": 844})
    open_report(page, report)
    page.evaluate(REDRAW, json.dumps(variance.variance_parts(rows, "persona").spec))
    chart = page.locator("[data-chart^=variance]").first
    expect(chart).to_have_attribute("data-drawn", "true")
    needed, room = chart.evaluate("e => [e.parentElement.scrollWidth, e.parentElement.clientWidth]")
    assert needed <= room
