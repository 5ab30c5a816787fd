"""Pictures from the running product: a sheet of every page, and those of the documentation.

    python docs/pictures.py sheet --out DIR     every page, wide and narrow, light and dark
    python docs/pictures.py sheet --who rita --looks 2560-light,390-dark --axe
    python docs/pictures.py docs                docs/images: the demo, and the tutorial's first hour

Both start `manage.py serve` on what lies in PACT_HOME (`make demo SERVE=0` puts the demo there) and
stop it again. The sheet is found by following links: one page for each URL pattern that a visitor,
an annotator, a researcher or an administrator can reach. It says of each page what a browser
complains about, whether it would have to be scrolled sideways, and with --axe what axe finds;
exit code 1 where anything is wrong.
"""

import argparse
import html
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Page, Response, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
LOOKS = "1280-light,390-dark"
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
WIDE = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
WHO = ("visitor", "anna", "rita", "ada")
STUDY = "first-light"
MOST_PAGES = 400
STARTS = ("/", "/accounts/login/")
VISITED = (f"/s/{STUDY}/", "/no-such-page/")
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

    @property
    def name(self) -> str:
        """What its pictures are called."""
        route = "".join(c if c.isalnum() else "-" for c in self.route).strip("-") or "home"
        return f"{self.who}-{route[:80]}"


def main() -> int:
    """Serve, look, and say what was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("sheet", "docs"))
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "sheet")
    parser.add_argument("--looks", default=LOOKS, help="width-scheme, with commas between them")
    parser.add_argument("--who", default=",".join(WHO), help="people, with commas between them")
    parser.add_argument("--axe", action="store_true", help="ask axe about every page as well")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        if args.what == "docs":  # its steps change things: they are walked on a copy
            _copy_home(Path(home) / "home")
        return _look(args)


def _copy_home(copy: Path) -> None:
    shutil.copytree(os.environ.get("PACT_HOME", ROOT / "var"), copy)
    os.environ["PACT_HOME"] = str(copy)


def _look(args: argparse.Namespace) -> int:
    _set_up_django()
    with _served() as base, sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, CHROMIUM)), None)
        if path is None:
            print("No Chromium found; `make setup-browser` installs it.", file=sys.stderr)
            return 2
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        return _sheet(browser, base, args) if args.what == "sheet" else _docs(browser, base)


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
        _wait_for(f"{base}/ready/")
        yield base
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(address: str) -> None:
    for _ in range(300):
        try:
            httpx.get(address, timeout=5).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.2)


def _signed_in(browser: Browser, base: str, who: str, **look: Any) -> BrowserContext:
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


def _sheet(browser: Browser, base: str, args: argparse.Namespace) -> int:
    out: Path = args.out
    out.mkdir(parents=True, exist_ok=True)
    seen: list[Seen] = []
    for who in args.who.split(","):
        mine: list[Seen] | None = None
        for look in args.looks.split(","):
            width, scheme = look.split("-")
            options = {"viewport": {"width": int(width), "height": 900}, "color_scheme": scheme}
            context = _signed_in(browser, base, who, **options)
            if mine is None:
                mine = _new_pages(context, base, who, seen)
                seen += mine
            for one in mine:
                _take(context, base, one, out / f"{one.name}-{look}.png", args.axe)
            context.close()
    (out / "index.html").write_text(_index(seen))
    wrong = [one for one in seen if one.problems]
    for one in wrong:
        print(f"{one.address} ({one.who}): {'; '.join(one.problems)}")
    print(f"{len(seen)} pages, {len(wrong)} with problems: {out / 'index.html'}")
    return 1 if wrong else 0


def walk(page: Page, base: str, starts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Follow links; yields pattern and address of each page while it is open.

    Each pattern comes once, and again for as long as the server refuses what was found for it.
    """
    waiting = list(starts)
    known: set[str] = set()
    tried: set[str] = set()
    while waiting and len(tried) < MOST_PAGES:
        address = waiting.pop(0)
        route = _route(address)
        if route in known or address in tried:
            continue
        tried.add(address)
        answer = _page_at(page, base + address)
        if answer is None:
            known.add(route)
            continue
        if answer.ok:
            known.add(route)
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        waiting += [path for path in map(_own_path(base), links) if path]
        yield route, address


