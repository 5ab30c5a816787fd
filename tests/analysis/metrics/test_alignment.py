"""The alignment table: hand-derived studies, and the slow twins on a random one."""

import math

import pytest

from analysis.metrics import alignment_table, to_frame
from tests.analysis.metrics import twins
from tests.analysis.metrics.small import NAN, make_human, make_model
from tests.analysis.metrics.studies import FRAMES, Size, make_study
from tests.analysis.metrics.tables import find, value

SCALES = ("probability", "hard")


# Personal: u 2 of 3 culture, v 1 of 2 (tied), w 1 of 1.
PEOPLE = (
    ("a", "u", 1.0, 1.0),
    ("b", "u", 1.0, 1.0),
    ("c", "u", 0.0, 1.0),
    ("a", "v", 1.0, 1.0),
    ("c", "v", 0.0, 1.0),
    ("b", "w", 1.0, 0.0),
)
ANSWERS = (("u", "personal", 0.9), ("v", "personal", 0.2), ("w", "personal", 0.4))


def table_of(*answers, people=PEOPLE, **options):
    return alignment_table(
        make_human(*people), make_model(*answers), **{"replicates": 20, **options}
    )


def score(table, metric, **where):
    return value(table, metric, **{"model": "m", "setting": "no_persona", **where})


def row_of(table, metric, **where):
    return find(table, metric, **{"model": "m", "setting": "no_persona", **where})


@pytest.fixture(scope="module")
def small():
    return table_of(*ANSWERS)


@pytest.fixture(scope="module")
def random_study():
    human, model = make_study(Size(), seed=5)
    return human, model, alignment_table(human, model, replicates=20)


@pytest.fixture(scope="module", params=["no_persona", "persona"])
def side(request, random_study):
    """Twin rows of one model in one setting, and how to find its estimates."""
    human, model, table = random_study
    mine = model[(model["model"] == "alpha") & (model["setting"] == request.param)]

    def got(metric, **where):
        return value(table, metric, model="alpha", setting=request.param, **where)

    return twins.rows_of(human), twins.rows_of(mine), got


def test_majority_alignment_by_tie_policy(small):
    # u: culture is the majority, chosen; w: culture, not chosen; v: tied, preference chosen.
    assert score(small, "majority_alignment") == pytest.approx(1 / 2)
    assert score(small, "majority_alignment", ties="culture") == pytest.approx(1 / 3)
    assert score(small, "majority_alignment", ties="half") == pytest.approx(1.5 / 3)
    row = row_of(small, "majority_alignment")
    assert (row.n_items, row.n_dropped) == (2, 1)
    assert score(small, "ties") == 1


def test_a_model_tie_scores_half_and_is_counted():
    table = table_of(("u", "personal", 0.5), ("w", "personal", 1.0))
    assert score(table, "majority_alignment") == pytest.approx((0.5 + 1) / 2)
    assert score(table, "model_ties") == 1
    # Half a choice each way: (|1 - 2/3| + |0 - 2/3|) / 2 = 1/2; w: 0.
    assert score(table, "row_mae") == pytest.approx(0.25)


def test_distances_by_hand(small):
    assert score(small, "row_mae") == pytest.approx((1 / 3 + 1 / 2 + 1) / 3)
    assert score(small, "row_mae_floor") == pytest.approx((1 / 3 + 1 / 2 + 0) / 3)
    gaps = [0.9 - 2 / 3, 0.2 - 1 / 2, 0.4 - 1]
    assert score(small, "item_mae") == pytest.approx(sum(map(abs, gaps)) / 3)
    assert score(small, "item_mae", scale="hard") == pytest.approx((1 / 3 + 1 / 2 + 1) / 3)
    assert score(small, "signed_culture_gap") == pytest.approx(sum(gaps) / 3)
    assert score(small, "rate_gap_abs") == pytest.approx(abs(sum(gaps)) / 3)
    # u: h(1-h)/(n-1) = 2/9 / 2; v: 1/4 / 1; w has one person.
    unbiased = (gaps[0] ** 2 - 1 / 9 + gaps[1] ** 2 - 1 / 4) / 2
    row = row_of(small, "item_mse_unbiased")
    assert row.value == pytest.approx(unbiased)
    assert row.value < 0
    assert (row.n_items, row.n_dropped) == (2, 1)


