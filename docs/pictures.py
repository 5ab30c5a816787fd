"""Pictures from the running product: a sheet of every page, and those of the documentation.

    python docs/pictures.py sheet --out DIR     every page, wide and narrow, light and dark
    python docs/pictures.py docs                docs/images, as the tutorial shows them

Both start `manage.py serve` on what lies in PACT_HOME (`make demo SERVE=0` puts the demo there) and
stop it again. The sheet is found by following links: one page for each URL pattern that a visitor,
an annotator, a researcher or an administrator can reach. It says of each page what a browser
complains about, and whether a phone would have to scroll it sideways; exit code 1 where any does.
"""

import argparse
import html
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
LOOKS = ((1280, "light"), (390, "dark"))
WHO = ("visitor", "anna", "rita", "ada")
STUDY = "first-light"
MOST_PAGES = 400
# Not pages: what is downloaded, leads away, or signs out.
LEFT_ALONE = ("/accounts/logout", "/api/", "/admin/", "/static/", "/s/", "/metrics/")


@dataclass
class Seen:
    """A page as it was met: who saw it, under which pattern and address, and what was wrong."""

    who: str
    route: str
    address: str
    pictures: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def main() -> int:
    """Serve, look, and say what was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("sheet", "docs"))
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "sheet")
    args = parser.parse_args()
    _set_up_django()
    with _served() as base, sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, CHROMIUM)), None)
        if path is None:
            print("No Chromium found; `make setup-browser` installs it.", file=sys.stderr)
            return 2
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        return _sheet(browser, base, args.out) if args.what == "sheet" else _docs(browser, base)


def _set_up_django() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pact_site.settings")
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    import django

    django.setup()


@contextmanager
def _served() -> Iterator[str]:
    """The product on a free port, with its worker."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT)
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(f"{base}/ready/", timeout=5).raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.2)
        yield base
    finally:
        server.terminate()
        server.wait(30)


def _signed_in(browser: Browser, base: str, who: str, **look) -> BrowserContext:
    """A browser of its own for a person of the demo; the visitor has no account."""
    from pact_site.services.demo import demo_logins

    context = browser.new_context(**look)
    if who == "visitor":
        return context
    page = context.new_page()
    page.goto(f"{base}/accounts/login/")
    page.fill("[name=login]", who)
    page.fill("[name=password]", demo_logins()[who])
    page.click("main button[type=submit]")
    page.wait_for_load_state()
    page.close()
    return context


# --- The sheet --------------------------------------------------------------------------------


def _sheet(browser: Browser, base: str, out: Path) -> int:
    out.mkdir(parents=True, exist_ok=True)
    seen: dict[str, Seen] = {}
    for who in WHO:
        for width, scheme in LOOKS:
            look = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
            context = _signed_in(browser, base, who, **look)
            if (width, scheme) == LOOKS[0]:
                mine = _walk(context, base, who, seen)
            for one in mine:
                _take(context, base, one, out, width, scheme)
            context.close()
    (out / "index.html").write_text(_index(list(seen.values())))
    wrong = [one for one in seen.values() if one.problems]
    for one in wrong:
        print(f"{one.address} ({one.who}): {'; '.join(one.problems)}")
    print(f"{len(seen)} pages, {len(wrong)} with problems: {out / 'index.html'}")
    return 1 if wrong else 0


def _walk(context: BrowserContext, base: str, who: str, seen: dict[str, Seen]) -> list[Seen]:
    """Follow links from the first page; returns the pages of patterns that nobody saw before."""
    page = context.new_page()
    waiting, mine, known = ["/", "/accounts/login/"], [], set()
    if who == "visitor":
        waiting += [f"/s/{STUDY}/", "/no-such-page/"]
    while waiting and len(known) < MOST_PAGES:
        address = waiting.pop(0)
        route = _route(address)
        if route in known:
            continue
        known.add(route)
        if not _is_page(page, base + address):
            continue
        if route not in seen:
            seen[route] = Seen(who, route, address)
            mine.append(seen[route])
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        waiting += [path for path in map(_own_path(base), links) if path]
    page.close()
    return mine


