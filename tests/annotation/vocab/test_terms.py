import pytest

from annotation.vocab import terms
from annotation.vocab.terms import Age, Choice, Gender, PromptStyle, Receiver, Theme


def test_codes_are_the_plain_strings_of_the_release():
    assert [*Choice] == ["culture", "preference"]
    assert [*terms.Relation] == ["same", "close", "far", "between", "unassigned"]
    assert [*terms.Cohort] == ["real", "rehearsal", "preview"]
    assert len(PromptStyle) == 5
    assert f"{Theme.FOOD}" == "food"


def test_receivers_are_every_age_and_gender_once():
    codes = [receiver.demo for receiver in terms.RECEIVERS]
    assert codes == ["younger_female", "younger_male", "older_female", "older_male"]


@pytest.mark.parametrize("receiver", terms.RECEIVERS)
def test_demo_codes_survive_the_round_trip(receiver):
    assert terms.parse_demo(receiver.demo) == receiver


@pytest.mark.parametrize(
    "code", ["", "older", "female_older", "older-female", "Older_female", "old_x"]
)
def test_a_bad_demo_code_is_named_with_the_allowed_ones(code):
    with pytest.raises(ValueError, match="younger_female") as caught:
        terms.parse_demo(code)
    assert repr(code) in str(caught.value)


def test_demo_refuses_words_outside_the_vocabulary():
    with pytest.raises(ValueError, match="elder"):
        terms.demo("elder", "female")


@pytest.mark.parametrize(
    ("age", "gender", "phrase"),
    [
        ("older", "female", "an older woman"),
        ("older", "male", "an older man"),
        ("younger", "female", "a younger woman"),
        ("younger", "male", "a younger man"),
    ],
)
def test_receiver_phrases_read_as_english(age, gender, phrase):
    assert terms.receiver_phrase(age, gender) == phrase
    assert Receiver(Age(age), Gender(gender)).phrase == phrase


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The host is {receiver}.", "The host is an older man."),
        ("{receiver} pours tea.", "An older man pours tea."),
        (
            "It is late. {receiver} yawns at {receiver}.",
            "It is late. An older man yawns at an older man.",
        ),
        ("Nobody is named, not even {host}.", "Nobody is named, not even {host}."),
    ],
)
def test_the_receiver_is_written_into_a_situation(text, expected):
    assert terms.with_receiver(text, "older", "male") == expected
