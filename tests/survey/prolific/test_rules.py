"""The rule engine: a table of what Prolific's rules support, and the reasons where they do not."""

import statistics

import pytest

from survey.prolific import drafting
from survey.prolific.rules import (
    MIN_COMPLETES,
    SUPPORTED,
    Action,
    Category,
    Pace,
    pace,
    supported_categories,
    verdict,
)
from tests.survey.prolific.evidence import absent, check, evidence

TWO_FAILED = (check(1), check(2), check(3, passed=True))
ONE_FAILED = (check(1), check(2, passed=True), check(3, passed=True))


def reject(facts, category=None):
    return verdict(facts, Action.REJECT, category)


@pytest.mark.parametrize(
    ("minutes", "checks", "allowed"),
    [
        (4, ONE_FAILED, True),
        (4, (check(1, passed=True),), False),
        (5, ONE_FAILED, False),
        (5, TWO_FAILED, True),
        (30, ONE_FAILED, False),
        (30, TWO_FAILED, True),
        (30, (check(1), check(2, kind="memory")), False),
        (4, (check(1, kind="memory"),), False),
        (30, (check(1), check(2, kind="nonsensical")), True),
    ],
)
def test_attention_checks_need_enough_failures_of_accepted_kinds(minutes, checks, allowed):
    facts = evidence(estimated_minutes=minutes, checks=checks)

    assert reject(facts, Category.FAILED_CHECK).ok is allowed


@pytest.mark.parametrize(
    ("seconds", "times", "allowed"),
    [
        (299, Pace(50, 600, 100), True),
        (300, Pace(50, 600, 100), False),
        (301, Pace(50, 600, 100), False),
        (1, Pace(50, 600, 200), False),
        (1, Pace(50, 600, 199), True),
        (1, Pace(MIN_COMPLETES - 1, 600, 100), False),
        (1, Pace(MIN_COMPLETES, 600, 100), True),
        (1, Pace(1, 600, None), False),
        (None, Pace(50, 600, 100), False),
    ],
)
def test_speed_is_three_standard_deviations_below_the_mean_of_the_study(seconds, times, allowed):
    facts = evidence(seconds=seconds, pace=times)

    assert reject(facts, Category.TOO_QUICKLY).ok is allowed


def test_a_limit_that_is_not_above_zero_says_that_nobody_can_be_rejected_for_speed():
    refused = reject(evidence(seconds=1, pace=Pace(50, 100, 60)), Category.TOO_QUICKLY)

    assert "nobody can be rejected for speed" in refused.missing[0]


def test_the_pace_of_a_study_is_its_mean_and_sample_deviation():
    times = [300.0, 420.0, 600.0, 1200.0]

    assert pace(times) == Pace(4, statistics.mean(times), statistics.stdev(times))
    assert pace([300.0]).limit is None
    assert pace([]) == Pace(0, None, None)


@pytest.mark.parametrize(
    ("category", "code", "stored", "allowed"),
    [
        (Category.NO_DATA, "GOOD", False, True),
        (Category.NO_DATA, "GOOD", True, False),
        (Category.NO_CODE, "NOCODE", False, True),
        (Category.NO_CODE, "", False, True),
        (Category.NO_CODE, "", True, False),
        (Category.NO_CODE, "GOOD", False, False),
        (Category.BAD_CODE, "WRONG", False, True),
        (Category.BAD_CODE, "WRONG", True, False),
        (Category.BAD_CODE, "OTHER", False, False),
        (Category.BAD_CODE, "NOCODE", False, False),
    ],
)
def test_codes_and_missing_data_count_only_where_nothing_is_stored(category, code, stored, allowed):
    assert reject(absent(code_given=code, data_stored=stored), category).ok is allowed


def test_missing_data_cannot_be_shown_once_the_key_is_destroyed():
    refused = reject(absent(traceable=False), Category.NO_DATA)

    assert "key" in refused.missing[0]


@pytest.mark.parametrize("category", [None, *Category])
@pytest.mark.parametrize(
    "change",
    [
        {"comprehension_failed": True},
        {"withdrawn": True},
        {"let_go": True},
        {"status": "APPROVED"},
        {"status": "RETURNED"},
        {"status": ""},
    ],
)
def test_nothing_allows_a_rejection_where_it_is_forbidden(category, change):
    worst = absent(checks=TWO_FAILED, seconds=1.0, code_given="", **change)

    refused = reject(worst, category)

    assert not refused.ok
    assert all(refused.missing)


