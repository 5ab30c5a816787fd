"""Public results pages in a real browser: on the site, from a bare web server, from a file."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.urls import reverse

from analysis.models import ResultsPage
from analysis.services.results import pages
from analysis.services.results.exporting import export_page
from analysis.services.results.offer import first_draft, offer_of
from tests.analysis import results_cast

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
BELOW = "people/ada/etiquette"
SMALL_OR_LARGE = ("pooled-", "items")
"""Figures of groups too small to be published here, and one that takes seconds to draw."""


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker, tmp_path_factory):
    return results_cast.built_once(tmp_path_factory, django_db_blocker)


@pytest.fixture
def published(built, settings):
    """A public page with everything a page can have; its people and models are marked simulated."""
    study, report = results_cast.put_in_place(built, settings.PACT_HOME)
    offer = offer_of(report)
    words = {
        "subtitle": "Three countries, two questions.",
        "authors": "Ada | London\nBo Ek | Lund",
        "summary": "**Short** and a [link](https://example.org).\n\n- one\n- two",
        "takeaways": "First\nA thing.\n\nSecond\nAnother.",
        "figures": tuple(
            part.name for part in offer.figures if not part.name.startswith(SMALL_OR_LARGE)
        ),
        "tables": ("ranking", "people-by-participant-country"),
        "data_url": "https://example.org/data",
        "contact": "ada@example.org",
    }
    draft = type(first_draft(offer))(**{**vars(first_draft(offer)), **words})
    page = pages.save_draft(study=study, draft=draft, report=report)
    frozen = pages.frozen_draft(page)
    frozen["facts"] |= {"simulated": True, "simulated_models": ["model-a"]}
    return pages.publish(page=page, frozen=frozen)


@pytest.fixture
def folder(published, tmp_path):
    export_page(published.study, tmp_path / BELOW)
    return tmp_path


@pytest.fixture
def host(folder):
    """Python's own web server over a folder, the page deep below its top; yields the address."""
    asked = []

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/{BELOW}/", asked
    server.shutdown()
    server.server_close()


def try_it(page):
    """Choose on both questions and see what the others chose; then start over."""
    results = page.locator(".try__result")
    assert [one.is_visible() for one in results.all()] == [False, False]
    page.locator("label[for=personal-culture]").click()
    assert "You chose what custom asks for" in results.nth(0).inner_text()
    assert "You chose what the person wishes" not in results.nth(0).inner_text()
    assert not results.nth(1).is_visible()
    page.locator("#norm-culture").focus()
    page.keyboard.press("ArrowDown")
    assert "You chose what the person wishes" in results.nth(1).inner_text()
    assert "model-a" in results.nth(1).inner_text()
    page.get_by_role("button", name="Start over").click()
    assert not results.nth(0).is_visible()


def test_the_published_page_is_accessible_at_every_width(page, published, whole):
    page.goto(reverse("analysis:results_page", args=[published.study]))
    page.locator("label[for=personal-culture]").click()
    whole(page)
    assert page.locator(".simulated").count() == 2
    assert page.context.cookies() == []


def test_an_exported_page_stands_anywhere_and_asks_for_nothing_else(host, new_page, axe):
    """The fixture `complaints` fails on any console error, failed request or policy violation."""
    address, asked = host
    page = new_page(2560)
    page.goto(address)
    try_it(page)
    axe(page)
    assert set(asked) == {f"/{BELOW}/"}
    with page.expect_download() as got:
        page.locator("a[href='figures/closeness.svg']").click()
    assert got.value.path().read_text().startswith("<svg")


def test_an_exported_page_opens_from_a_file_and_without_javascript(folder, new_page):
    page = new_page(java_script_enabled=False)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((folder / BELOW / "index.html").as_uri())
    try_it(page)
    assert page.locator(".figure svg").first.bounding_box()["width"] > 200
    assert page.locator("[data-copy]").is_hidden()
    colour = page.locator("h1").evaluate("e => getComputedStyle(e).fontFamily")
    assert "Palatino" in colour
    assert len(asked) == 1


def test_printing_shows_what_people_chose(folder, new_page):
    page = new_page()
    page.goto((folder / BELOW / "index.html").as_uri())
    page.emulate_media(media="print")
    assert page.locator(".try__result").first.is_visible()
    assert not page.locator(".contents").is_visible()


def test_the_citation_is_copied(host, new_page):
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(host[0])
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith("@misc{ada")


def test_a_page_is_made_previewed_and_published(page, sign_in, researcher, built, settings):
    study, _report = results_cast.put_in_place(built, settings.PACT_HOME)
    sign_in(page, researcher).goto(reverse("analysis:results_edit", args=[study.slug]))
    page.get_by_label("Title").fill("What they chose")
    page.get_by_role("button", name="Save and preview").click()
    page.get_by_role("heading", name="What they chose").wait_for()
    assert "Draft" in page.locator(".draft").inner_text()
    page.goto(reverse("analysis:results_publish", args=[study.slug]))
    page.get_by_role("button", name="Publish this page").click()
    page.get_by_text("The page is public.").wait_for()
    page.get_by_text("Take it back").click()
    page.get_by_role("button", name="Unpublish").click()
    page.get_by_text("no longer public").wait_for()
    assert not ResultsPage.objects.get().is_published


@pytest.mark.parametrize("name", ["results_edit", "results_publish"])
def test_the_pages_that_make_it_are_accessible(page, sign_in, researcher, published, name, axe):
    """In the light; the walk over all pages looks at the same ones in the dark."""
    sign_in(page, researcher).goto(reverse(f"analysis:{name}", args=[published.study]))
    axe(page)


def test_the_list_is_accessible(page, published, whole):
    page.goto(reverse("analysis:results_list"))
    whole(page)
