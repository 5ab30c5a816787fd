"""Windows that one test after another looks through.

A window of its own for every test costs a second of processor time: a profile, a window with the
browser's own interface and two processes. A plain one is used again, as a person would: with nothing
of the test before on the page, in its cookies or in its storage.
"""

from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page

PLAIN = dict.fromkeys(
    ("color_scheme", "media", "reduced_motion", "forced_colors", "contrast"), "null"
)
HEIGHT = 900
BUSY = 45_000
"""Milliseconds: a first page on a busy machine."""


NOWHERE = "/between-two-tests/"
EMPTY = {
    "body": "<link rel=icon href=data:,>",
    "headers": {"Content-Type": "text/html", "Cross-Origin-Opener-Policy": "same-origin"},
}
"""Where a window waits: an empty page that no server is asked for, of the same site and with its
policy. From a blank one the next test would begin with a new process."""

LEAVING = ("htmx:sendAbort, ", "htmx:afterRequest, ")
"""What htmx says of a request that the page did not wait for; failures it tells by other names."""


def look_at(page: Page, width: int, scheme: str) -> Page:
    """The page in a window of this many pixels, in light or dark colours."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(color_scheme=scheme)
    return page


class Complaints:
    """What the browser complained about. A test that expects a complaint says so beforehand."""

    def __init__(self):
        self.found, self.expected = [], []

    def expect(self, part: str):
        self.expected.append(part)

    def unexpected(self):
        return [text for text in self.found if not any(part in text for part in self.expected)]

    def said(self, kind, text):
        if kind in ("error", "warning") and not text.startswith(LEAVING):
            self.found.append(text)

    def failed(self, request):
        if request.failure != "net::ERR_ABORTED":  # leaving a page aborts what it still loads
            self.found.append(f"{request.url}: {request.failure}")


class Window:
    """A page with a profile of its own, and who hears what the browser complains about there."""

    def __init__(self, browser: Browser, address: str, complaints: Complaints, **options):
        self.complaints = complaints
        self.context: BrowserContext = browser.new_context(base_url=address, **options)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(BUSY)
        self.page.on("console", lambda it: self.complaints.said(it.type, it.text))
        self.page.on("pageerror", lambda error: self.complaints.said("error", str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.failed(request))

    def empty(self):
        """Leave the page, with all that it kept; what is still said there is nobody's concern."""
        self.complaints = Complaints()
        for other in self.context.pages:
            if other is not self.page:
                other.close()
        self.context.set_offline(False)
        self.page.route(NOWHERE, lambda route: route.fulfill(**EMPTY))
        self.page.goto(NOWHERE)
        self.page.unroute(NOWHERE)
        self.page.evaluate("localStorage.clear(), sessionStorage.clear()")
        self.context.clear_cookies()
        self.page.emulate_media(**PLAIN)
        self.page.mouse.move(-1, -1)


@dataclass
class Windows:
    """The plain windows of one browser; those in nobody's hands are handed out first."""

    browser: Browser
    free: list[Window] = field(default_factory=list)

    def take(self, address: str, complaints: Complaints) -> Window:
        if not self.free:
            return Window(self.browser, address, complaints)
        window = self.free.pop()
        window.complaints = complaints
        return window

    def give_back(self, window: Window):
        window.empty()
        self.free.append(window)
