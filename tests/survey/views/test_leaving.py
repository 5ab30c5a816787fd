"""Declining, withdrawing, and doors that stay shut."""

import logging

import pytest
from django.test import Client

from survey.models import Answer, Participant, ProlificIdentity, Study, Tally, Withdrawal
from survey.services.studies import add_instrument, standard_definition
from tests.survey.walking import PID, Walker, pid

pytestmark = pytest.mark.django_db


class TestDeclining:
    def test_it_is_counted_and_nothing_else(self, study):
        walker = Walker(study).enter().send(decline="1")

        assert "PACTNOCO" in walker.text
        assert Tally.objects.get().count == 1
        assert not Participant.objects.exists()


class TestNoCookies:
    def test_the_page_says_so_with_its_code_instead_of_going_round_in_circles(self, study):
        response = Client().get(f"/s/{study.slug}/consent/?c=1")

        assert response.status_code == 403
        assert "PACTDEVI" in response.content.decode()

    def test_a_browser_with_cookies_never_sees_it(self, study):
        assert "PACTDEVI" not in Walker(study).enter().text


class TestAClosedStudy:
    def test_it_hands_in_a_code_of_its_own(self, study):
        Study.objects.update(state="closed")
        walker = Walker(study).enter()

        assert walker.page.status_code == 403
        assert "https://app.prolific.com/submissions/complete?cc=PACTOVER" in walker.text

    def test_without_one_the_place_is_returned_by_hand(self, study):
        codes = {k: v for k, v in standard_definition()["codes"].items() if k != "closed"}
        add_instrument(study=study, definition=standard_definition(codes=codes))
        Study.objects.update(state="closed")
        walker = Walker(study).enter()

        assert "please return it there" in walker.text
        assert "submissions/complete" not in walker.text


class TestFormsThatCannotBeTaken:
    def test_without_its_token_one_is_led_back_to_where_one_stopped(self, study):
        walker = Walker(study, client=Client(enforce_csrf_checks=True)).enter()
        token = walker.client.cookies["csrftoken"].value
        walker.send(agree="1", csrfmiddlewaretoken=token).about()

        assert walker.page.status_code == 403
        assert "could not be saved" in walker.text
        assert "no-store" in walker.page.headers["Cache-Control"]
        assert walker.get(f"/s/{study.slug}/continue/").step == "about-you"

    def test_without_a_study_there_is_none(self, db):
        response = Client(enforce_csrf_checks=True).post("/s/nowhere/consent/", {"agree": "1"})
        assert response.status_code == 404
        assert "There is no study here" in response.content.decode()

    def test_too_long_a_text_is_told_so_and_nothing_is_lost(self, study, settings):
        walker = Walker(study).begin().reply()
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000

        walker.reply(reason="x" * 20_000)

        assert walker.page.status_code == 413
        assert "That text is too long" in walker.text
        assert Answer.objects.count() == 1


class TestWithdrawing:
    def test_everything_said_is_gone_and_a_tombstone_stays(self, study):
        walker = Walker(study).begin().reply().get(f"/s/{study.slug}/withdraw/").send(sure="1")

        assert "Your answers are removed" in walker.text
        assert not Answer.objects.exists()
        assert not ProlificIdentity.objects.exists()
        person = Participant.objects.get()
        assert (person.state, person.country, person.feedback) == ("withdrawn", "", "")
        assert Withdrawal.objects.get().answers_removed == 1
        assert not person.assignments.holding().exists()

    def test_opening_the_page_removes_nothing(self, study):
        walker = Walker(study).begin().reply().get(f"/s/{study.slug}/withdraw/")

        assert "cannot be brought back" in walker.text
        assert Answer.objects.count() == 1

    def test_the_same_person_does_not_become_a_second_participant(self, study):
        Walker(study).begin().get(f"/s/{study.slug}/withdraw/").send(sure="1")

        again = Walker(study).enter()

        assert again.step == "end"
        assert "Your answers are removed" in again.text
        assert Participant.objects.count() == 1

    def test_a_page_that_is_still_open_saves_nothing_any_more(self, study):
        walker = Walker(study).begin()
        second_tab = walker.path
        walker.get(f"/s/{study.slug}/withdraw/").send(sure="1").get(second_tab)

        assert walker.step == "end"
        assert not Answer.objects.exists()


