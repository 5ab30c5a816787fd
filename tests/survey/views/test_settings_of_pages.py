"""The instrument's settings as participants meet them."""

import pytest

from survey.models import Answer, PageVisit, Participant
from survey.services import paradata
from survey.services.instruments import definition_of
from survey.services.studies import add_instrument, standard_definition
from tests.survey.walking import Walker, pid

pytestmark = pytest.mark.django_db


def redesign(study, **changes):
    add_instrument(study=study, definition=standard_definition(**changes))
    return study


def first_and_second(walker):
    """The frames of the first and the second page, as this participant gets them."""
    first = Participant.objects.get().first_frame
    return first, "norm" if first == "personal" else "personal"


class TestFivePoints:
    def test_the_page_shows_and_takes_five(self, study):
        walker = Walker(redesign(study, points=5)).begin()

        assert 'value="5"' in walker.text
        assert 'value="6"' not in walker.text
        assert "5 = Extremely important" in walker.text
        assert walker.reply(importance_norm="5").step == "situation/2"

    def test_a_point_beyond_is_refused(self, study):
        walker = Walker(redesign(study, points=5)).begin().reply(importance_norm="7")

        assert walker.step == "situation/1"
        assert not Answer.objects.exists()


class TestTwoPages:
    @pytest.fixture
    def walker(self, study):
        return Walker(redesign(study, pages=2)).begin()

    def test_both_answers_are_saved_together_by_the_second_page(self, walker):
        first, second = first_and_second(walker)
        walker.send(**{first: "culture"})

        assert walker.step == "situation/1/second"
        assert not Answer.objects.exists()

        walker.reply(**{second: "preference"})
        answer = Answer.objects.get()
        assert (getattr(answer, first), getattr(answer, second)) == ("culture", "preference")
        assert walker.step == "situation/2"

    def test_each_page_asks_one_frame(self, walker):
        first, second = first_and_second(walker)

        assert f'name="{first}"' in walker.text
        assert f'name="{second}"' not in walker.text
        assert "importance_norm" not in walker.text
        walker.send(**{first: "culture"})
        assert f'name="{first}"' not in walker.text
        assert f'name="{second}"' in walker.text
        assert "importance_norm" in walker.text

    def test_the_second_page_cannot_be_reached_without_the_first(self, walker):
        assert walker.get(walker.root + "situation/1/second/").step == "situation/1"

    def test_the_first_answer_of_one_situation_is_none_of_the_next(self, walker):
        first, second = first_and_second(walker)
        walker.send(**{first: "culture"}).reply(**{second: "preference"})

        assert walker.get(walker.root + "situation/2/second/").step == "situation/2"

    def test_a_reload_of_the_second_page_keeps_the_first_answer(self, walker):
        first, second = first_and_second(walker)
        walker.send(**{first: "preference"}).get(walker.root + "situation/1/second/")

        walker.reply(**{second: "preference"})
        assert getattr(Answer.objects.get(), first) == "preference"

    def test_an_instrument_on_one_page_has_no_second(self, study, client):
        walker = Walker(redesign(study, pages=1), pid(7), client).begin()

        assert walker.get(walker.root + "situation/1/second/").step == "situation/1"


class TestTheGuess:
    @pytest.mark.parametrize(("order", "stored"), [("culture_first", 30), ("preference_first", 70)])
    def test_it_is_asked_of_the_first_action_and_kept_for_culture(self, study, order, stored):
        walker = Walker(redesign(study, perceived=True, side_order=order)).begin()

        walker.reply(perceived_share="30")

        assert Answer.objects.get().perceived_share == stored
        again = walker.get(walker.root + "situation/1/")
        assert 'value="30"' in again.text

    @pytest.mark.parametrize("wrong", ["", "101", "-1", "many", "50.5"])
    def test_what_is_no_number_of_people_is_refused_and_kept(self, study, wrong):
        walker = Walker(redesign(study, perceived=True)).begin().reply(perceived_share=wrong)

        assert walker.step == "situation/1"
        assert "from 0 to 100" in walker.text
        assert not Answer.objects.exists()

    def test_it_is_not_asked_unless_the_instrument_says_so(self, study):
        assert "perceived_share" not in Walker(study).begin().text


class TestTheEndOfWhoFails:
    def test_a_study_may_tell_it_by_its_code(self, study):
        walker = Walker(redesign(study, failed_ending="failed_attention")).begin()
        walker.finish(right=False)

        assert "PACTATTN" in walker.text
        assert "PACTDONE" not in walker.text

    def test_who_passes_gets_the_usual_code(self, study):
        walker = Walker(redesign(study, failed_ending="failed_attention")).begin().finish()

        assert "PACTDONE" in walker.text


class TestParadata:
    def sent(self, **changes):
        given = {"visible_seconds": "4.5", "changes": "3", "blurs": "1", "pasted_characters": "12"}
        return {"shown_at": paradata.stamp()} | given | changes

    def test_it_is_named_in_the_consent_and_changes_its_version(self, study):
        plain = study.instrument
        walker = Walker(redesign(study, paradata=True)).enter()

        assert "time spent on each page" in walker.text
        walker.send(agree="1")
        version = Participant.objects.get().consent_version
        assert version != definition_of(plain).consent_version

    def test_every_page_leaves_one_row(self, study):
        walker = Walker(redesign(study, paradata=True)).consent()
        walker.send(country="BR", age_bucket="younger", gender="female", **self.sent())
        walker.send(norm="others", **self.sent()).reply(**self.sent())

        visits = {visit.page: visit for visit in PageVisit.objects.all()}
        assert set(visits) == {"about", "instructions", "scenario:1"}
        visit = visits["scenario:1"]
        assert (visit.visible_seconds, visit.changes, visit.blurs) == (4.5, 3, 1)
        assert visit.pasted_characters == 12
        assert 0 <= visit.seconds < 60

    def test_a_page_sent_again_counts_up(self, study):
        walker = Walker(redesign(study, paradata=True)).begin().reply(**self.sent())
        walker.get(walker.root + "situation/1/").reply(**self.sent(changes="5"))

        visit = PageVisit.objects.get(page="scenario:1")
        assert (visit.saves, visit.changes) == (2, 5)

    @pytest.mark.parametrize(
        "changes",
        [
            {"shown_at": "forged", "changes": "-3"},
            {"shown_at": "", "changes": "nan"},
            {"shown_at": "1", "changes": "1e999"},
        ],
    )
    def test_what_was_tampered_with_is_unknown_and_stops_nothing(self, study, changes):
        walker = Walker(redesign(study, paradata=True)).begin().reply(**self.sent(**changes))

        assert walker.step == "situation/2"
        visit = PageVisit.objects.get(page="scenario:1")
        assert (visit.seconds, visit.changes) == (None, None)

    def test_without_the_setting_nothing_is_kept_even_if_sent(self, study):
        Walker(study).begin().reply(**self.sent())

        assert not PageVisit.objects.exists()
