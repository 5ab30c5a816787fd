"""A real browser against a live server. Console errors and policy violations fail every test."""

import os
import shutil

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Page, sync_playwright

from tests.e2e.windows import Complaints, Window, Windows

# Playwright's loop runs in the thread of the tests, where Django would refuse to touch the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that other colours can break; a scheme changes colours alone (see test_tokens)."""
SCHEMES = ("light", "dark")
LOOKS = [(1280, "light"), (390, "dark")]


def chromium_path():
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.fail(
            "No Chromium found. `make setup-browser` installs it (Debian, Ubuntu: "
            "apt-get install chromium); without a browser run: make test PYTEST_ARGS=\"-m 'not e2e'\"",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="package")
def browser():
    """One browser for the package; it is gone, with its event loop, before other tests run."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=ARGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def windows(browser):
    return Windows(browser)


@pytest.fixture
def complaints():
    watched = Complaints()
    yield watched
    assert not watched.unexpected(), "\n".join(["The browser complained:", *watched.unexpected()])


@pytest.fixture
def new_page(windows, live_server, complaints):
    """Make a page: width in px, light or dark, with or without JavaScript, any locale.

    A page with options has a window of its own, which closes after the test.
    """
    plain, own = [], []

    def make(width=1280, scheme="light", **options) -> Page:
        if options:
            window = Window(windows.browser, live_server.url, complaints, **options)
            own.append(window)
        else:
            window = windows.take(live_server.url, complaints)
            plain.append(window)
        window.look(width, scheme)
        return window.page

    yield make
    for window in own:
        window.context.close()
    for window in plain:
        windows.give_back(window)


@pytest.fixture
def page(new_page):
    """A light page of 1280 px."""
    return new_page()


@pytest.fixture
def phone(new_page):
    """A light page of 390 px."""
    return new_page(390)


@pytest.fixture(params=LOOKS, ids=[f"{width}-{scheme}" for width, scheme in LOOKS])
def look(request, new_page):
    """The same test at 1280 and 390 px; `axe` looks at such a page in light and in dark, in the
    other scheme at its colours."""
    width, scheme = request.param
    page = new_page(width, scheme)
    LOOKED_AT[page] = [scheme, *(other for other in SCHEMES if other != scheme)]
    yield page
    del LOOKED_AT[page]


TO_THE_END = """
    for (const one of document.getAnimations())
        try { one.finish() } catch { one.cancel() }  // what goes on for ever has no end
"""
"""Colours fade from one scheme to the other: what is judged is where they end. Nothing is waited
for: in a window that nobody sees an animation may never finish by itself."""

COLOURS_READ_ONCE = """
    {
        const colour = axe.commons.color.Color.prototype, read = colour.parseString, known = new Map()
        colour.parseString = function (text) {
            if (!known.has(text)) known.set(text, read.call(new axe.commons.color.Color(), text))
            const { r, g, b, alpha } = known.get(text)
            return Object.assign(this, { r, g, b, alpha })
        }
    }
    true  // a function at the end would be called
"""
"""A page has a dozen colours; axe reads each of them anew for every element, half of its time."""

VIOLATIONS = """
    async rules => {
        const options = { runOnly: rules, resultTypes: ["violations"] }
        return (await axe.run(document, options)).violations
    }
"""

LOOKED_AT: dict[Page, list[str]] = {}
"""Pages that are judged in every scheme, with the schemes, their own first."""


@pytest.fixture
def sign_in(live_server):
    """Give a page the session of a member of staff, past the sign-in form."""

    def sign(page: Page, user) -> Page:
        client = Client()
        client.force_login(user)
        name = django_settings.SESSION_COOKIE_NAME
        page.context.add_cookies(
            [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
        )
        return page

    return sign


@pytest.fixture
def axe():
    """Fail with a readable list where axe finds a violation, or the page scrolls sideways."""

    def check(page: Page):
        own, *others = LOOKED_AT.get(page, [None])
        for scheme in (*others, own):
            if scheme:
                page.emulate_media(color_scheme=scheme)
                page.evaluate(TO_THE_END)
            judge(page, WCAG if scheme == own else COLOURS)

    def judge(page: Page, rules: list[str]):
        if page.evaluate("typeof axe === 'undefined'"):
            page.evaluate(AXE_SCRIPT + COLOURS_READ_ONCE)
        found = [
            f"{violation['id']}: {violation['help']}\n"
            + "\n".join(
                f"    {node['target']}: {node['failureSummary']}" for node in violation["nodes"]
            )
            for violation in page.evaluate(VIOLATIONS, rules)
        ]
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        where = f"{page.url} ({'dark' if dark else 'light'})"
        assert not found, f"axe on {where}:\n" + "\n".join(found)
        wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= room, f"{page.url} is {wide} px wide in a window of {room} px"

    return check