def _is_page(page: Page, address: str) -> bool:
    """Open it; False for what is downloaded, or shown as something else than a page."""
    try:
        answer = page.goto(address)
    except Error as error:
        if "Download is starting" in str(error):
            return False
        raise
    return answer is not None and "text/html" in answer.headers.get("content-type", "")


def _own_path(base: str):
    def path_of(link: str) -> str:
        parts = urlsplit(link)
        if f"{parts.scheme}://{parts.netloc}" != base or parts.path.startswith(LEFT_ALONE):
            return ""
        return parts.path + (f"?{parts.query}" if parts.query else "")

    return path_of


def _route(address: str) -> str:
    """The URL pattern of an address; files by their ending are pages of their own kind."""
    from django.urls import Resolver404, resolve

    try:
        return resolve(urlsplit(address).path).route
    except Resolver404:
        return "(no such page)"


def _take(
    context: BrowserContext, base: str, one: Seen, out: Path, width: int, scheme: str
) -> None:
    page = context.new_page()
    page.on("console", lambda said: said.type == "error" and _note(one, said.text))
    page.on("pageerror", lambda error: _note(one, str(error)))
    answer = page.goto(base + one.address)
    page.wait_for_timeout(300)  # charts draw themselves
    expected = 404 if one.route == "(no such page)" else 200
    if answer and answer.status != expected:
        _note(one, f"HTTP {answer.status}")
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if wide > 1:
        _note(one, f"{wide} px too wide at {width} px")
    name = "".join(c if c.isalnum() else "-" for c in one.route).strip("-") or "home"
    picture = f"{one.who}-{name[:80]}-{width}-{scheme}.png"
    page.screenshot(path=out / picture, full_page=True)
    one.pictures.append(picture)
    page.close()


def _note(one: Seen, problem: str) -> None:
    missing = one.route == "(no such page)" and "404" in problem
    if not missing and problem not in one.problems:
        one.problems.append(problem)


def _index(pages: list[Seen]) -> str:
    cards = "".join(
        f"<section><h2>{html.escape(one.route or '/')}</h2><p>{html.escape(one.who)}: "
        f"{html.escape(one.address)} <b>{html.escape('; '.join(one.problems))}</b></p><div>"
        + "".join(
            f'<a href="{name}"><img src="{name}" loading="lazy" alt=""></a>'
            for name in one.pictures
        )
        + "</div></section>"
        for one in pages
    )
    style = (
        "body{font:15px sans-serif;margin:2rem}section{margin:0 0 2rem}div{display:flex;gap:1rem;"
        "align-items:flex-start}img{max-height:420px;border:1px solid #999}b{color:#b00}"
    )
    return (
        f"<!doctype html><meta charset=utf-8><title>Every page</title><style>{style}</style>{cards}"
    )


# --- The documentation's pictures ---------------------------------------------------------------


def _docs(browser: Browser, base: str) -> int:
    """Name -> who looks at which address, and how much of it stands in the picture."""
    look = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
    visitor, rita = (_signed_in(browser, base, who, **look) for who in ("visitor", "rita"))
    shown = {
        "report": (rita, _first_report(), 860),
        "home": (rita, "/", 800),
        "study": (rita, f"/studies/{STUDY}/", 800),
        "new-run": (rita, f"/runs/new/?study={STUDY}", 800),
        "results": (visitor, f"/results/{STUDY}/", 800),
    }
    for name, (context, address, height) in shown.items():
        page = context.new_page()
        page.goto(base + address)
        page.wait_for_timeout(1500)
        _picture(page, name, height)
    page = visitor.new_page()
    page.set_viewport_size({"width": 420, "height": 760})
    page.goto(f"{base}/s/{STUDY}/")
    _picture(page, "participant", 760)
    return 0


def _picture(page: Page, name: str, height: int) -> None:
    width = page.viewport_size["width"] if page.viewport_size else 1280
    page.screenshot(
        path=IMAGES / f"{name}.png", clip={"x": 0, "y": 0, "width": width, "height": height}
    )
    page.close()
    print(f"docs/images/{name}.png")


def _first_report() -> str:
    from django.urls import reverse

    from analysis.models import Report

    report = Report.objects.filter(kind="alignment", subject=STUDY).latest("created_at")
    return reverse("analysis:report_detail", args=[report.public_id])


if __name__ == "__main__":
    sys.exit(main())
