"""The survey proper, and everything people do with browsers."""

import re

import pytest
from django import forms
from django.utils.safestring import mark_safe

from survey.forms import OneOf
from survey.models import Answer, CheckResponse, Exclusion, Participant
from survey.services.studies import add_instrument, standard_definition
from tests.survey.walking import Walker, pid

pytestmark = pytest.mark.django_db


def test_the_whole_way(study):
    walker = Walker(study).begin().finish()

    assert walker.step == "done"
    assert "PACTDONE" in walker.text
    assert "https://app.prolific.com/submissions/complete?cc=PACTDONE" in walker.text
    participant = Participant.objects.get()
    assert participant.state == Participant.State.COMPLETED
    assert participant.completed_at
    assert Answer.objects.count() == 7
    assert CheckResponse.objects.filter(passed=True).count() == 3
    assert Answer.objects.exclude(reason="").count() == 2


def test_checks_stand_between_scenarios_where_the_instrument_says(study):
    walker = Walker(study).begin()
    way = []
    while walker.step != "feedback":
        way.append(walker.step)
        walker = walker.reply() if walker.step.startswith("situation") else walker.answer_check()

    assert [step.partition("/")[2] for step in way] == [
        "1", "2", "agree", "3", "4", "moon", "5", "6", "green", "7",
    ]  # fmt: skip


def test_a_page_shows_the_situation_the_person_and_both_questions(study):
    walker = Walker(study).begin()

    row = Participant.objects.get().assignments.get(position=1)
    phrase = {"younger": "a younger", "older": "an older"}[row.item.receiver_age]
    noun = {"female": "woman", "male": "man"}[row.item.receiver_gender]
    assert walker.text.count(f"{phrase} {noun}") >= 2  # in the story and beside it
    assert "{receiver}" not in walker.text
    assert "What would you personally do?" in walker.text
    assert "What would most people in" in walker.text
    assert "1 of 7" in walker.text


def test_the_stored_orders_are_the_shown_ones(study):
    walker = Walker(study).begin()

    participant = Participant.objects.get()
    order = participant.assignments.get(position=1).option_order
    first = "culture" if order == "culture_first" else "preference"
    names = re.findall(r'name="(personal|norm)" value="(\w+)"', walker.text)
    assert [frame for frame, _ in names][::2] == (
        ["personal", "norm"] if participant.first_frame == "personal" else ["norm", "personal"]
    )
    assert [value for _, value in names][::2] == [first, first]


def test_the_country_can_be_kept_from_the_page(study):
    add_instrument(study=study, definition=standard_definition(show_country=False))

    walker = Walker(study).begin()

    assert "<dt>Where</dt>" not in walker.text
    assert "What would most people in this situation consider appropriate?" in walker.text


@pytest.mark.parametrize("missing", ["personal", "norm", "importance_norm"])
def test_half_an_answer_saves_nothing_and_keeps_what_was_given(study, missing):
    walker = Walker(study).begin().reply(**{missing: "", "importance_preference": "3"})

    assert walker.step == "situation/1"
    assert "Please choose one answer." in walker.text
    assert 'name="importance_preference" value="3" required checked' in walker.text
    assert not Answer.objects.exists()


def test_a_choice_that_is_not_on_the_page_is_refused(study):
    walker = Walker(study).begin().reply(personal="both")

    assert "Please choose one of the answers shown." in walker.text
    assert not Answer.objects.exists()


def test_sending_the_same_page_twice_stores_one_answer(study):
    walker = Walker(study).begin()
    first = walker.path

    walker.reply()
    walker.client.post(first, {"personal": "culture", "norm": "culture", "importance_norm": "1",
                               "importance_preference": "1", "reason": "x"})  # fmt: skip

    assert Answer.objects.count() == 1
    assert walker.get(f"{walker.root}continue/").step == "situation/2"


def test_going_back_shows_the_answer_and_a_change_is_kept(study):
    walker = Walker(study).begin().reply(personal="culture")

    walker.get(f"{walker.root}situation/1/")
    assert 'name="personal" value="culture" required checked' in walker.text
    walker.reply(personal="preference")

    assert walker.step == "situation/2"
    assert Answer.objects.get().personal == "preference"


@pytest.mark.parametrize("ahead", ["situation/5/", "question/agree/", "feedback/", "done/", "end/"])
def test_nobody_can_skip_ahead(study, ahead):
    walker = Walker(study).begin()

    assert walker.get(f"{walker.root}{ahead}").step == "situation/1"


def test_an_answer_sent_for_a_later_page_is_not_saved(study):
    walker = Walker(study).begin()
    walker.client.post(f"{walker.root}situation/4/", {"personal": "culture", "norm": "culture",
                       "importance_norm": "1", "importance_preference": "1"})  # fmt: skip

    assert not Answer.objects.exists()


def test_what_is_saved_is_visible(study):
    walker = Walker(study).begin().reply()

    assert "1 saved" in walker.text
    assert "2 of 7" in walker.text


def test_a_wrong_first_try_may_read_again(study):
    walker = Walker(study).consent().about().send(norm="own")

    assert walker.step == "instructions"
    assert "Please read above once more" in walker.text
    assert walker.send(norm="others").step == "situation/1"


