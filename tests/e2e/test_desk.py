"""The annotator's desk in a real browser: by keyboard alone, with drafts, in two tabs, on a phone."""

import pytest
from django.urls import reverse

from annotation.models import Label, Task
from annotation.services.validation import people
from tests.annotation.validating import CODES, make_validation, rate, rate_all, seats

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def validation():
    """Two people, four items each."""
    return make_validation(plan={"annotators": 2, "shared": 2})


@pytest.fixture
def seat(validation):
    return seats(validation)[0]


@pytest.fixture
def open_desk(sign_in, seat):
    def go(page, at=None):
        sign_in(page, at.user if at else seat.user)
        page.goto(reverse("validation:desk", args=[seat.validation.slug]))
        return page

    return go


def submitted(seat):
    return list(seat.tasks.filter(state=Task.State.SUBMITTED).order_by("submitted_at"))


def item(page):
    return page.locator("#item-title").inner_text()


def labels(task):
    return {label.criterion.code: (label.value, label.reason) for label in task.labels.all()}


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def until(page, title):
    page.locator("#item-title", has_text=title).wait_for()


def test_three_items_by_keyboard_alone(page, open_desk, seat):
    open_desk(page)
    assert item(page) == "Item 1"

    # All three yes; the focus walks on by itself and Enter submits.
    press(page, "1", "y", "1", "Enter")
    until(page, "Item 2")

    # A no asks for its reason; Enter leads from there to the next question. A note and a flag.
    press(page, "y", "0")
    page.keyboard.type("It leads to the same.")
    press(page, "Enter", "1", "f", "t")
    page.keyboard.type("Shoes, again")
    press(page, "Control+Enter")
    until(page, "Item 3")

    # The guidelines open and close, going back shows what was said, and it can be mended.
    press(page, "g")
    assert page.get_by_role("region", name="Guidelines").is_visible()
    press(page, "Escape", "u")
    page.wait_for_url("**/desk/*/")
    assert page.locator("#note").input_value() == "Shoes, again"
    assert page.locator(".criterion :checked").count() == len(CODES)
    page.locator("[name=c-preference-plausible]").first.focus()
    press(page, "n")
    page.keyboard.type("Nobody would.")
    press(page, "Enter")
    assert page.evaluate("document.activeElement.matches('[data-submit], .criterion input')")
    press(page, "Enter")
    until(page, "Item 3")
    press(page, "s")
    page.keyboard.type("I wrote this one.")
    press(page, "Enter")
    until(page, "Item 4")

    first, second = submitted(seat)
    assert labels(first) == dict.fromkeys(CODES, ("yes", ""))
    assert labels(second) == {
        CODES[0]: ("no", "Nobody would."),
        CODES[1]: ("no", "It leads to the same."),
        CODES[2]: ("yes", ""),
    }
    assert (second.note, second.flagged, second.revision) == ("Shoes, again", True, 2)
    assert 0 < second.seconds < 60
    assert seat.tasks.get(state="skipped").skip_reason == "I wrote this one."


def test_keys_can_be_switched_off_and_enter_does_not_send_half_an_answer(page, open_desk, seat):
    open_desk(page)
    press(page, "1")
    page.get_by_text("Draft saved").wait_for()
    press(page, "Enter")
    page.get_by_text("Something is missing. You").wait_for()
    press(page, "?")
    page.get_by_label("Single keys work on this page").uncheck()
    page.locator("[name=c-preference-distinct]").first.focus()
    press(page, "0")
    assert not page.locator("[name=c-preference-distinct]:checked").count()
    page.reload()
    press(page, "0")
    assert not page.locator("[name=c-preference-distinct]:checked").count()
    assert not submitted(seat)


def test_the_list_of_keys_comes_into_view(page, open_desk):
    page.set_viewport_size({"width": 1280, "height": 700})
    open_desk(page)
    press(page, "?")
    bottom = "document.querySelector('[data-keys-help]').getBoundingClientRect().bottom"
    assert page.evaluate(f"{bottom} <= innerHeight")


def test_a_draft_survives_a_reload(page, open_desk, seat):
    open_desk(page)
    press(page, "1", "0")
    page.keyboard.type("Too vague")
    page.get_by_text("Draft saved").wait_for()
    page.reload()
    assert page.get_by_text("Draft from before").is_visible()
    assert page.locator("#r-preference-distinct").input_value() == "Too vague"
    assert page.locator(".criterion :checked").count() == 2
    assert not Label.objects.exists()
    press(page, "1", "Enter")
    until(page, "Item 2")
    assert labels(submitted(seat)[0])[CODES[1]] == ("no", "Too vague")


def test_two_tabs_keep_one_answer_and_its_history(page, open_desk, seat):
    open_desk(page)
    other = page.context.new_page()
    other.goto(page.url)
    press(page, "1", "1", "1", "Enter")
    until(page, "Item 2")
    press(other, "1", "1", "0")
    other.keyboard.type("On second thoughts")
    other.get_by_text("was submitted in another window").wait_for()
    press(other, "Enter")
    until(other, "Item 2")
    [task] = submitted(seat)
    assert labels(task)[CODES[2]] == ("no", "On second thoughts")
    assert (task.revision, len(task.history)) == (2, 1)
    assert Label.objects.count() == len(CODES)


def test_a_double_enter_submits_once_and_never_the_next_item(page, open_desk, seat):
    open_desk(page)
    press(page, "1", "1", "1", "Enter", "Enter", "Enter")
    until(page, "Item 2")
    press(page, "Enter")
    [task] = submitted(seat)
    assert task.revision == 1
    assert Label.objects.count() == len(CODES)


