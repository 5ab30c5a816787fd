"""A participant's whole way in a real browser: by keyboard, on a phone, without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from survey.models import Answer, Cohort, Participant
from survey.services import tickets
from tests.survey.bundled import bundled_study
from tests.survey.walking import PID

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

CHECKS = {"agree": "Strongly agree", "moon": "Disagree", "green": "Green"}
PROLIFIC = "https://app.prolific.com/submissions/complete?cc=PACTDONE"


@pytest.fixture
def link(live_server):
    """The link that Prolific opens."""
    return f"/s/{bundled_study().slug}/?PROLIFIC_PID={PID}&STUDY_ID=s1&SESSION_ID=t1"


def go_on(page):
    """The one button that leads on; what comes next acts on the page that it leads to."""
    with page.expect_navigation():
        page.locator("button.go").click()


def choose(page, group, label):
    page.get_by_role("group", name=group).get_by_text(label, exact=True).click()


def agree(page, link):
    page.goto(link)
    with page.expect_navigation():
        page.get_by_role("button", name="I want to take part").click()


def introduce(page):
    choose(page, "Which country do you live in?", "India")
    choose(page, "How old are you?", "40 or older")
    choose(page, "What is your gender?", "Woman")
    go_on(page)


def understand(page):
    choose(
        page, "One of the two questions", "What most people in that place would find appropriate"
    )
    go_on(page)


def answer(page, personal=0, norm=1):
    page.get_by_role("group", name="What would you personally do?").locator("label").nth(
        personal
    ).click()
    page.get_by_role("group", name="consider appropriate?").locator("label").nth(norm).click()
    choose(page, "follow what others expect", "6")
    choose(page, "one’s own preference", "2")
    reason = page.get_by_label("what made you decide")
    if reason.count():
        reason.fill("Because it is kind.")
    go_on(page)


def answer_everything(page):
    while "feedback" not in page.url:
        if "situation" in page.url:
            answer(page)
        else:
            page.get_by_text(CHECKS[page.url.rstrip("/").rsplit("/", 1)[1]], exact=True).click()
            go_on(page)


@pytest.mark.walks
def test_every_page_is_accessible_and_fits(page, link, whole):
    page.goto(link)
    whole(page)
    agree(page, link)
    whole(page)
    introduce(page)
    whole(page)
    understand(page)
    whole(page)
    go_on(page)  # nothing answered: the page with its messages
    expect(page.get_by_role("alert")).to_contain_text("Something is missing")
    whole(page)
    answer(page)
    answer(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("A short question in between")
    whole(page)
    answer_everything(page)
    whole(page)
    go_on(page)
    expect(page.get_by_role("link", name="Return to Prolific")).to_have_attribute("href", PROLIFIC)
    whole(page)


@pytest.mark.parametrize("path", ["/s/first-light/", "/s/nowhere/"])
def test_pages_without_a_participant_are_accessible(page, link, whole, path, complaints):
    complaints.expect("404")
    page.goto(path)
    whole(page)


def test_a_phone_without_javascript_comes_to_the_end(new_page, link):
    phone = new_page(390, java_script_enabled=False)

    agree(phone, link)
    introduce(phone)
    understand(phone)
    answer_everything(phone)
    go_on(phone)

    expect(phone.get_by_text("PACTDONE")).to_be_visible()
    expect(phone.get_by_role("button", name="Copy the code")).to_be_hidden()
    assert Answer.objects.count() == 7
    assert Participant.objects.get().state == "completed"


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_the_keyboard_alone_answers_a_scenario(page, link):
    agree(page, link)
    introduce(page)
    understand(page)
    press(page, "Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    press(page, "Tab", "Space")  # first question, first card
    press(page, "Tab", "Space", "ArrowDown")  # second question, second card
    press(page, "Tab", "Space", *["ArrowRight"] * 4)  # five of seven
    press(page, "Tab", "Space")  # one of seven
    press(page, "Tab")
    if page.get_by_label("what made you decide").count():
        page.keyboard.type("My reason.")
        press(page, "Tab")
    expect(page.get_by_role("button", name="Save and continue")).to_be_focused()
    press(page, "Enter")

    page.wait_for_url(re.compile("situation/2"))
    stored = Answer.objects.get()
    assert stored.personal != stored.norm
    assert (stored.importance_norm, stored.importance_preference) == (5, 1)


def test_the_focus_is_seen_on_a_card(page, link):
    agree(page, link)
    press(page, "Tab", "Tab")

    outline = page.locator("label:has(input:focus)").evaluate(
        "card => getComputedStyle(card).outlineStyle"
    )
    assert outline == "solid"


def test_back_and_reload_keep_what_was_saved(page, link):
    agree(page, link)
    introduce(page)
    understand(page)
    answer(page)
    expect(page.get_by_text("1 saved")).to_be_visible()

    page.go_back()
    page.wait_for_url(re.compile("situation/1"))
    assert page.locator("input[name=personal]").first.is_checked()
    page.reload()
    go_on(page)

    page.wait_for_url(re.compile("situation/2"))
    assert Answer.objects.count() == 1


def test_a_message_leads_to_its_question(page, link):
    agree(page, link)
    go_on(page)

    page.get_by_role("link", name="How old are you?").click()

    expect(page.get_by_role("group", name="How old are you?")).to_be_focused()


def test_the_code_can_be_copied(new_page, link):
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    agree(page, link)
    introduce(page)
    understand(page)
    answer_everything(page)
    go_on(page)

    page.get_by_role("button", name="Copy the code").click()

    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "PACTDONE"


def test_a_first_visit_transfers_little(page, link):
    responses = []
    page.on("response", lambda response: responses.append(response))

    page.goto(link, wait_until="networkidle")

    sizes = [len(response.body()) for response in responses if response.ok]
    assert len(sizes) > 2
    assert sum(sizes) < 60_000  # uncompressed


def test_a_researcher_can_look_and_is_told_that_it_is_a_preview(
    page, link, researcher, sign_in, axe
):
    sign_in(page, researcher).goto("/studies/first-light/")
    axe(page)
    page.get_by_role("link", name="Preview as a participant").click()

    expect(page.get_by_text("PREVIEW")).to_be_visible()
    page.get_by_role("button", name="I want to take part").click()
    introduce(page)
    expect(page.get_by_text("PREVIEW")).to_be_visible()
    assert Participant.objects.get().cohort == Cohort.PREVIEW


def test_right_to_left_mirrors_without_overflow(phone, link, axe):
    agree(phone, link)
    introduce(phone)
    understand(phone)
    phone.evaluate("document.documentElement.dir = 'rtl'")

    axe(phone)
    side = phone.locator(".top__name").evaluate(
        "name => innerWidth - name.getBoundingClientRect().right < 40"
    )
    assert side


def test_tickets_do_not_stay_in_the_address(page, link):
    ticket = tickets.make_ticket(bundled_study(), Cohort.REHEARSAL)
    page.goto(f"{link}&ticket={ticket}")

    assert page.url.endswith("/s/first-light/consent/?c=1")
    expect(page.get_by_text("SIMULATED")).to_be_visible()
