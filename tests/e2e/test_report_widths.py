"""The first table of a report shows its numbers whole, however wide the intervals are."""

import pytest

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
