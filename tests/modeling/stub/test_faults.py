"""Faults are named, rated, and the same in every run."""

from collections import Counter

import pytest

from modeling.stub.faults import DEFAULT_RATE, FAULTS, parse_faults, pick_fault


def test_names_and_rates():
    assert parse_faults("") == {}
    assert parse_faults("rate_limit, refusal:0.05") == {"rate_limit": DEFAULT_RATE, "refusal": 0.05}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fire", "unknown fault 'fire'; known: rate_limit"),
        ("hang:often", "'hang:often'"),
        ("hang:0", "above 0 and at most 1"),
        ("hang:1.5", "above 0 and at most 1"),
        ("hang:nan", "above 0 and at most 1"),
        ("hang:0.6,slow:0.6", "add up to more than 1"),
    ],
)
def test_wrong_faults_are_named(text, words):
    with pytest.raises(ValueError, match=words):
        parse_faults(text)


def test_faults_come_at_their_rates_and_by_number_alone():
    faults = {"refusal": 0.1, "slow": 0.3}
    drawn = [pick_fault(faults, 7, number) for number in range(5000)]
    assert drawn == [pick_fault(faults, 7, number) for number in range(5000)]
    assert drawn != [pick_fault(faults, 8, number) for number in range(5000)]
    counts = Counter(drawn)
    assert counts["refusal"] / 5000 == pytest.approx(0.1, abs=0.02)
    assert counts["slow"] / 5000 == pytest.approx(0.3, abs=0.03)
    assert counts[None] == 5000 - counts["refusal"] - counts["slow"]


def test_certain_and_absent_faults():
    assert {pick_fault({name: 1.0}, 0, 3) for name in FAULTS} == set(FAULTS)
    assert pick_fault({}, 0, 3) is None
