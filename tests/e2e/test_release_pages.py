"""Screenings, releases and schemes in a real browser: every look, by keyboard, and to the end."""

import pytest
from playwright.sync_api import expect

from annotation.models import Review
from annotation.services.schemes import DISTANCE, copy_scheme, edit_scheme
from annotation.services.screening import review
from annotation.services.screening_ledger import release_screening
from tests.annotation.screenings import make_screened, row_of
from tests.annotation.validating import make_scenarios

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

BASE = "/datasets/norms"
OVERRIDE = {"participant": "BR", "scenario": "NA", "relation": "close", "note": "trade"}


@pytest.fixture
def screening(live_server):
    return make_screened(make_scenarios(40), (0, 3, 5, 8, 13, 21))


@pytest.mark.walks
def test_every_page_is_accessible_and_fits(page, sign_in, researcher, screening, axe, whole):
    """In the light alone where the walk over all pages looks at the same one in the dark."""
    sign_in(page, researcher)
    row = row_of(screening, 0)
    copy_scheme(kind=DISTANCE, base="geo-v1", name="mine")
    edit_scheme(kind=DISTANCE, name="mine", changes={"overrides": [OVERRIDE]}, note="Trade.")
    of = f"{BASE}/screenings/{screening.pk}"
    for address in (
        f"{BASE}/screenings/", f"{BASE}/screenings/new/", f"{BASE}/releases/",
        f"{BASE}/releases/new/", "/schemes/?country=Namibia", "/schemes/?country=Korea",
        "/schemes/distance/pact-2026/", "/schemes/distance/mine@2/", "/schemes/region/pact-8/",
        "/schemes/region/pact-8/copy/",
    ):  # fmt: skip
        page.goto(address)
        axe(page)
    for address in (
        f"{of}/", f"{of}/check/", f"{of}/rows/{row.pk}/", "/schemes/distance/mine/edit/",
        "/schemes/pair/?participant=Brazil&scenario=Namibia&scheme=mine@2",
        "/schemes/distance/mine@2/changes/?from=mine@1",
    ):  # fmt: skip
        page.goto(address)
        whole(page)
    for number, checked in enumerate(screening.screened.filter(to_check=True)):
        decision = "remove" if number % 2 else "keep"
        review(screened=checked, decision=decision, reason="Unclear.")
    release_screening(screening=screening, note="Checked by two people.")
    for address in (f"{BASE}/releases/", f"{BASE}/releases/1/", f"{of}/", f"{of}/rows/{row.pk}/"):
        page.goto(address)
        whole(page)


def test_checks_go_by_keyboard_and_typing_is_no_decision(page, sign_in, researcher, screening):
    sign_in(page, researcher)
    page.goto(f"{BASE}/screenings/{screening.pk}/check/")
    done = page.locator(".progress-line .num")
    expect(done).to_have_text("0 of 5")

    page.keyboard.press("k")
    expect(done).to_have_text("1 of 5")
    page.wait_for_load_state()  # the script that listens to keys comes last
    page.keyboard.press("r")
    reason = page.get_by_label("Reason")
    expect(reason).to_be_focused()
    page.keyboard.type("kr: unclear")
    expect(reason).to_have_value("kr: unclear")
    page.get_by_role("button", name="Remove").click()
    expect(done).to_have_text("2 of 5")

    assert list(Review.objects.order_by("id").values_list("decision", "reason")) == [
        ("keep", ""),
        ("remove", "kr: unclear"),
    ]


def test_keys_can_be_switched_off(page, sign_in, researcher, screening):
    sign_in(page, researcher)
    page.goto(f"{BASE}/screenings/{screening.pk}/check/")
    page.get_by_label("Keys k, r and s").uncheck()
    page.locator("h1").click()
    page.keyboard.press("k")
    page.reload()
    expect(page.get_by_label("Keys k, r and s")).not_to_be_checked()
    assert not Review.objects.exists()


def test_from_checks_to_a_release_and_its_files(page, sign_in, researcher, screening):
    sign_in(page, researcher)
    page.goto(f"{BASE}/screenings/{screening.pk}/")
    page.get_by_role("link", name="Check scenarios").click()
    for _ in range(5):
        page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("All drawn scenarios are checked.")).to_be_visible()
    page.get_by_label("Note").fill("First.")
    page.get_by_role("button", name="Freeze as a release").click()
    expect(page.get_by_role("heading", name="Release 1")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download (zip)").click()
    assert download.value.suggested_filename == "norms-release-1-SIMULATED.zip"
