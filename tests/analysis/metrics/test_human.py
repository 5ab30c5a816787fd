"""The human table: hand-derived studies, the slow twins, groups and contrasts."""

import pytest

from analysis.metrics import human_table, to_frame
from tests.analysis.metrics import twins
from tests.analysis.metrics.small import NAN, make_human
from tests.analysis.metrics.studies import FRAMES, Size, make_study
from tests.analysis.metrics.tables import find, value

# Item u: personal 1, 1, 0 and norm 1, 1, 1; item v: personal 0 and norm 1 of one person.
SMALL = (("a", "u", 1.0, 1.0), ("b", "u", 1.0, 1.0), ("c", "u", 0.0, 1.0), ("c", "v", 0.0, 1.0))


@pytest.fixture(scope="module")
def small():
    return human_table(make_human(*SMALL), replicates=20)


@pytest.fixture(scope="module")
def random_study():
    human, _ = make_study(Size(), seed=3)
    return twins.rows_of(human), human_table(human, replicates=20)


def test_culture_rate_over_answers_and_over_items(small):
    assert value(small, "culture_rate", weight="answers") == pytest.approx(2 / 4)
    assert value(small, "culture_rate", weight="items") == pytest.approx((2 / 3 + 0) / 2)


def test_the_gap_is_personal_allow_less_norm_allow(small):
    # Allow rates: personal 2 of 4, norm 0 of 4.
    assert value(small, "norm_personal_gap", frame="both") == pytest.approx(0.5)
    # Item u: 1/3 - 0; item v: 1 - 0.
    items = value(small, "norm_personal_gap", frame="both", weight="items")
    assert items == pytest.approx((1 / 3 + 1) / 2)


def test_the_gap_leaves_out_half_answered_sheets():
    human = make_human(*SMALL, ("d", "u", 0.0, NAN))
    assert value(human_table(human, replicates=5), "norm_personal_gap", frame="both") == 0.5


def test_pair_agreement_counts_pairs_of_different_people(small):
    row = find(small, "pair_agreement")
    # Item u has pairs 1-1, 1-0, 1-0; item v has one person and drops out.
    assert row.value == pytest.approx(1 / 3)
    assert (row.n_items, row.n_answers, row.n_humans, row.n_dropped) == (1, 3, 3, 1)


def test_pair_agreement_by_pairs_weighs_items_by_their_pairs():
    human = make_human(*SMALL, ("a", "w", 1.0, 1.0), ("b", "w", 1.0, 1.0))
    table = human_table(human, replicates=5)
    assert value(table, "pair_agreement", average="items") == pytest.approx((1 / 3 + 1) / 2)
    assert value(table, "pair_agreement", average="pairs") == pytest.approx(2 / 4)


def test_a_group_counts_pairs_within_the_group_only(small):
    # a and b (Brazil) agree on u; c (India) is alone there.
    brazil = find(small, "pair_agreement", group={"participant_country": "Brazil"})
    india = find(small, "pair_agreement", group={"participant_country": "India"})
    assert brazil.value == 1.0
    assert india.value is None
    assert "two people" in india.note


@pytest.mark.parametrize(("people", "share"), [(1, 1.0), (2, 0.75), (5, 0.6875), (10, 0.623047)])
def test_majority_share_of_coin_flips_falls_with_the_number_of_people(people, share):
    # One item for every outcome of so many coins: the expected share, exactly.
    outcomes = [
        (f"p{flip}", f"{code}", float(code >> flip & 1), 1.0)
        for code in range(2**people)
        for flip in range(people)
    ]
    table = human_table(make_human(*outcomes, scenario="s"), replicates=2)
    assert value(table, "majority_share") == pytest.approx(share, abs=1e-6)
    if people > 1:
        assert value(table, "pair_agreement") == pytest.approx(0.5)


@pytest.mark.parametrize("frame", FRAMES)
def test_rates_equal_the_slow_twin(random_study, frame):
    rows, table = random_study
    for weight in ("answers", "items"):
        expected = twins.culture_rate(rows, frame, weight)
        assert value(table, "culture_rate", frame=frame, weight=weight) == pytest.approx(
            expected, abs=1e-12
        )
    for average in ("items", "pairs"):
        expected = twins.pair_agreement(rows, frame, average)
        assert value(table, "pair_agreement", frame=frame, average=average) == pytest.approx(
            expected, abs=1e-12
        )
    assert value(table, "majority_share", frame=frame) == pytest.approx(
        twins.majority_share(rows, frame), abs=1e-12
    )


@pytest.mark.parametrize("weight", ["answers", "items"])
def test_the_gap_equals_the_slow_twin(random_study, weight):
    rows, table = random_study
    got = value(table, "norm_personal_gap", frame="both", weight=weight)
    assert got == pytest.approx(twins.norm_personal_gap(rows, weight), abs=1e-12)


