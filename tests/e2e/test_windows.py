"""A window is empty when the next test gets it."""

import pytest
from playwright.sync_api import expect

from tests.e2e.windows import Complaints, Windows, look_at

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

KEEP = """
    localStorage.setItem("kept", "1"); sessionStorage.setItem("kept", "1")
    document.cookie = "kept=1"
"""
KEPT = "[localStorage.length, sessionStorage.length, document.cookie]"
LOOKS = "[matchMedia('(prefers-color-scheme: dark)').matches, matchMedia('print').matches]"


def test_nothing_of_a_test_reaches_the_next(browser, live_server):
    windows = Windows(browser)
    first = windows.take(live_server.url, before := Complaints())
    look_at(first.page, 390, "dark")
    first.page.goto("/")
    first.page.evaluate(KEEP)
    first.page.emulate_media(media="print")
    first.context.new_page()
    first.context.set_offline(True)
    windows.give_back(first)

    again = windows.take(live_server.url, after := Complaints())
    assert again is first
    assert len(again.context.pages) == 1
    look_at(again.page, 1280, "light")
    again.page.goto("/")
    expect(again.page.get_by_role("heading", level=1)).to_be_visible()
    assert again.page.evaluate(KEPT) == [0, 0, ""]
    assert again.page.evaluate(LOOKS) == [False, False]
    again.page.evaluate("console.error('of the second test')")
    expect(again.page.locator("html")).to_have_count(1)
    assert (before.found, after.found) == ([], ["of the second test"])
    again.context.close()


def test_two_at_once_have_nothing_in_common(browser, live_server):
    windows = Windows(browser)
    one, other = (windows.take(live_server.url, Complaints()) for _ in range(2))
    one.page.goto("/")
    one.page.evaluate(KEEP)
    other.page.goto("/")
    assert other.page.evaluate(KEPT) == [0, 0, ""]
    for window in (one, other):
        window.context.close()