def test_a_hidden_tab_stops_the_clock(page, open_desk, seat):
    open_desk(page)
    page.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", { value: true, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    page.wait_for_timeout(1500)
    press(page, "1", "1", "1", "Enter")
    until(page, "Item 2")
    assert submitted(seat)[0].seconds < 1.5


def test_nothing_is_lost_while_the_connection_is_gone(page, open_desk, seat, complaints):
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    open_desk(page)
    page.context.set_offline(True)
    press(page, "1", "1", "1", "Enter")
    page.get_by_text("Not saved").wait_for()
    assert page.locator(".criterion :checked").count() == len(CODES)
    page.context.set_offline(False)
    press(page, "Enter")
    until(page, "Item 2")
    assert len(submitted(seat)) == 1


def test_the_desk_works_without_javascript(new_page, open_desk, seat, complaints):
    complaints.expect("422")
    page = open_desk(new_page(java_script_enabled=False))
    for code in CODES:
        page.locator(f"[name=c-{code}][value={'no' if code == CODES[0] else 'yes'}]").check()
    page.get_by_role("button", name="Submit").click()
    assert page.get_by_text("Please say in a few words why no.").is_visible()
    assert page.locator(".criterion :checked").count() == len(CODES)
    page.locator(f"#r-{CODES[0]}").fill("Contradicts itself")
    page.get_by_role("button", name="Submit").click()
    until(page, "Item 2")
    [task] = submitted(seat)
    assert labels(task)[CODES[0]] == ("no", "Contradicts itself")
    assert task.seconds is None  # nobody measured it
    page.get_by_role("link", name="Back").click()
    assert page.get_by_role("button", name="Submit anew").is_visible()


def test_somebody_else_takes_an_item_that_lay_too_long(page, sign_in, complaints):
    complaints.expect("422")
    validation = make_validation("pool", plan={"mode": "free", "shared": 0})
    first, second, _ = seats(validation)
    sign_in(page, first.user)
    page.goto(reverse("validation:desk", args=["pool"]))
    Task.objects.filter(annotator=first).update(annotator=second)
    press(page, "1", "1", "1", "Enter")
    page.get_by_text("somebody else has taken it").wait_for()
    assert not Label.objects.exists()


def test_at_the_end_one_s_answers_can_be_made_final(page, open_desk, seat):
    rate_all(seat)
    open_desk(page)
    page.get_by_role("button", name="My answers are final").click()
    page.wait_for_url("**/mine/")
    assert page.get_by_text("Your answers are final now").is_visible()
    page.get_by_role("link", name="Look").click()
    assert page.get_by_role("heading", name="Your answers are final").is_visible()


def test_an_invitation_leads_to_the_desk(page, validation):
    late = people.add_seat(validation=validation)
    page.goto(reverse("validation:join", args=[people.invite(seat=late)]))
    page.get_by_label("User name").fill("nora")
    page.get_by_label("Password").fill("seven-green-kettles")
    page.get_by_role("button", name="Make an account and join").click()
    page.wait_for_url("**/validations/mine/")
    assert page.get_by_role("link", name="Pilot", exact=True).is_visible()


@pytest.mark.walks
def test_the_annotator_s_pages_are_whole_in_every_look(page, open_desk, seat, whole):
    task = rate(seat, value="no", note="Odd.")
    open_desk(page)
    assert page.evaluate("scrollY") == 0  # the focus is on a question below, the item is read first
    whole(page)
    press(page, "g")
    whole(page)
    press(page, "Escape", "?", "s")
    whole(page)
    press(page, "Escape", "n")
    whole(page)
    page.goto(reverse("validation:item", args=[seat.validation.slug, task.pk]))
    whole(page)
    page.goto(reverse("validation:mine"))
    whole(page)
    rate_all(seat)
    page.goto(reverse("validation:desk", args=[seat.validation.slug]))
    whole(page)


def test_high_contrast_and_forced_colours(new_page, open_desk, axe):
    for options in ({"contrast": "more"}, {"forced_colors": "active"}):
        page = open_desk(new_page(**options))
        press(page, "1", "0")
        axe(page)


@pytest.mark.walks
def test_the_researcher_s_pages_are_whole_in_every_look(
    page, sign_in, researcher, axe, whole, validation
):
    """In the light alone where the walk over all pages looks at the same one in the dark."""
    draft = make_validation("draft", frozen=False, people=False)
    sign_in(page, researcher)
    for address in (
        reverse("validation:validation_list"),
        reverse("validation:validation_new"),
        reverse("validation:validation_detail", args=[validation.slug]),
        reverse("validation:validation_state", args=[draft.slug, "freeze"]),
        reverse("validation:people", args=[validation.slug]),
        reverse("validation:leave", args=[validation.slug, validation.annotators.first().pk]),
    ):
        page.goto(address)
        axe(page)
    page.goto(reverse("validation:validation_edit", args=[draft.slug]))
    whole(page)


def test_from_a_draft_to_an_invitation_s_link(page, sign_in, researcher):
    make_validation("draft", frozen=False, people=False)
    sign_in(page, researcher)
    page.goto(reverse("validation:validation_detail", args=["draft"]))
    page.get_by_role("link", name="Freeze and open").click()
    page.get_by_role("button", name="Freeze and open").click()
    page.get_by_text("Done: the validation's state has changed.").wait_for()
    page.get_by_role("link", name="People").click()
    page.get_by_role("button", name="Invite A01").click()
    assert "/validations/join/" in page.locator("#link").inner_text()
