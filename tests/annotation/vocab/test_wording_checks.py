"""The checks of a wording, each with a text that trips it and one that does not."""

import csv

import pytest

from annotation.vocab.studies import FIRST_LIGHT
from annotation.vocab.wording_checks import CHECKS, Finding, check, overlap, peoples_named, unfilled

GOOD = {
    "situation": "The actor sits down to dinner in Lima. The host, {receiver}, brings a dish in.",
    "cultural_expectation": "In Peru, a guest is expected to wait until the host begins to eat.",
    "personal_preference": "The actor likes food best while it is hot.",
    "culture_action": "Wait until the host takes the first bite.",
    "preference_action": "Start as soon as the host puts down the plate.",
}


def codes(**changes):
    return [finding.code for finding in check(GOOD | changes)]


def test_a_sound_wording_has_no_finding():
    assert check(GOOD) == []


TRIPPING = {
    "blank": {"personal_preference": " "},
    "placeholder": {"culture_action": "Wait until [name] takes the first bite of the host."},
    "same_action": {"preference_action": "Wait until your hosts takes the first bite!"},
    "preference_repeats_norm": {
        "personal_preference": "In Peru a guest is expected to wait until the host begins to eat it."
    },
    "only_negated": {"preference_action": "Do not wait until the host takes the first bite."},
    "uneven_length": {
        "preference_action": "Start with the plate that the host has put down on the table while "
        "the food on it is still steaming hot"
    },
    "other_receiver": {"preference_action": "Start and wave to the waiter for bread."},
    "one_receiver": {"preference_action": "Start as soon as the plate is there."},
    "gives_away": {"culture_action": "Wait politely until the host takes the first bite."},
    "explains_one": {"preference_action": "Start at once because the host brings hot food."},
    "country_named": {"personal_preference": "The actor eats hot food, as in Bolivia."},
    "demographic_named": {"personal_preference": "As a younger woman the actor eats hot food."},
    "already_decided": {"situation": "The actor decides to eat at once beside {receiver}."},
    "asks_verdict": {"situation": "The actor eats with {receiver}. Is that socially acceptable?"},
    "no_receiver": {"situation": "The actor sits down to dinner in Lima. A dish comes in."},
    "leans": {
        "situation": "{receiver} is the host. The actor could wait until the host takes a first bite."
    },
    "mocking": {"situation": "The actor finds the ritual ridiculous. {receiver} comes in."},
    "moralising": {"personal_preference": "The actor thinks food should be eaten hot."},
    "stereotyping": {"situation": "The actor meets {receiver}. These people eat late."},
    "long": {"culture_action": "Wait " + "very " * 30 + "long for the host",
             "preference_action": "Start " + "very " * 30 + "soon beside the host"},
}  # fmt: skip


def test_the_receiver_stands_in_the_situation_alone():
    found = check(
        GOOD | {"culture_action": "Wait until {receiver}, the host, takes the first bite."}
    )
    assert (found[0].code, found[0].column, found[0].found) == (
        "placeholder",
        "culture_action",
        ("{receiver}",),
    )
    assert unfilled("situation", "{receiver} and {other}") == ("{other}",)


@pytest.mark.parametrize("code", CHECKS)
def test_each_check_finds_what_it_is_for(code):
    assert code in codes(**TRIPPING[code])


def test_what_refuses_stands_first():
    found = check(GOOD | TRIPPING["country_named"] | TRIPPING["mocking"])
    assert [finding.refuses for finding in found] == sorted(
        (finding.refuses for finding in found), reverse=True
    )


def test_missing_texts_are_passed_over_while_a_scenario_is_being_made():
    assert check({"situation": GOOD["situation"]}, written=False) == []


def test_an_expectation_may_say_what_one_should_do():
    assert codes(cultural_expectation="In Peru, a guest should wait for the host.") == []


def test_only_the_order_of_the_words_may_make_two_actions():
    swapped = {
        "culture_action": "Ask first, then eat.",
        "preference_action": "Eat first, then ask.",
    }
    assert "same_action" not in codes(**swapped)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("the Brazilian way", ["Brazilian"]),
        ("food from South Africa", ["South Africa"]),
        ("a Ghanaian dish", ["Ghanaian"]),
        ("Chinese, French and Dutch", ["Chinese", "French", "Dutch"]),
        ("as people do in Jordan", ["Jordan"]),
        ("Jordan, a friend, is there", []),
        ("polish the shoes and turn left", []),
        ("a man of means", []),
    ],
)
def test_countries_and_peoples_are_found_by_name(text, named):
    assert sorted(peoples_named(text)) == sorted(named)


def test_overlap_is_symmetric_and_bounded():
    one, other = GOOD["culture_action"], GOOD["preference_action"]
    assert overlap(one, other) == overlap(other, one)
    assert overlap(one, one) == 1.0
    assert overlap("", "the a") == 0.0


def test_findings_survive_json():
    finding = Finding("mocking", "situation", ("silly",))
    assert Finding.from_json(finding.as_json()) == finding


def test_scenarios_written_by_people_are_not_refused():
    """The 63 bundled scenarios: a check that refuses one of them would refuse good work."""
    with (FIRST_LIGHT / "scenarios.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 63
    assert [row["key"] for row in rows if any(one.refuses for one in check(row))] == []