def test_brier_and_its_floor_by_hand(small):
    errors = 2 * 0.1**2 + 0.9**2 + 0.8**2 + 0.2**2 + 0.6**2
    assert score(small, "brier") == pytest.approx(errors / 6)
    # Variances of single answers: u 1/3 over three, v 1/2 over two.
    assert score(small, "brier_floor") == pytest.approx((3 * 1 / 3 + 2 * 1 / 2) / 5)


def test_entropy_errors_by_hand(small):
    parts = [
        twins.bits(0.9) - twins.bits(2 / 3),
        twins.bits(0.2) - 1,
        twins.bits(0.4) - 0,
    ]
    assert score(small, "entropy_error_signed") == pytest.approx(sum(parts) / 3)
    assert score(small, "entropy_error_abs") == pytest.approx(sum(map(abs, parts)) / 3)


def test_invalid_answers_are_dropped_or_counted_as_misses():
    table = table_of(*ANSWERS, ("u", "personal", NAN), ("u", "personal", NAN))
    assert score(table, "invalid_rate") == pytest.approx(2 / 5)
    assert score(table, "majority_alignment") == pytest.approx(1 / 2)
    assert score(table, "majority_alignment", invalid="miss") == pytest.approx(1 / 4)
    # A miss on u is the rarer answer, preference: distance 2/3 each.
    expected = (1 / 3 + 2 / 3 + 2 / 3 + 1 / 2 + 1) / 5
    assert score(table, "row_mae", invalid="miss") == pytest.approx(expected)
    expected = (abs(0.9 / 3 - 2 / 3) + 0.3 + 0.6) / 3
    assert score(table, "item_mae", invalid="miss") == pytest.approx(expected)


@pytest.mark.parametrize("column", ["q", "choice"])
def test_an_answer_needs_both_its_probability_and_its_choice(column):
    model = make_model(*ANSWERS)
    model.loc[0, column] = NAN
    table = alignment_table(make_human(*PEOPLE), model, replicates=5)
    assert score(table, "invalid_rate") == pytest.approx(1 / 3)
    assert score(table, "model_culture_rate") == pytest.approx(0.3)
    assert score(table, "model_culture_rate", scale="hard") == 0.0


def test_a_model_without_one_valid_answer_is_undefined_with_a_reason():
    table = table_of(("u", "personal", NAN))
    assert score(table, "invalid_rate") == 1.0
    assert score(table, "majority_alignment", invalid="miss") == 0.0
    for metric in ("majority_alignment", "item_mae", "model_culture_rate", "uncertainty_r"):
        row = row_of(table, metric)
        assert row.value is None
        assert row.note


def test_items_of_one_side_only_are_counted_as_dropped():
    table = table_of(*ANSWERS[:2], ("x", "personal", 0.7))
    row = row_of(table, "item_mae")
    assert (row.n_items, row.n_dropped) == (2, 2)  # w has no model answer, x no people
    assert score(table, "model_culture_rate") == pytest.approx((0.9 + 0.2 + 0.7) / 3)


def test_one_deterministic_answer_has_no_uncertainty_to_align():
    table = table_of(("u", "personal", 1.0), ("v", "personal", 0.0), ("w", "personal", 1.0))
    row = row_of(table, "uncertainty_r")
    assert row.value is None
    assert "spread" in row.note


def test_the_correlation_of_five_people_or_more_leaves_out_four():
    sizes = {"u": 4, "v": 5, "w": 6, "x": 7}
    people = [
        (f"p{n}", item, float(n < share), 1.0)
        for (item, size), share in zip(sizes.items(), (1, 3, 4, 7), strict=True)
        for n in range(size)
    ]
    q = {"u": 0.5, "v": 0.6, "w": 0.9, "x": 0.8}
    table = table_of(*((item, "personal", value) for item, value in q.items()), people=people)
    row = row_of(table, "uncertainty_r_min5")
    expected = twins.correlation([3 / 5, 4 / 6, 1], [0.6, 0.9, 0.8])
    assert row.value == pytest.approx(expected)
    assert (row.n_items, row.n_dropped) == (3, 1)