class TestOthersLinks:
    def test_somebody_elses_submission_is_refused_without_a_word_about_them(self, study, caplog):
        Walker(study, pid(1), SESSION_ID="c" * 24).consent()

        with caplog.at_level(logging.WARNING, "pact.entry"):
            walker = Walker(study, pid(2), SESSION_ID="c" * 24).enter()

        assert walker.page.status_code == 403
        assert "belongs to somebody else" in walker.text
        assert Participant.objects.count() == 1
        assert "submission of somebody else" in caplog.text
        assert not any(text in caplog.text for text in (pid(1), pid(2), "c" * 24))

    def test_a_new_submission_of_the_same_person_goes_on_where_they_stopped(self, study):
        Walker(study, SESSION_ID="c" * 24).begin().reply()

        walker = Walker(study, SESSION_ID="d" * 24).enter()

        assert walker.step == "situation/2"
        assert ProlificIdentity.objects.get().submission_id == "d" * 24

    def test_after_completion_the_paid_submission_is_kept(self, study):
        Walker(study, SESSION_ID="c" * 24).begin().finish()

        Walker(study, SESSION_ID="d" * 24).enter()

        assert ProlificIdentity.objects.get().submission_id == "c" * 24

    def test_another_studys_link_is_refused(self, study):
        Study.objects.update(prolific_study_id="e" * 24)

        walker = Walker(study).enter()

        assert walker.page.status_code == 403
        assert "for another study" in walker.text
        assert not Participant.objects.exists()

    def test_the_right_link_is_taken(self, study):
        Study.objects.update(prolific_study_id="a" * 24)

        assert Walker(study).enter().step == "consent"


class TestTooManyKnocks:
    def test_one_persons_link_is_slowed_down_and_the_next_is_not(self, study, settings):
        settings.PACT_ENTRY_LIMIT = 3
        answers = [Walker(study).enter().page.status_code for _ in range(4)]

        assert answers == [200, 200, 200, 429]
        assert Walker(study, pid(2)).enter().step == "consent"

    def test_an_address_has_a_limit_of_its_own(self, study, settings):
        settings.PACT_ADDRESS_LIMIT = 2
        answers = [Walker(study, pid(n)).enter().page.status_code for n in range(3)]

        assert answers == [200, 200, 429]


class TestBadInput:
    def test_a_megabyte_of_text_is_refused_with_a_message(self, study):
        walker = Walker(study).begin()
        position = next(
            row.position for row in Participant.objects.get().assignments.filter(asks_reason=True)
        )
        while walker.step != f"situation/{position}":
            walker = walker.reply() if "situation" in walker.step else walker.answer_check()
        before = Answer.objects.count()

        walker.reply(reason="a" * 1_000_000)

        assert walker.step == f"situation/{position}"
        assert "there is room for 2000 characters" in walker.text
        assert Answer.objects.count() == before

    @pytest.mark.parametrize("text", ["\u202eevil", "👩🏽‍🌾🇧🇷", "עברית and English", "<b>x</b>"])
    def test_unusual_text_is_kept_as_it_is_and_shown_escaped(self, study, text):
        walker = Walker(study).begin().finish()
        walker.get(f"/s/{study.slug}/feedback/").send(feedback=text)

        assert Participant.objects.get().feedback == text
        assert "<b>x</b>" not in walker.get(f"/s/{study.slug}/feedback/").text

    def test_a_nul_character_is_refused(self, study):
        walker = Walker(study).begin().finish()
        walker.get(f"/s/{study.slug}/feedback/").send(feedback="a\x00b")

        assert Participant.objects.get().feedback == ""

    @pytest.mark.parametrize(
        "odd", ["' OR 1=1 --", "{{%PROLIFIC_PID%}}", "g" * 24, PID + "0", "😀" * 24]
    )
    def test_a_forged_id_is_asked_for_again(self, study, odd):
        assert Walker(study, PID, PROLIFIC_PID=odd).enter().step == "id"
        assert not Participant.objects.exists()
