"""Shares, flips and differences of judges, against numbers counted by hand."""

import pytest

from annotation.models import ScenarioVersion
from annotation.services import judge_figures as figures
from annotation.services import judging
from annotation.services.judging import Said
from tests.annotation.services.test_judging import make_judge
from tests.annotation.validating import CODES, make_scenarios

pytestmark = pytest.mark.django_db


@pytest.fixture
def norms():
    return make_scenarios(10)


def say(judge, values, *, criterion=CODES[0], repeat=0):
    """One verdict a scenario, in their order; None is an unreadable one."""
    versions = ScenarioVersion.objects.order_by("pk")
    judging.store_verdicts(
        judge=judge,
        said=[
            Said(version.pk, criterion, repeat, value or "", "", "" if value else "cut_off")
            for version, value in zip(versions, values, strict=False)
        ],
    )


def test_shares_are_of_the_first_repeat_with_wilsons_interval(norms):
    judge = make_judge(norms, repeats=2)
    say(judge, ["yes"] * 8 + ["no", None])
    say(judge, ["no"] * 10, repeat=1)
    first, second, _third = figures.shares(judge)
    assert (first.counts, first.invalid, first.n) == ({"yes": 8, "no": 1}, 1, 9)
    assert first.value == pytest.approx(8 / 9)
    # Wilson 1927 for 8 of 9 at 1.959964: centre and half-width worked out by hand
    assert (first.lower, first.upper) == pytest.approx((0.56499, 0.98014), abs=5e-5)
    assert (second.value, second.note) == (None, "no verdict yet")


def test_nothing_readable_has_no_share_but_a_reason(norms):
    judge = make_judge(norms)
    say(judge, [None] * 10)
    first = figures.shares(judge)[0]
    assert (first.value, first.lower, first.invalid) == (None, None, 10)
    assert first.note == "no readable verdict"


def test_flips_are_the_share_of_pairs_of_repeats_that_differ(norms):
    judge = make_judge(norms, repeats=2)
    say(judge, ["yes"] * 10)
    say(judge, ["yes"] * 7 + ["no"] * 2 + [None], repeat=1)
    say(judge, ["yes"] * 10, criterion=CODES[1])
    say(judge, ["yes"] * 10, criterion=CODES[1], repeat=1)
    rows = {row.criterion: row for row in figures.flips(judge)}
    assert rows[CODES[0]].value == pytest.approx(2 / 9)
    assert rows[CODES[0]].n_items == 9
    assert rows[CODES[1]].value == 0
    assert list(rows) == [CODES[0], CODES[1], "__pooled__"]
    assert figures.flips(make_judge(norms, "single")) == []


def test_two_judges_are_compared_on_what_both_said_first(norms):
    one, two = make_judge(norms, "one", repeats=2), make_judge(norms, "two")
    say(one, ["yes"] * 9 + [None])
    say(one, ["no"] * 10, repeat=1)
    say(one, ["yes"] * 10, criterion=CODES[1])
    say(two, ["yes"] * 6 + ["no"] * 4)
    rows = {row.criterion: row for row in figures.between(one, two)}
    assert rows[CODES[0]].value == pytest.approx(3 / 9)
    assert CODES[1] not in rows
    pairs = figures.parted(one, two)
    assert [pair.version.scenario.key for pair in pairs] == [
        "norms-00006", "norms-00007", "norms-00008",
    ]  # fmt: skip
    assert {(pair.one.value, pair.two.value) for pair in pairs} == {("yes", "no")}
    assert [judge.name for judge in figures.comparable(one)] == ["two"]


def test_only_judges_of_the_same_labels_can_stand_beside(norms):
    one, silent = make_judge(norms, "one"), make_judge(norms, "silent")
    say(one, ["yes"] * 10)
    assert list(figures.comparable(silent)) == [one]
    assert list(figures.comparable(one)) == []
    silent.labels = ["good", "bad"]
    assert list(figures.comparable(silent)) == []


def test_verdicts_are_filtered_by_criterion_and_value(norms):
    judge = make_judge(norms)
    say(judge, ["yes"] * 6 + ["no"] * 3 + [None])
    say(judge, ["yes"] * 10, criterion=CODES[1])
    counted = {
        value: figures.verdicts(judge, value=value).count()
        for value in ("", "yes", "no", figures.INVALID, figures.ANY)
    }
    assert counted == {"": 4, "yes": 16, "no": 3, "invalid": 1, "any": 20}
    assert figures.verdicts(judge, criterion=CODES[1], value="any").count() == 10


def test_what_was_said_of_one_version_comes_by_judge_criterion_and_repeat(norms):
    one, two = make_judge(norms, "one", repeats=2), make_judge(norms, "two")
    say(one, ["no"], repeat=1)
    say(one, ["yes"])
    say(two, ["yes"])
    version = ScenarioVersion.objects.order_by("pk").first()
    spoken = figures.of_version(version)
    assert [row.judge.name for row in spoken] == ["two", "one"]
    assert [row.value for row in spoken[1].by_criterion[CODES[0]]] == ["yes", "no"]


def test_expected_counts_everything_the_judge_is_asked(norms):
    judge = make_judge(norms, repeats=4)
    assert figures.expected(judge) == 10 * 4 * 3
    assert (figures.judges_of(norms).get().stored, figures.judges_of(norms).get().invalid) == (0, 0)
