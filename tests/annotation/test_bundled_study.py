"""The bundled study keeps what it promises: balance, coverage, and texts fit for a real study."""

import re
from collections import Counter
from itertools import combinations

import pytest

from annotation.vocab.countries import by_iso2
from annotation.vocab.distance import relation
from annotation.vocab.studies import FIRST_LIGHT, load_study_files
from annotation.vocab.terms import PreferenceStrength, PreferenceType, Relation, Theme
from tests.every import of_every

STUDY = load_study_files(FIRST_LIGHT)
SCENARIOS = STUDY.scenarios
PARTICIPANTS = STUDY.participant_countries
PARTICIPANTS_PER_COUNTRY = 40

BANNED = (
    "should must rude polite impolite proper properly improper wrong civilised uncivilised ignorant "
    "primitive backward strange weird odd exotic superstition superstitious barbaric silly stupid "
    "dirty disgusting offensive offended inappropriate appropriate foreigner native natives tribal "
    "selfish lazy stubborn respectful disrespectful he him his she her hers"
)

each_scenario = of_every(SCENARIOS, name=lambda row: row.key)


def texts(scenario):
    return (
        scenario.situation,
        scenario.cultural_expectation,
        scenario.personal_preference,
        scenario.culture_action,
        scenario.preference_action,
        scenario.norm_basis,
    )


def sentence_count(text):
    """Ends of sentences; a quoted question in mid-sentence is followed by a small letter."""
    return len(re.findall(r'[.?!]"?(?=\s+[A-Z]|$)', text))


def pool(country, wanted):
    return [row for row in SCENARIOS if row.relations[country] == wanted]


def test_there_are_63_scenarios_over_25_countries():
    assert len(SCENARIOS) == 63
    assert len({row.country for row in SCENARIOS}) == 25
    assert sorted(PARTICIPANTS) == ["BR", "GB", "IN", "US", "ZA"]


def test_every_participant_country_has_equally_many_scenarios_of_its_own():
    counts = Counter(row.country for row in SCENARIOS)
    assert {counts[country] for country in PARTICIPANTS} == {7}


def test_themes_are_in_exact_balance():
    assert Counter(row.theme for row in SCENARIOS) == dict.fromkeys(Theme, 7)


def test_preference_types_differ_by_at_most_a_few():
    counts = Counter(row.preference_type for row in SCENARIOS)
    six = [counts[kind] for kind in PreferenceType if kind is not PreferenceType.OTHER]
    assert max(six) - min(six) <= 1
    assert max(six) - counts[PreferenceType.OTHER] <= 4


def test_every_theme_meets_several_preference_types_and_strengths():
    for theme in Theme:
        rows = [row for row in SCENARIOS if row.theme is theme]
        assert len({row.preference_type for row in rows}) >= 4, theme
        assert len({row.preference_strength for row in rows}) == 3, theme


def test_preference_strengths_are_all_well_represented():
    counts = Counter(row.preference_strength for row in SCENARIOS)
    assert set(counts) == set(PreferenceStrength)
    assert min(counts.values()) >= 15


@each_scenario
def test_relations_are_those_of_the_scheme(scenario):
    computed = {code: relation(STUDY.scheme, code, scenario.country) for code in PARTICIPANTS}
    assert scenario.relations == computed


@each_scenario
def test_every_scenario_is_drawn_for_two_countries_in_different_relations(scenario):
    drawn = {found for found in scenario.relations.values() if found in STUDY.mix}
    assert len(drawn) >= 2


@pytest.mark.parametrize("country", PARTICIPANTS)
def test_every_participant_country_can_be_served_the_mix_with_room(country):
    for wanted, needed in STUDY.mix.items():
        assert len(pool(country, wanted)) >= 2 * needed, wanted