def _new_pages(context: BrowserContext, base: str, who: str, seen: list[Seen]) -> list[Seen]:
    """The pages of patterns that nobody saw before; everybody has a home of their own."""
    page = context.new_page()
    starts = STARTS + (VISITED if who == "visitor" else ())
    known = {one.route for one in seen} - {""}
    mine = [Seen(who, *found) for found in walk(page, base, starts) if found[0] not in known]
    page.close()
    return mine


def _page_at(page: Page, address: str) -> Response | None:
    """Open it; None for what is downloaded, or shown as something else than a page."""
    try:
        answer = page.goto(address)
    except Error as error:
        if "Download is starting" in str(error):
            return None
        raise
    is_page = answer is not None and "text/html" in answer.headers.get("content-type", "")
    return answer if is_page else None


def _own_path(base: str) -> Callable[[str], str]:
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


def _take(context: BrowserContext, base: str, one: Seen, picture: Path, axe: bool) -> None:
    page = context.new_page()
    page.on("console", lambda said: _note(one, said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: _note(one, str(error)))
    answer = page.goto(base + one.address)
    page.wait_for_timeout(300)  # charts draw themselves
    expected = 404 if one.route == "(no such page)" else 200
    if answer and answer.status != expected:
        _note(one, f"HTTP {answer.status}")
    wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    if wide > room:
        _note(one, f"{wide - room} px too wide at {room} px")
    page.screenshot(path=picture, full_page=True)
    one.pictures.append(picture.name)
    if axe:
        _ask_axe(page, one)
    page.close()


def _ask_axe(page: Page, one: Seen) -> None:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=AXE | {"resultTypes": ["violations"]}).response["violations"]
    for rule in found:
        places = ", ".join(str(node["target"]) for node in rule["nodes"][:3])
        _note(one, f"axe {rule['id']} ({len(rule['nodes'])}): {places}")


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
    """The demo as it is, then the tutorial's steps one after the other."""
    import first_hour

    visitor, rita = (_signed_in(browser, base, who, **WIDE) for who in ("visitor", "rita"))
    shown = {
        "report": (rita, _first_report(), 1060),
        "home": (rita, "/", 620),
        "results": (visitor, f"/results/{STUDY}/", 800),
    }
    for name, (context, address, height) in shown.items():
        page = context.new_page()
        page.goto(base + address)
        _picture(page, name, height)
    phone = browser.new_context(viewport={"width": 420, "height": 640}, color_scheme="light")
    page = phone.new_page()
    page.goto(f"{base}/s/{STUDY}/")
    page.fill("main input[type=text]", "0123456789abcdef01234567")
    page.click("main button[type=submit]")
    _picture(page, "participant", 640)
    with _stub(first_hour.STUB), tempfile.TemporaryDirectory() as folder:
        first_hour.walk(rita.new_page(), base, Path(folder), _picture)
    return 0


@contextmanager
def _stub(url: str) -> Iterator[None]:
    """The simulated model server where the tutorial has it."""
    port = str(urlsplit(url).port)
    command = [sys.executable, "manage.py", "stub_server", "--port", port]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _wait_for(f"{url}/models")
        yield
    finally:
        server.terminate()
        server.wait(30)


def _picture(page: Page, name: str, height: int = 760) -> None:
    """The page's top in so many colours as drawings need: a third of the bytes."""
    page.wait_for_timeout(1500)  # charts draw themselves
    width = page.viewport_size["width"] if page.viewport_size else 1280
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("scrollTo(0, 0)")
    taken = Image.open(io.BytesIO(page.screenshot()))
    # Means of what is near each other: the mark's colours stand, of which there are few pixels.
    taken.convert("RGB").quantize(128, kmeans=3, dither=Image.Dither.NONE).save(
        IMAGES / f"{name}.png", optimize=True
    )
    print(f"docs/images/{name}.png")


def _first_report() -> str:
    from django.urls import reverse

    from analysis.models import Report

    report = Report.objects.filter(kind="alignment", subject=STUDY).latest("created_at")
    return reverse("analysis:report_detail", args=[report.public_id])


if __name__ == "__main__":
    sys.exit(main())