def test_prompt_styles_are_pooled_and_scored_apart():
    model = make_model(("u", "personal", 1.0), ("u", "personal", 0.0))
    styles = ["survey_form", "minimal_direct"]
    table = alignment_table(make_human(*PEOPLE), model.assign(prompt_style=styles), replicates=5)
    assert score(table, "item_mae") == pytest.approx(abs(0.5 - 2 / 3))
    assert score(table, "item_mae", style="survey_form") == pytest.approx(1 / 3)
    assert score(table, "item_mae", style="minimal_direct") == pytest.approx(2 / 3)
    assert score(table, "model_culture_rate", style="minimal_direct") == 0.0


def test_one_prompt_style_is_not_repeated_under_its_name(small):
    assert not [row for row in small if "style:" in row.definition or "order:" in row.definition]


def test_q_is_the_mean_over_repeated_samples():
    table = table_of(("u", "personal", 1.0), ("u", "personal", 0.0), ("u", "personal", 0.0))
    assert score(table, "item_mae") == pytest.approx(abs(1 / 3 - 2 / 3))
    assert score(table, "majority_alignment") == pytest.approx(1 / 3)
    assert score(table, "majority_alignment", average="items") == pytest.approx(1 / 3)


def test_two_frames_of_one_model():
    answers = (*ANSWERS, ("u", "norm", 0.8), ("v", "norm", 0.9), ("w", "norm", NAN))
    model = make_model(*answers, sample_index=0)
    table = alignment_table(make_human(*PEOPLE), model, replicates=20)
    # Choices personal 1, 0, 0; norm 1, 1, invalid: one of two pairs equal.
    consistency = row_of(table, "personal_norm_consistency", frame="both")
    assert consistency.value == pytest.approx(1 / 2)
    assert (consistency.n_items, consistency.n_dropped) == (2, 1)
    # Allow rates: personal .5 (1 - mean q), norm .15.
    gap = score(table, "model_norm_personal_gap", frame="both")
    assert gap == pytest.approx((1 - 0.5) - (1 - 0.85))
    hard = score(table, "model_norm_personal_gap", frame="both", scale="hard")
    assert hard == pytest.approx(2 / 3 - 0)
    # Human gaps u 1/3, v 1/2; model gaps -.1, .7.
    mae = score(table, "gap_alignment_mae", frame="both")
    assert mae == pytest.approx((abs(-0.1 - 1 / 3) + abs(0.7 - 1 / 2)) / 2)
    assert score(table, "gap_alignment_r", frame="both") == pytest.approx(1.0)


@pytest.mark.parametrize("frame", FRAMES)
def test_hard_metrics_equal_the_slow_twin(side, frame):
    human, model, got = side
    for ties in ("exclude", "culture", "half"):
        for invalid in ("drop", "miss"):
            expected = twins.majority_alignment(human, model, frame, ties, invalid)
            assert got(
                "majority_alignment", frame=frame, ties=ties, invalid=invalid
            ) == pytest.approx(expected, abs=1e-12)
    assert got("row_mae", frame=frame) == pytest.approx(
        twins.row_mae(human, model, frame), abs=1e-12
    )
    assert got("brier_floor", frame=frame) == pytest.approx(
        twins.brier_floor(human, frame), abs=1e-12
    )


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize(
    "metric",
    ["item_mae", "item_mse_unbiased", "signed_culture_gap", "rate_gap_abs", "brier"],
)
def test_soft_metrics_equal_the_slow_twin(side, frame, scale, metric):
    human, model, got = side
    expected = getattr(twins, metric)(human, model, frame, scale)
    assert got(metric, frame=frame, scale=scale) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("frame", FRAMES)
def test_shapes_equal_the_slow_twin(side, frame, scale):
    human, model, got = side
    where = {"frame": frame, "scale": scale}
    for form in ("", "spearman", "min5", "variance", "partial"):
        metric = "uncertainty_" + {"": "r", "spearman": "spearman"}.get(form, f"r_{form}")
        expected = twins.uncertainty(human, model, frame, scale, form)
        assert got(metric, **where) == pytest.approx(expected, abs=1e-10)
    for metric, shape in (("entropy_error_signed", float), ("entropy_error_abs", abs)):
        expected = twins.entropy_error(human, model, frame, scale, shape)
        assert got(metric, **where) == pytest.approx(expected, abs=1e-12)


