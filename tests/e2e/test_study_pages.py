"""Researchers' pages of a study under way, and the rarer pages of participants, in a real browser."""

import pytest
from playwright.sync_api import expect

from survey.models import Answer, PageVisit
from survey.services.studies import add_instrument, standard_definition
from tests.e2e.test_participant import agree, go_on, introduce, understand
from tests.survey.bundled import bundled_study
from tests.survey.services.test_assignment import answer_all, arrive
from tests.survey.walking import PID

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def study(live_server):
    return bundled_study()


TABS = ("", "quality/", "traces/", "data/")
UNDER_WAY = ("recruitment/", "planning/")


@pytest.mark.walks
def test_every_page_is_accessible_and_fits(page, sign_in, researcher, study, axe, whole):
    """In the light alone where the walk over all pages looks at the same one in the dark."""
    person = arrive(study, 1)
    answer_all(person, right=False)
    sign_in(page, researcher)

    for tab in (*TABS, f"people/{person.pseudonym}/"):
        page.goto(f"/studies/{study.slug}/{tab}")
        axe(page)
    expect(page.get_by_text("Take in again")).to_be_visible()
    for tab in UNDER_WAY:
        page.goto(f"/studies/{study.slug}/{tab}")
        whole(page)


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


def test_a_scenario_on_two_pages_with_a_guess_and_counts(page, study, link, whole):
    changes = {"pages": 2, "points": 5, "perceived": True, "paradata": True}
    add_instrument(study=study, definition=standard_definition(**changes))
    agree(page, link)
    introduce(page)
    understand(page)

    whole(page)
    page.locator("fieldset").first.locator("label").first.click()
    go_on(page)
    whole(page)
    page.locator("fieldset").first.locator("label").nth(1).click()
    for rating in page.locator(".rating").all():
        rating.locator("label").nth(4).click()
    page.locator("input[type=number]").fill("55")
    if page.locator("textarea").count():
        page.locator("textarea").fill("It was kind.")
    go_on(page)

    answer = Answer.objects.get()
    assert (answer.importance_norm, answer.perceived_share in (45, 55)) == (5, True)
    visit = PageVisit.objects.get(page="scenario:1")
    assert visit.changes >= 3
    assert visit.seconds > 0


def test_withdrawing_asks_first_and_says_what_is_gone(page, study, link, whole):
    agree(page, link)
    page.get_by_role("link", name="Have your answers removed").click()
    page.wait_for_url("**/withdraw/")
    whole(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Remove my answers").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Your answers are removed")
    whole(page)


@pytest.mark.parametrize("path", ["consent/?c=1"])
def test_the_page_for_browsers_without_cookies_is_accessible(page, study, whole, path, complaints):
    complaints.expect("403")
    page.goto(f"/s/{study.slug}/{path}")

    expect(page.get_by_text("PACTDEVI")).to_be_visible()
    whole(page)


def test_a_language_that_is_read_from_right_to_left(page, study, link, whole):
    """Arabic is none of the shipped languages; the pages turn round all the same."""
    changes = {"language": "ar", "languages": ["ar"], "perceived": True}
    add_instrument(study=study, definition=standard_definition(**changes))
    agree(page, link)
    for name, value in (("country", "IN"), ("age_bucket", "older"), ("gender", "female")):
        page.locator(f"input[name={name}][value={value}]").check()
    go_on(page)
    page.locator("input[name=norm][value=others]").check()
    go_on(page)

    assert page.locator("html").get_attribute("dir") == "rtl"
    whole(page)
    card = page.locator("label.choice").first
    mark, words = (card.locator(part).bounding_box() for part in ("input", "span"))
    assert mark["x"] > words["x"]
    scale = page.locator(".scale").first.locator("label")
    assert scale.first.bounding_box()["x"] > scale.last.bounding_box()["x"]
