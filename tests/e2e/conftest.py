"""A real browser against a live server. Console errors and policy violations fail every test."""

import os
import shutil

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings as django_settings
from django.test import Client, override_settings
from playwright.sync_api import Page, sync_playwright

from tests.e2e.windows import Complaints, Window, Windows, look_at

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
    "--js-flags=--no-opt,--no-maglev",  # no page lives long enough to gain from optimised code
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ROOM_AND_COLOURS = [
    "color-contrast",
    "link-in-text-block",
    "target-size",
    "region",
    "scrollable-region-focusable",
    "label-content-name-mismatch",
]
"""The rules that another width or other colours can break; what the others judge stays the same."""
DESK, PHONE = (1280, "light"), (390, "dark")


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
        return look_at(window.page, width, scheme)

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


@pytest.fixture(params=[DESK, PHONE], ids=[f"{width}-{scheme}" for width, scheme in (DESK, PHONE)])
def look(request, new_page):
    """The same test on a desk in the light and on a phone in the dark: where the width decides what
    is drawn. To judge a page in both, `whole` needs it once."""
    return new_page(*request.param)


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

JUDGE = """
    async ([rules, script]) => {
        const strict = document.querySelector("meta[http-equiv=Content-Security-Policy]")
        if (typeof axe === "undefined" && script.startsWith(location.origin) && !strict)
            await new Promise(there => {
                const tag = document.createElement("script")
                tag.onload = tag.onerror = () => { tag.remove(); there() }
                tag.src = script
                document.head.append(tag)
            })
        if (typeof axe === "undefined") return null
        for (const one of document.getAnimations())
            try { one.finish() } catch { one.cancel() }  // what goes on for ever has no end
        const options = { runOnly: rules, resultTypes: ["violations"] }
        const { violations } = await axe.run(document, options)
        const dark = matchMedia("(prefers-color-scheme: dark)").matches
        return [violations, dark, document.documentElement.scrollWidth, innerWidth]
    }
"""
"""Colours fade from one scheme to the other: what is judged is where they end. Nothing is waited
for: in a window that nobody sees an animation may never finish by itself."""


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


@pytest.fixture(scope="package")
def axe_script(tmp_path_factory, live_server):
    """The address of axe's script beside the site's own: the browser keeps what it compiled of it,
    and the policy allows it."""
    folder = tmp_path_factory.mktemp("axe")
    (folder / "axe.js").write_text(AXE_SCRIPT + COLOURS_READ_ONCE, encoding="utf-8")
    with override_settings(STATICFILES_DIRS=[*django_settings.STATICFILES_DIRS, folder]):
        yield f"{live_server.url}{django_settings.STATIC_URL}axe.js"


@pytest.fixture
def axe(axe_script):
    """Fail with a readable list where axe finds a violation, or the page scrolls sideways."""

    def judge(page: Page, rules: list[str] = WCAG):
        judged = page.evaluate(JUDGE, [rules, axe_script])
        if judged is None:  # a page from elsewhere, or one that allows no script but its own
            page.evaluate(AXE_SCRIPT + COLOURS_READ_ONCE)
            judged = page.evaluate(JUDGE, [rules, axe_script])
        violations, dark, wide, room = judged
        found = [
            f"{violation['id']}: {violation['help']}\n"
            + "\n".join(
                f"    {node['target']}: {node['failureSummary']}" for node in violation["nodes"]
            )
            for violation in violations
        ]
        where = f"{page.url} ({room} px, {'dark' if dark else 'light'})"
        assert not found, f"axe on {where}:\n" + "\n".join(found)
        assert wide <= room, f"{where} is {wide} px wide"

    return judge


@pytest.fixture
def whole(axe):
    """Judge a page on a desk in the light and on a phone in the dark.

    By every rule as it stands, by those of room and colours in the other look. There it stays: what
    a test opens next is loaded in that look, so that pages come to both.
    """

    def check(page: Page):
        axe(page)
        on_desk = page.viewport_size["width"] == DESK[0]
        look_at(page, *(PHONE if on_desk else DESK))
        axe(page, ROOM_AND_COLOURS)

    return check