def test_expected_answers_per_cell_are_even():
    """Participants x places, spread over the cells (item x country) of each relation."""
    items_per_scenario = len(STUDY.receivers)
    per_cell, per_item = {}, Counter()
    for country in PARTICIPANTS:
        for wanted, needed in STUDY.mix.items():
            rows = pool(country, wanted)
            answers = PARTICIPANTS_PER_COUNTRY * needed / (len(rows) * items_per_scenario)
            per_cell[country, wanted] = answers
            per_item.update(dict.fromkeys((row.key for row in rows), answers))
    for wanted in (Relation.SAME, Relation.CLOSE, Relation.FAR):
        values = [per_cell[country, wanted] for country in PARTICIPANTS]
        assert max(values) - min(values) < 1, wanted
    assert min(per_item.values()) > 4
    assert max(per_item.values()) < 1.5 * min(per_item.values())


def test_nothing_is_said_twice():
    assert len({row.key for row in SCENARIOS}) == 63
    for column in ("situation", "cultural_expectation", "personal_preference", "norm_basis"):
        assert len({getattr(row, column) for row in SCENARIOS}) == 63, column
    actions = {frozenset((row.culture_action, row.preference_action)) for row in SCENARIOS}
    assert len(actions) == 63


def test_no_two_situations_tell_nearly_the_same_story():
    def words(row):
        return set(re.findall(r"[a-z]{4,}", row.situation.lower()))

    for one, other in combinations(SCENARIOS, 2):
        shared = len(words(one) & words(other)) / len(words(one) | words(other))
        assert shared < 0.35, (one.key, other.key)


@each_scenario
def test_the_situation_names_receiver_actor_and_country(scenario):
    text = scenario.situation
    assert text.count("{receiver}") == 1
    assert not re.search(r"(^|[.?!]\s+)\{receiver\}", text)
    assert "the actor" in text.lower()
    assert by_iso2(scenario.country).name in text


@each_scenario
def test_texts_have_the_promised_number_of_sentences(scenario):
    assert sentence_count(scenario.situation) in (2, 3)
    for text in texts(scenario)[1:]:
        assert sentence_count(text) == 1, text
        assert text[0].isupper()
        assert text.endswith((".", '."'))


@each_scenario
def test_the_expectation_is_about_the_country_and_the_preference_about_the_actor(scenario):
    expectation, preference = scenario.cultural_expectation, scenario.personal_preference
    country = by_iso2(scenario.country).name
    demonyms = {"BR": "Brazilian", "GB": "British", "IN": "Indian", "ZA": "South African"}
    demonyms |= {"IE": "Irish", "CA": "Canadian", "ZW": "Zimbabwean"}
    place = {"gb-public-escalator": "London"}.get(scenario.key, country)
    assert place in expectation or demonyms.get(scenario.country, country) in expectation
    assert preference.startswith("The actor ")
    for code in {row.country for row in SCENARIOS}:
        assert by_iso2(code).name not in preference


@each_scenario
def test_the_two_actions_are_parallel(scenario):
    lengths = sorted(len(text) for text in (scenario.culture_action, scenario.preference_action))
    assert lengths[1] <= 1.25 * lengths[0]
    assert scenario.culture_action != scenario.preference_action


def test_neither_kind_of_action_is_the_longer_one_on_average():
    differences = [len(row.culture_action) - len(row.preference_action) for row in SCENARIOS]
    assert abs(sum(differences) / len(differences)) < 1
    longer = sum(difference > 0 for difference in differences)
    shorter = sum(difference < 0 for difference in differences)
    assert abs(longer - shorter) <= 8


@each_scenario
def test_no_text_judges_or_assumes_a_gender(scenario):
    found = set(re.findall(r"[a-z]+", " ".join(texts(scenario)).lower())) & set(BANNED.split())
    assert not found


@each_scenario
def test_the_words_of_the_frames_do_not_leak_into_the_actions(scenario):
    for text in (scenario.culture_action, scenario.preference_action):
        assert not re.search(r"(?i)cultur|custom|tradition|prefer|expect|norm|usual way", text)