def test_the_second_wrong_try_asks_to_return_the_study(study):
    walker = Walker(study).consent().about().send(norm="own").send(norm="law")

    assert walker.step == "end"
    assert "Please return the study" in walker.text
    assert "PACTSCRN" not in walker.text
    assert walker.enter().step == "end"


def test_who_lives_elsewhere_is_thanked_with_a_code(study):
    walker = Walker(study).consent().about(country="other")

    assert walker.step == "end"
    assert "PACTSCRN" in walker.text


def test_gender_may_stay_unsaid(study):
    Walker(study).consent().send(country="BR", age_bucket="older", gender="unstated")

    assert Participant.objects.get().gender == ""


def test_about_you_names_what_is_missing(study):
    walker = Walker(study).consent().send(country="BR")

    assert walker.step == "about-you"
    assert walker.text.count("Please choose one answer.") == 2
    assert 'value="BR" required checked' in walker.text


def test_failing_checks_excludes_but_ends_like_everybody_else(study):
    walker = Walker(study).begin().finish(right=False)

    assert "PACTDONE" in walker.text
    assert Exclusion.objects.get().rule == "attention"


def test_feedback_is_kept_and_optional(study):
    walker = Walker(study).begin().finish()
    walker.get(f"{walker.root}feedback/").send(feedback="Nice study.")

    assert walker.step == "done"
    assert Participant.objects.get().feedback == "Nice study."


def test_coming_again_after_the_end_shows_the_code_again(study):
    Walker(study).begin().finish()

    assert "PACTDONE" in Walker(study).enter().text


@pytest.mark.parametrize("country", ["BR", "IN", "ZA", "GB", "US"])
def test_every_country_gets_its_seven(study, country):
    walker = Walker(study, person=pid(7)).begin(country=country)

    assert walker.step == "situation/1"


def test_pages_are_small(study, client):
    walker = Walker(study).begin()
    styles = re.findall(r'(?:href|src)="(/static/[^"]+)"', walker.text)

    size = len(walker.page.content)
    for address in styles:
        size += len(b"".join(client.get(address).streaming_content))

    assert size < 60_000  # before compression


def test_nothing_inline_that_a_strict_policy_would_block(study):
    walker = Walker(study).begin()

    assert "style=" not in walker.text
    assert not re.search(r"<script(?![^>]*src=)", walker.text)
    assert not re.search(r"\son\w+=", walker.text)


def test_a_wrong_try_that_is_sent_twice_counts_once(study):
    walker = Walker(study).consent().about()

    walker.send(norm="own", after="0").send(norm="own", after="0")
    assert walker.step == "instructions"
    assert Participant.objects.get().comprehension_attempts == 1

    assert walker.send(norm="own", after="1").step == "end"


@pytest.mark.parametrize("after", ["", "-1", "many", "9999", "²"])
def test_a_forged_number_of_tries_gives_no_further_ones(study, after):
    walker = Walker(study).consent().about()

    walker.send(norm="own", after=after).send(norm="own", after=after)
    assert walker.step == "end"


def test_cards_escape_what_they_show_and_check_what_was_chosen():
    """They are drawn in Python and not by a template, so nobody else escapes for them."""
    field = OneOf(choices=[("<a>", "x < y & 'z'"), ("b", mark_safe("<b>bold</b>"))], label="Which?")
    form = type("Form", (forms.Form,), {"one": field})({"one": "b"})

    first, second = str(form["one"].cards).split("</label>")[:2]

    assert 'value="&lt;a&gt;"' in first
    assert "x &lt; y &amp; &#x27;z&#x27;" in first
    assert "checked" not in first
    assert 'value="b" required checked>' in second
    assert "<span><b>bold</b></span>" in second


@pytest.mark.parametrize(("sent", "code"), [("", "required"), ("c", "invalid_choice"), ("b", None)])
def test_one_of_takes_what_it_offers(sent, code):
    form = type("Form", (forms.Form,), {"one": OneOf(choices=[("a", "A"), ("b", "B")])})(
        {"one": sent}
    )

    assert form.is_valid() is (code is None)
    assert [error.code for error in form.errors.as_data().get("one", [])] == [code][
        : code is not None
    ]


class TestFreeText:
    def at_a_reason(self, study):
        add_instrument(study=study, definition=standard_definition(reason_positions=[3]))
        return Walker(study).begin().reply().reply().answer_check()

    def test_what_fits_where_a_line_ends_in_one_character_is_taken(self, study):
        reason = "line\r\n" * 400  # 2,000 as browsers count, 2,400 as they send
        self.at_a_reason(study).reply(reason=reason)

        stored = Answer.objects.exclude(reason="").get().reason
        assert stored == ("line\n" * 400).strip()

    def test_too_much_is_said_in_the_words_of_the_page_and_kept(self, study):
        walker = self.at_a_reason(study).reply(reason="x" * 2_001)

        assert walker.step == "situation/3"
        assert "there is room for 2000 characters" in walker.text
        assert "x" * 2_001 in walker.text