@pytest.mark.parametrize(
    "columns",
    [
        ("participant_country",),
        ("relation",),
        ("participant_country", "relation"),
        ("scenario_country",),
        ("receiver_age",),
        ("receiver_gender",),
        ("participant_age",),
        ("participant_gender",),
        ("participant_demo",),
        ("theme",),
    ],
)
def test_every_group_is_the_table_of_its_rows_alone(random_study, columns):
    rows, table = random_study
    rows = [
        {**row, "participant_demo": f"{row['participant_age']}_{row['participant_gender']}"}
        for row in rows
    ]
    for key in {tuple(row[c] for c in columns) for row in rows}:
        group = dict(zip(columns, key, strict=True))
        mine = [row for row in rows if all(row[c] == group[c] for c in columns)]
        expected = twins.culture_rate(mine, "norm", "answers")
        assert value(table, "culture_rate", frame="norm", group=group) == pytest.approx(expected)
        expected = twins.pair_agreement(mine, "norm", "items")
        assert value(table, "pair_agreement", frame="norm", group=group) == pytest.approx(expected)
        expected = twins.norm_personal_gap(mine, "answers")
        assert value(table, "norm_personal_gap", frame="both", group=group) == pytest.approx(
            expected
        )


def test_the_mean_of_both_frames_stands_beside_them(random_study):
    _, table = random_study
    parts = [value(table, "culture_rate", frame=frame) for frame in FRAMES]
    assert value(table, "culture_rate", frame="both") == pytest.approx(sum(parts) / 2)


def test_relation_contrast_uses_only_scenarios_shown_in_both():
    human = make_human(
        ("a", "u", 1.0, 1.0),
        ("b", "u", 0.0, 1.0),
        ("c", "u", 1.0, 1.0),
        ("a", "v", 0.0, 1.0),
        ("c", "w", 0.0, 1.0),
    )
    table = human_table(human, replicates=5)
    group = {"relation": "close", "relation_reference": "far"}
    row = find(table, "culture_rate_contrast", group=group)
    # u: close (a, b) 1/2, far (c) 1; v was shown to close alone, w to far alone.
    assert row.value == pytest.approx(-0.5)
    assert (row.n_items, row.n_humans, row.n_dropped) == (1, 3, 2)


def test_agreement_contrast_uses_only_items_with_two_people_in_both():
    human = make_human(
        *((person, "u", float(person in "ac"), 1.0) for person in "abcd"),
        *((person, "v", 1.0, 1.0) for person in "abc"),
    )
    group = {"relation": "close", "relation_reference": "far"}
    row = find(human_table(human, replicates=5), "pair_agreement_contrast", group=group)
    # u: close (a, b) split, far (c, d) split; v has one person far away and does not count.
    assert row.value == pytest.approx(0.0)
    assert (row.n_items, row.n_humans, row.n_answers, row.n_dropped) == (1, 4, 4, 1)
    human.loc[3, "personal"] = 1.0  # now c and d agree on u
    row = find(human_table(human, replicates=5), "pair_agreement_contrast", group=group)
    assert row.value == pytest.approx(-1.0)


def test_importance_means_difference_and_choice():
    human = make_human(*SMALL).assign(
        importance_norm=[5.0, 4.0, 1.0, NAN], importance_preference=[1.0, 2.0, 5.0, 3.0]
    )
    table = human_table(human, replicates=5)
    assert value(table, "importance_norm", frame="") == pytest.approx(10 / 3)
    assert value(table, "importance_preference", frame="") == pytest.approx(11 / 4)
    assert value(table, "importance_difference", frame="") == pytest.approx(2 / 3)
    # Differences 4, 2, -4 beside choices 1, 1, 0.
    expected = twins.correlation([4, 2, -4], [1, 1, 0])
    assert value(table, "importance_choice_r") == pytest.approx(expected)
    norm = find(table, "importance_choice_r", frame="norm")
    assert norm.value is None
    assert "spread" in norm.note


def test_no_ratings_no_importance_rows(small):
    assert not [row for row in small if row.metric.startswith("importance")]


def test_a_missing_theme_is_a_group_of_its_own_unless_all_are_missing(small, random_study):
    assert not [row for row in small if "theme" in row.group]
    _, table = random_study
    assert find(table, "culture_rate", group={"theme": None}).value is not None


def test_a_frame_nobody_answered_is_undefined_with_a_reason():
    table = human_table(make_human(("a", "u", NAN, 1.0), ("b", "u", NAN, 0.0)), replicates=5)
    for frame in ("personal", "both"):
        row = find(table, "culture_rate", frame=frame)
        assert row.value is None
        assert "no valid answers" in row.note


def test_two_answers_of_one_person_to_one_item_are_refused():
    with pytest.raises(ValueError, match="more than once"):
        human_table(make_human(("a", "u", 1.0, 1.0), ("a", "u", 0.0, 1.0)))


def test_the_table_is_unique_and_ordered_in_columns(random_study):
    frame = to_frame(random_study[1])
    assert set(frame["table"]) == {"human"}
    assert set(frame["setting"]) == {""}
    assert not frame.duplicated(["frame", "group", "metric", "definition"]).any()


def test_a_row_with_next_to_nobody_behind_it_says_so(small):
    assert "too few people to say much: 3" in find(small, "culture_rate").note
    human, _ = make_study(Size(people=6), seed=3)
    assert "too few" not in find(human_table(human, replicates=5), "culture_rate").note
