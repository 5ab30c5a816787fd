"""Researchers' pages of a study under way, and the rarer pages of participants, in a real browser."""

import pytest
from playwright.sync_api import expect

from survey.models import Answer, PageVisit
from survey.services.studies import add_instrument, load_study, standard_definition
from tests.e2e.test_participant import agree, go_on, introduce, understand
from tests.survey.services.test_assignment import answer_all, arrive
from tests.survey.walking import PID

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def study(live_server):
    return load_study().study


TABS = ("", "recruitment/", "quality/", "planning/", "traces/", "data/")


def test_every_page_is_accessible_and_fits(look, sign_in, researcher, study, axe):
    person = arrive(study, 1)
    answer_all(person, right=False)
    sign_in(look, researcher)

    for tab in (*TABS, f"people/{person.pseudonym}/"):
        look.goto(f"/studies/{study.slug}/{tab}")
        axe(look)
    expect(look.get_by_text("Take in again")).to_be_visible()


def test_recruitment_renews_itself_without_a_reload(page, sign_in, researcher, study):
    sign_in(page, researcher)
    page.goto(f"/studies/{study.slug}/recruitment/?cohort=real")
    page.evaluate("window.sameDocument = true")
    expect(page.locator(".funnel__count").first).to_have_text("0")

    arrive(study, 1)

    expect(page.locator(".funnel__count").first).to_have_text("1", timeout=15_000)
    assert page.evaluate("window.sameDocument")


@pytest.fixture
def link(study):
    return f"/s/{study.slug}/?PROLIFIC_PID={PID}&STUDY_ID=s1&SESSION_ID=t1"


def test_a_scenario_on_two_pages_with_a_guess_and_counts(look, study, link, axe):
    changes = {"pages": 2, "points": 5, "perceived": True, "paradata": True}
    add_instrument(study=study, definition=standard_definition(**changes))
    agree(look, link)
    introduce(look)
    understand(look)

    axe(look)
    look.locator("fieldset").first.locator("label").first.click()
    go_on(look)
    axe(look)
    look.locator("fieldset").first.locator("label").nth(1).click()
    for rating in look.locator(".rating").all():
        rating.locator("label").nth(4).click()
    look.locator("input[type=number]").fill("55")
    if look.locator("textarea").count():
        look.locator("textarea").fill("It was kind.")
    go_on(look)

    answer = Answer.objects.get()
    assert (answer.importance_norm, answer.perceived_share in (45, 55)) == (5, True)
    visit = PageVisit.objects.get(page="scenario:1")
    assert visit.changes >= 3
    assert visit.seconds > 0


def test_withdrawing_asks_first_and_says_what_is_gone(look, study, link, axe):
    agree(look, link)
    look.get_by_role("link", name="Have your answers removed").click()
    look.wait_for_url("**/withdraw/")
    axe(look)
    with look.expect_navigation():
        look.get_by_role("button", name="Remove my answers").click()

    expect(look.get_by_role("heading", level=1)).to_have_text("Your answers are removed")
    axe(look)


@pytest.mark.parametrize("path", ["consent/?c=1"])
def test_the_page_for_browsers_without_cookies_is_accessible(look, study, axe, path, complaints):
    complaints.expect("403")
    look.goto(f"/s/{study.slug}/{path}")

    expect(look.get_by_text("PACTDEVI")).to_be_visible()
    axe(look)


def test_a_language_that_is_read_from_right_to_left(look, study, link, axe):
    """Arabic is none of the shipped languages; the pages turn round all the same."""
    changes = {"language": "ar", "languages": ["ar"], "perceived": True}
    add_instrument(study=study, definition=standard_definition(**changes))
    agree(look, link)
    for name, value in (("country", "IN"), ("age_bucket", "older"), ("gender", "female")):
        look.locator(f"input[name={name}][value={value}]").check()
    go_on(look)
    look.locator("input[name=norm][value=others]").check()
    go_on(look)

    assert look.locator("html").get_attribute("dir") == "rtl"
    axe(look)
    card = look.locator("label.choice").first
    mark, words = (card.locator(part).bounding_box() for part in ("input", "span"))
    assert mark["x"] > words["x"]
    scale = look.locator(".scale").first.locator("label")
    assert scale.first.bounding_box()["x"] > scale.last.bounding_box()["x"]