@pytest.mark.parametrize("category", sorted(set(Category) - set(SUPPORTED)))
def test_a_category_that_no_evidence_can_show_is_never_supported(category):
    refused = reject(absent(checks=TWO_FAILED, seconds=1.0, code_given=""), category)

    assert category in refused.missing[0]


def test_being_excluded_from_the_analysis_is_no_reason():
    refused = reject(evidence(excluded=("attention", "duplicate")))

    assert len(set(refused.missing)) == len(refused.missing) == 4
    assert "analysis" in refused.missing[-1]


@pytest.mark.parametrize("status", ["ACTIVE", "APPROVED", "REJECTED", "RETURNED", "TIMED-OUT", ""])
@pytest.mark.parametrize("action", list(Action))
def test_only_what_awaits_review_can_be_decided(action, status):
    assert not verdict(absent(status=status), action).ok


@pytest.mark.parametrize("facts", [evidence(), absent(), evidence(checks=TWO_FAILED)])
def test_whatever_awaits_review_may_be_approved(facts):
    assert verdict(facts, Action.APPROVE).ok


@pytest.mark.parametrize(
    ("facts", "allowed"),
    [
        (evidence(), False),
        (evidence(checks=ONE_FAILED), True),
        (evidence(comprehension_failed=True, completed=False), True),
        (absent(), True),
        (absent(withdrawn=True), True),
    ],
)
def test_a_return_is_asked_for_only_with_a_ground(facts, allowed):
    assert verdict(facts, Action.RETURN).ok is allowed


SUPPORTING = {
    Category.FAILED_CHECK: evidence(checks=TWO_FAILED),
    Category.TOO_QUICKLY: evidence(seconds=100.0),
    Category.NO_DATA: absent(),
    Category.NO_CODE: absent(code_given="NOCODE"),
    Category.BAD_CODE: absent(code_given="WRONG"),
}


@pytest.mark.parametrize("category", SUPPORTED)
def test_every_supported_category_has_a_message_that_can_be_sent(category):
    facts = SUPPORTING[category]
    assert category in [one.category for one in supported_categories(facts)]

    text = drafting.draft(facts, Action.REJECT, category)

    assert drafting.problems(Action.REJECT, category, text) == []
    assert text.startswith("Thank you")


def test_messages_hold_the_evidence():
    checks = drafting.draft(evidence(checks=TWO_FAILED), Action.REJECT, Category.FAILED_CHECK)
    speed = drafting.draft(evidence(seconds=100.0), Action.REJECT, Category.TOO_QUICKLY)
    code = drafting.draft(absent(code_given="WRONG"), Action.REJECT, Category.BAD_CODE)

    assert "Please choose answer 2." in checks
    assert "2 of 3" in checks
    assert "100 seconds" in speed
    assert "300 seconds" in speed
    assert "WRONG" in code


@pytest.mark.parametrize(
    "facts",
    [
        evidence(checks=ONE_FAILED),
        evidence(comprehension_failed=True, completed=False),
        absent(),
        absent(withdrawn=True),
    ],
)
def test_a_return_is_asked_for_politely_and_with_its_ground(facts):
    text = drafting.draft(facts, Action.RETURN)

    assert "return your submission" in text
    assert drafting.problems(Action.RETURN, "", text) == []


@pytest.mark.parametrize(
    ("action", "category", "message", "wrong"),
    [
        (Action.REJECT, "NO_DATA", "x" * 100, 0),
        (Action.REJECT, "NO_DATA", "x" * 99, 1),
        (Action.REJECT, "NO_DATA", "  " + "x" * 99 + "  ", 1),
        (Action.REJECT, "LAZY", "x" * 100, 1),
        (Action.REJECT, "", "", 2),
        (Action.RETURN, "", " ", 1),
        (Action.APPROVE, "", "", 0),
    ],
)
def test_an_edited_message_is_checked(action, category, message, wrong):
    assert len(drafting.problems(action, category, message)) == wrong