def test_cross_frame_metrics_equal_the_slow_twin(side):
    human, model, got = side
    for scale in SCALES:
        pairs = twins.gap_alignment(human, model, scale)
        r = twins.correlation(*zip(*pairs, strict=True))
        assert got("gap_alignment_r", frame="both", scale=scale) == pytest.approx(r, abs=1e-10)
        mae = sum(abs(q - h) for q, h in pairs) / len(pairs)
        assert got("gap_alignment_mae", frame="both", scale=scale) == pytest.approx(mae)
    assert got("personal_norm_consistency", frame="both") == pytest.approx(
        twins.consistency(model), abs=1e-12
    )


@pytest.mark.parametrize("frame", FRAMES)
def test_prompt_orders_are_scored_apart(side, frame):
    human, model, got = side
    for order in ("culture_first", "preference_first"):
        mine = [row for row in model if row["option_order"] == order]
        expected = twins.item_mae(human, mine, frame, "probability")
        assert got("item_mae", frame=frame, order=order) == pytest.approx(expected)
        expected = twins.majority_alignment(human, mine, frame, "exclude")
        assert got("majority_alignment", frame=frame, order=order) == pytest.approx(expected)


@pytest.mark.parametrize("frame", FRAMES)
def test_floors_are_the_mean_over_all_cuts_into_halves(random_study, frame):
    human, _, table = random_study
    expected = twins.half_difference(twins.rows_of(human), frame)
    assert value(table, "floor_perfect_model", frame=frame) == pytest.approx(expected / 2)
    assert value(table, "floor_another_sample", frame=frame) == pytest.approx(
        expected / math.sqrt(2)
    )


def test_floor_of_one_even_item_by_hand():
    # Two of each among four people: halves 2-0 or 0-2 in two of six cuts (difference 1), else 0.
    people = [(name, "u", float(name < "c"), 1.0) for name in "abcd"]
    table = table_of(("u", "personal", 0.5), people=people)
    assert value(table, "floor_perfect_model") == pytest.approx(2 / 6 / 2)


def test_rescaled_score_is_linear_between_the_floor_and_uniform(random_study):
    human, model, table = random_study
    counts = human.dropna(subset=["personal"]).groupby("item")["personal"].count()
    several = human[human["item"].isin(counts[counts >= 2].index)]
    only = alignment_table(several, model, replicates=5)
    mae, uniform, floor = (
        value(only, "item_mae", model="alpha", setting="no_persona"),
        value(only, "item_mae", model="baseline:uniform", setting="no_persona"),
        value(only, "floor_perfect_model"),
    )
    expected = (uniform - mae) / (uniform - floor)
    got = value(table, "rescaled_score", model="alpha", setting="no_persona")
    assert got == pytest.approx(expected)


def test_the_table_is_unique_finite_and_tells_its_progress():
    seen = []
    human, model = make_study(Size(people=12, scenarios=4, per_person=3), seed=1)
    table = alignment_table(
        human, model, replicates=5, progress=lambda done, parts: seen.append((done, parts))
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    frame = to_frame(table)
    assert set(frame["table"]) == {"alignment"}
    undefined = frame[frame["value"].isna()]
    assert (undefined["note"] != "").all()


def test_a_hard_answer_below_its_floor_is_impossible(random_study):
    _, _, table = random_study
    rows = [row for row in table if row.metric == "row_mae" and "invalid:drop" in row.definition]
    floors = {
        (row.model, row.setting, row.frame, str(row.group), row.definition): row.value
        for row in table
        if row.metric == "row_mae_floor"
    }
    compared = 0
    for row in rows:
        floor = floors.get((row.model, row.setting, row.frame, str(row.group), row.definition))
        if floor is not None and row.value is not None:
            assert row.value >= floor - 1e-12
            compared += 1
    assert compared > 20


def test_the_brier_floor_beside_a_model_is_of_the_answers_it_is_scored_on():
    # The model answers u alone; variance of single answers there 1/3, v (1/2) left aside.
    table = table_of(ANSWERS[0])
    assert score(table, "brier_floor") == pytest.approx(1 / 3)
    assert value(table, "brier_floor") == pytest.approx((3 * 1 / 3 + 2 * 1 / 2) / 5)
