"""Every page once: nothing that axe finds, nothing too wide, whatever things are called."""

import importlib.util
import sys
from pathlib import Path

import pytest
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from playwright.sync_api import expect

from annotation.models import Construction, Dataset, Judge, Screening, Validation
from modeling.models import Chunk, Run
from pact_site.base.models import Role, User
from survey.models import Study
from tests.analysis import results_cast
from tests.e2e.conftest import PHONE
from tests.e2e.windows import HEIGHT
from tests.pact_site.installation import install
from tests.survey.bundled import bundled_study

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures.py"
LONG = f"A name with {'oneverylongword' * 6} in it {'and more words after it ' * 5}".ljust(200)[
    :200
]
LONG_AND_KEY = Concat(Value(LONG), Cast("pk", CharField()))
WIDTHS = (768, 1280, 2560)
"""Beside that of the phone on which axe looks at a page, and at its width as well."""
FEWEST = 70  # the walk must not pass because a link broke that led to everything else

MOVING = """
    [...document.querySelectorAll("*")].filter(one => {
        const style = getComputedStyle(one)
        const lasts = `${style.transitionDuration},${style.animationDuration}`.split(",")
        return lasts.some(seconds => parseFloat(seconds) > 0)
    }).map(one => one.className)
"""


@pytest.fixture(scope="module")
def pictures():
    """The script that makes the sheet of all pages; it knows how to find them."""
    spec = importlib.util.spec_from_file_location("pictures", PICTURES)
    module = importlib.util.module_from_spec(spec)
    sys.modules["pictures"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["pictures"]


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker, tmp_path_factory):
    return results_cast.built_once(tmp_path_factory, django_db_blocker)


@pytest.fixture
def crowded(db, built, settings):
    """A row of everything, each under a name that is too long, and runs of ten million cells."""
    install(built, settings.PACT_HOME)
    for model in (Dataset, Study, Validation, Judge, Construction, Screening):
        model.objects.update(name=LONG_AND_KEY)
    Run.objects.update(label=LONG_AND_KEY, cells=10_000_000)
    Chunk.objects.update(rows=10_000_000)
    # What has neither an instrument nor a design came from somewhere else.
    Study.objects.filter(instruments=None).update(origin=Study.Origin.IMPORTED)
    Run.objects.exclude(design__has_any_keys=["personas", "roles"]).update(imported=True)
    User.objects.filter(username="rita").update(role=Role.ADMINISTRATOR)
    return User.objects.get(username="rita")


@pytest.fixture
def bundled(db):
    """A study whose release has more countries than a screen has room for."""
    return bundled_study()


def too_wide(page):
    """By how many pixels the page would have to be scrolled sideways, at each width where it would."""
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        if wide > room:
            found[width] = wide - room
    return found


@pytest.mark.walks
def test_every_page_at_every_width(
    crowded, new_page, sign_in, live_server, pictures, axe, complaints
):
    """Axe looks at them on a phone in the dark; tests of most parts look at theirs in the light."""
    problems, seen = [], []
    page = sign_in(new_page(*PHONE), crowded)
    page.emulate_media(reduced_motion="reduce")
    complaints.expect("Failed to load resource")  # said here, with its address
    page.on("response", lambda got: got.status < 400 or problems.append(f"{got.url} {got.status}"))
    for route, address in pictures.walk(page, live_server.url, ("/", "/s/first-light/")):
        seen.append(route)
        try:
            axe(page)
        except AssertionError as error:
            problems.append(str(error))
        if wide := too_wide(page):
            problems.append(f"{address} is too wide: {wide}")
        page.set_viewport_size({"width": PHONE[0], "height": HEIGHT})
    assert not problems, "\n" + "\n".join(problems)
    assert len(seen) >= FEWEST, seen


def test_a_refused_form_begins_at_the_first_field_to_mend(
    page, researcher, sign_in, bundled, complaints
):
    complaints.expect("422")
    sign_in(page, researcher).goto("/studies/new/")
    page.get_by_role("button", name="Make the draft").click()
    name = page.get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    expect(name).to_have_accessible_description("This field is required.")


def test_a_choice_and_the_focus_outlast_a_page_that_renews_itself(
    page, researcher, sign_in, bundled
):
    sign_in(page, researcher).goto("/studies/first-light/recruitment/")
    page.get_by_label("Rows").select_option("items")
    page.locator("#matrix-table").focus()
    page.evaluate("""async () => {
        const old = document.getElementById("monitor")
        await htmx.ajax("GET", location.href, {target: old, swap: "outerHTML", select: "#monitor"})
        if (old.isConnected) throw new Error("the page was not renewed")
    }""")
    expect(page.get_by_label("Rows")).to_have_value("items")
    expect(page.locator("#matrix-table")).to_be_focused()


def test_paper_is_light_and_holds_whole_tables(page, researcher, sign_in, bundled):
    """Whatever the screen's colours are, and whatever the site's own switch says."""
    page.emulate_media(color_scheme="dark", media="print")
    sign_in(page, researcher).goto("/datasets/first-light/releases/1/")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    for table in page.locator(".table-wrap").all():
        hidden = table.evaluate("one => one.scrollHeight - one.clientHeight")
        assert hidden <= 0, "a part of the table is not on the paper"


def test_paper_holds_what_the_screen_keeps_closed(page, researcher, sign_in, bundled):
    sign_in(page, researcher).goto("/datasets/first-light/")
    counts = page.locator("details.details:not([open]) table").first
    expect(counts).to_be_hidden()
    page.emulate_media(media="print")
    expect(counts).to_be_visible()


def test_nothing_moves_for_who_wants_no_motion(new_page, researcher, sign_in):
    page = sign_in(new_page(reduced_motion="reduce"), researcher)
    page.goto("/style/")
    moving = page.evaluate(MOVING)
    assert moving == []
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(MOVING), "the question finds what moves"
