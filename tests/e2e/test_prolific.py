"""The Prolific pages in a real browser, against a simulated Prolific: looked at, and used."""

import pytest

from survey.models import ProlificDecision
from survey.prolific.fake import running_fake
from survey.prolific.fake.running import TOKEN
from survey.services.studies import load_study
from tests.survey.prolific.casting import session, submission
from tests.survey.prolific.exports import pid

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PAGE = "/studies/first-light/prolific/"


@pytest.fixture
def world(settings):
    """A fake that knows the bundled study and a small cast: four complete, some who are not."""
    with running_fake() as running:
        settings.PACT_PROLIFIC_TOKEN, settings.PACT_PROLIFIC_URL = TOKEN, running.url
        study = load_study().study
        world = running.fake.world
        study.prolific_study_id = str(world.add_study(name="SIMULATED")["id"])
        study.save()
        for number in range(4):
            arrive(study, world, number)
        arrive(study, world, 5, failed=2)
        arrive(study, world, 6, state="consented")
        submission(study, 9, "RETURNED")
        yield world


def arrive(study, world, number, **options):
    held = world.reserve(study.prolific_study_id, pid(number), "AWAITING REVIEW")
    session(study, number, submission_id=held.id, cohort="rehearsal", **options)
    submission(study, number, submission_id=held.id)


def test_the_pages_are_fit_to_be_seen(look, world, sign_in, researcher, axe):
    page = sign_in(look, researcher)
    page.goto(PAGE)
    axe(page)

    page.locator(".ledger tbody a").first.click()
    page.wait_for_url("**/submissions/*/**")
    axe(page)

    page.get_by_role("button", name="Draft the rejection").click()
    page.wait_for_url("**/confirm/**")
    axe(page)


def test_everything_complete_is_approved_by_keyboard(page, world, sign_in, researcher):
    sign_in(page, researcher).goto(PAGE)
    page.get_by_role("button", name="Approve the 4 that are complete").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/confirm/**")
    assert world.writes == []

    page.get_by_label("I have read this").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Send 4 decisions to Prolific").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "confirm" not in url)

    assert page.get_by_text("Sent to Prolific: 4.").is_visible()
    assert [action for action, _ in world.writes] == ["APPROVE"] * 4


def test_a_double_click_sends_once(page, world, sign_in, researcher):
    sign_in(page, researcher).goto(PAGE)
    page.get_by_role("button", name="Approve the 4").click()
    page.wait_for_url("**/confirm/**")
    page.get_by_label("I have read this").check()

    page.get_by_role("button", name="Send 4 decisions").dblclick()
    page.wait_for_url(lambda url: "confirm" not in url)

    assert len(world.writes) == 4
    assert set(ProlificDecision.objects.values_list("state", flat=True)) == {"sent"}


def test_filtering_changes_the_table_without_a_new_page(page, world, sign_in, researcher):
    sign_in(page, researcher).goto(PAGE)
    page.evaluate("window.here = true")

    page.get_by_label("Show").select_option("awaiting")

    page.wait_for_url("**show=awaiting**")
    page.locator("caption", has_text="6 of 7 lines").wait_for()
    assert page.evaluate("window.here")


def test_without_scripts_the_filter_and_the_decision_work_the_same(
    new_page, world, sign_in, researcher
):
    page = sign_in(new_page(390, java_script_enabled=False), researcher)
    page.goto(PAGE)
    page.get_by_label("Next step").select_option("return")
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url("**action=return**")
    page.locator(".ledger tbody a").first.click()
    page.wait_for_url("**/submissions/*/**")

    page.get_by_role("button", name="Draft the request").click()
    page.wait_for_url("**/confirm/**")
    page.get_by_label("I have read this").check()
    page.get_by_role("button", name="Send 1 decision to Prolific").click()
    page.wait_for_url(lambda url: "confirm" not in url)

    assert [action for action, _ in world.writes] == ["RETURN"]
