"""The Prolific pages in a real browser, against a simulated Prolific: looked at, and used."""

import pytest

from pact_site.base.models import Job
from pact_site.base.services import jobs
from survey.models import ProlificDecision, Study
from survey.prolific.fake import running_fake
from survey.prolific.fake.running import TOKEN
from tests.survey.bundled import bundled_study
from tests.survey.prolific.casting import session, submission
from tests.survey.prolific.exports import pid

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PAGE = "/studies/first-light/prolific/"


@pytest.fixture
def world(settings):
    """A fake that knows the bundled study and a small cast: four complete, some who are not."""
    with running_fake() as running:
        settings.PACT_PROLIFIC_TOKEN, settings.PACT_PROLIFIC_URL = TOKEN, running.url
        study = bundled_study()
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


def test_the_pages_are_fit_to_be_seen(page, world, sign_in, researcher, whole):
    page = sign_in(page, researcher)
    page.goto(PAGE)
    whole(page)

    page.locator(".ledger tbody a").first.click()
    page.wait_for_url("**/submissions/*/**")
    whole(page)

    page.get_by_role("button", name="Draft the rejection").click()
    page.wait_for_url("**/confirm/**")
    whole(page)


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


@pytest.fixture
def unlinked(world):
    """The same, but the study has no id at Prolific yet."""
    Study.objects.update(prolific_study_id="")
    return world


def test_a_study_is_made_and_published_from_the_page(page, unlinked, sign_in, researcher, whole):
    page = sign_in(page, researcher)
    page.goto(PAGE + "study/")
    whole(page)
    page.get_by_role("button", name="Show what would be sent").click()
    page.get_by_role("heading", name="What is sent").wait_for()
    whole(page)
    assert unlinked.writes == []

    page.get_by_label("I have read this").check()
    page.get_by_role("button", name="Make the study").dblclick()
    page.get_by_text("unpublished", exact=True).wait_for()
    whole(page)
    page.get_by_role("link", name="Publish").click()
    page.get_by_label("I have read this").check()
    page.get_by_role("button", name="Publish: GBP").click()

    page.get_by_text("active", exact=True).wait_for()
    assert [what for what, _ in unlinked.writes] == ["CREATE", "PUBLISH"]


def test_a_poll_is_watched_until_a_worker_has_done_it(page, world, sign_in, researcher):
    world.reserve(str(Study.objects.get().prolific_study_id), pid(20), "ACTIVE")
    sign_in(page, researcher).goto(PAGE)
    page.get_by_role("button", name="Poll now").click()
    page.get_by_text("The poll waits for a worker.").wait_for()

    jobs.run_claimed(Job.objects.all().claim())

    page.get_by_text("Last poll: 7 submissions").wait_for()
    assert page.get_by_text("8 of 8 lines").is_visible()
