"""Intervals: replicates against brute force, the formula by hand, degenerate cases, coverage."""

import numpy as np
import pytest
from scipy import stats

from analysis.metrics import alignment_table, bootstrap, human_table, scores
from analysis.metrics.bootstrap import Resampler
from analysis.metrics.cells import make_cells
from analysis.metrics.core import People, signed_gaps
from analysis.metrics.human import MAJORITY_SHARE, PAIR_AGREEMENT, POOLED_PAIRS, with_demo
from analysis.metrics.intervals import Draws, Plain, Settings, Spread, jackknife, mix
from analysis.metrics.profiles import make_profile
from analysis.metrics.ranks import spearman
from analysis.metrics.study import Study
from tests.analysis.metrics.coverage import coverage
from tests.analysis.metrics.small import make_human
from tests.analysis.metrics.studies import Size, make_study
from tests.analysis.metrics.tables import find

STATISTICS = {
    "pair_agreement": PAIR_AGREEMENT,
    "pair_agreement pooled": POOLED_PAIRS,
    "majority_share": MAJORITY_SHARE,
    "majority_alignment": scores.majority("exclude", "drop", "rows"),
    "majority_alignment half miss": scores.majority("half", "miss", "items"),
    "row_mae": scores.ROW_MAE,
    "item_mae": scores.ITEM_MAE,
    "item_mse_unbiased": scores.ITEM_MSE,
    "signed_gap": scores.SIGNED_GAP,
    "entropy_error_abs": scores.ENTROPY_ABS,
    "brier": scores.BRIER,
    "brier_floor": scores.BRIER_FLOOR,
    "rescaled": scores.RESCALED,
    **scores.CORRELATIONS,
}


@pytest.fixture(scope="module")
def frames():
    human, model = make_study(Size(people=15, scenarios=5, per_person=4), seed=6)
    mine = (model["model"] == "alpha") & (model["setting"] == "persona")
    return human, model[mine & (model["frame"] == "personal")]


def cells_of(human, model):
    study = Study(human, model)
    side = make_profile(study, model).pooled()
    return study, make_cells(study, study.answers("personal"), side)


def evaluate(statistic, human, model):
    return jackknife(cells_of(human, model)[1], statistic).spread.value


def same(got, expected):
    return got == pytest.approx(expected, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", STATISTICS)
def test_leaving_out_is_the_same_as_never_having_asked(frames, name):
    human, model = frames
    statistic = STATISTICS[name]
    study, cells = cells_of(human, model)
    spread = jackknife(cells, statistic).spread
    scenarios = sorted(human["scenario"].unique())
    for code, scenario in enumerate(scenarios):
        rest = human[human["scenario"] != scenario], model[model["scenario"] != scenario]
        assert same(spread.scenario[code], evaluate(statistic, *rest))
    for code, person in enumerate(sorted(human["participant"].unique())):
        rest = human[human["participant"] != person]
        assert same(spread.person[code], evaluate(statistic, rest, model))
    for row in (0, 7, 20):
        pair = study.human.iloc[row]
        gone = (human["participant"] == pair["participant"]) & (
            human["scenario"] == pair["scenario"]
        )
        assert same(spread.pair[study.pair[row]], evaluate(statistic, human[~gone], model))


def test_leaving_out_ranks_is_the_same_as_never_having_asked(frames):
    human, model = frames
    spread = spearman(cells_of(human, model)[1]).spread
    for code, person in enumerate(sorted(human["participant"].unique())):
        rest = human[human["participant"] != person]
        assert same(spread.person[code], spearman(cells_of(rest, model)[1]).spread.value)
    for code, scenario in enumerate(sorted(human["scenario"].unique())):
        rest = human[human["scenario"] != scenario], model[model["scenario"] != scenario]
        assert same(spread.scenario[code], spearman(cells_of(*rest)[1]).spread.value)


def spread_of(value, scenario, person, pair):
    parts = [np.asarray(part, dtype=float) for part in (scenario, person, pair)]
    return Spread(value, *parts, *(np.ones(len(part), dtype=bool) for part in parts))


def test_the_jackknife_interval_by_hand():
    # Shifts of one: variances 1/2 * 2 (two scenarios), 2/3 * 3 (three people), 3/4 * 4 * .25.
    spread = spread_of(5.0, [6, 4], [6, 4, 6], [5.5, 4.5, 5.5, 4.5])
    error = np.sqrt(1 + 2 - 0.75)
    reach = stats.t.ppf(0.975, 1) * error
    interval = spread.interval(0.95)
    assert (interval.lower, interval.upper) == pytest.approx((5 - reach, 5 + reach))


def test_the_intersection_never_takes_the_variance_below_either_kind():
    spread = spread_of(5.0, [6, 4], [5, 5, 5], [8, 2, 8, 2])
    reach = stats.t.ppf(0.975, 1) * 1.0
    assert spread.interval(0.95).upper == pytest.approx(5 + reach)


def test_intervals_are_cut_to_the_range_of_the_metric():
    interval = spread_of(0.5, [0, 1], [0, 1], [0, 1]).interval(0.95, 0.0, 1.0)
    assert (interval.lower, interval.upper) == (0.0, 1.0)


def test_degenerate_spreads_have_no_interval_but_a_reason():
    assert "fewer than two" in spread_of(0.5, [0.5], [0.4, 0.6], []).interval(0.95).note
    assert "does not vary" in spread_of(0.5, [0.5, 0.5], [0.5, 0.5], []).interval(0.95).note
    assert "left out" in spread_of(0.5, [np.nan, 0.5], [0.5, 0.5], []).interval(0.95).note
    assert "does not vary" in Draws(0.5, np.full(9, 0.5)).interval(0.95).note
    assert Draws(0.5, np.full(9, np.nan)).interval(0.95).lower is None


def test_an_absolute_value_has_no_kink():
    spread = spread_of(-0.1, [-0.3, 0.1], [-0.1, -0.1], []).magnitude()
    assert spread.value == 0.1
    assert list(spread.scenario) == pytest.approx([0.3, -0.1])


def test_unlike_values_do_not_mix():
    with pytest.raises(TypeError, match="cannot be mixed"):
        mix([1.0, 1.0], [Plain(1.0), Draws(1.0, np.ones(3))])


def weighted_answers(study, resampler, number, scenario_of):
    """Answers repeated as often as replicate `number` draws their person and scenario."""
    people, scenarios = resampler.person_weights[number], resampler.scenario_weights[number]
    answers = study.answers("personal")
    for person, item, y in zip(answers.person, answers.item, answers.y, strict=True):
        yield item, y, people[person], scenarios[scenario_of[item]]


@pytest.mark.parametrize("dense", [bootstrap.DENSE, 0], ids=["laid out whole", "sparse"])
def test_bootstrap_replicates_by_hand(dense, monkeypatch):
    monkeypatch.setattr(bootstrap, "DENSE", dense)
    # So few people that whole items go undrawn, and one item that the model never answered.
    human, model = make_study(Size(people=8, scenarios=5, per_person=2), seed=6)
    plain = (model["setting"] == "no_persona") & (model["frame"] == "personal")
    model = model[plain & (model["model"] == "alpha") & (model["item"] != human["item"].iloc[0])]
    study, cells = cells_of(human, model)
    resampler = Resampler(study, Settings(12, seed=2))
    answers = study.answers("personal")
    by_answer = resampler.answer_mean(answers, answers.y).draws
    by_item = resampler.item_mean(answers, answers.y).draws
    people = People(resampler, answers)
    gap = next(signed_gaps(people, cells)).tally.spread.draws
    for number in range(12):
        rows = list(weighted_answers(study, resampler, number, study.item_scenario))
        total = sum(p * s for _, _, p, s in rows)
        assert by_answer[number] == pytest.approx(sum(y * p * s for _, y, p, s in rows) / total)
        items = {}
        for item, y, p, s in rows:
            items.setdefault((item, s), []).append((y, p))
        kept = {key: cell for key, cell in items.items() if sum(p for _, p in cell)}
        size = sum(s for _, s in kept)
        rates = {k: sum(y * p for y, p in c) / sum(p for _, p in c) for k, c in kept.items()}
        assert by_item[number] == pytest.approx(sum(h * k[1] for k, h in rates.items()) / size)
        both = {k: h for k, h in rates.items() if cells.side.rows[k[0]]}
        assert len(both) < len(rates) or len(kept) < len(items)
        gaps = sum((cells.side.q[k[0]] - h) * k[1] for k, h in both.items())
        assert gap[number] == pytest.approx(gaps / sum(s for _, s in both))


def assert_drawn_with_replacement(weights):
    """Each of n is drawn n times at 1 / n: the variance of a count is 1 - 1 / n."""
    n = weights.shape[1]
    assert (weights.sum(axis=1) == n).all()
    assert weights.var(axis=0) == pytest.approx(np.full(n, 1 - 1 / n), rel=0.2)


def test_scenarios_are_drawn_with_replacement(frames):
    assert_drawn_with_replacement(Resampler(Study(frames[0]), Settings(2000)).scenario_weights)


def test_participants_are_drawn_within_their_country(frames):
    study = Study(frames[0])
    weights = Resampler(study, Settings(2000)).person_weights
    for country in np.unique(study.person_country):
        assert_drawn_with_replacement(weights[:, study.person_country == country])


def test_the_seed_decides_and_changing_it_changes_little(frames):
    human, _ = frames

    def bounds(seed):
        row = find(human_table(human, replicates=400, seed=seed), "culture_rate")
        return np.array([row.lower, row.upper])

    once = bounds(1)
    assert (once == bounds(1)).all()
    assert 0 < np.abs(once - bounds(2)).max() < 0.06


def test_a_higher_level_is_wider(frames):
    human, _ = frames
    tables = [human_table(human, replicates=200, level=level) for level in (0.8, 0.99)]
    for metric in ("culture_rate", "pair_agreement"):
        narrow, wide = (find(table, metric) for table in tables)
        assert wide.lower < narrow.lower < narrow.value < narrow.upper < wide.upper


@pytest.mark.parametrize("options", [{"replicates": 0}, {"level": 1.0}, {"level": 0.0}])
def test_senseless_settings_are_refused(frames, options):
    with pytest.raises(ValueError, match="must"):
        human_table(frames[0], **options)


def test_every_interval_holds_its_value(frames):
    human, _ = frames
    _, model = make_study(Size(people=15, scenarios=5, per_person=4), seed=6)
    table = alignment_table(human, model, replicates=300) + human_table(human, replicates=300)
    jackknifed = {"pair_agreement", "item_mae", "majority_alignment", "rate_gap_abs", "row_mae"}
    checked = 0
    for row in table:
        if row.metric in jackknifed and row.lower is not None and "baseline" not in row.model:
            assert row.lower <= row.value <= row.upper
            checked += 1
    assert checked > 100


def test_one_scenario_gives_values_without_intervals():
    human = make_human(("a", "u1", 1.0, 1.0), ("b", "u1", 0.0, 1.0), ("c", "u2", 1.0, 1.0))
    for row in human_table(human, replicates=20):
        if row.metric == "pair_agreement" and row.value is not None:
            assert (row.lower, row.upper) == (None, None)
            assert "no interval" in row.note


def test_an_extra_demographic_column_changes_nothing(frames):
    study = Study(with_demo(frames[0]))
    assert study.n_people == frames[0]["participant"].nunique()


@pytest.mark.simulations
def test_headline_intervals_hold_the_truth_at_least_93_times_in_100():
    """Measured over 1,000 studies: see docs/explanation/intervals.md."""
    table = coverage(300, seed=3)
    assert len(table) == 9
    assert (table["held"] >= 0.93).all(), table
    # Honest, not merely huge: at most twice the width a normal interval of the true spread has.
    assert (table["width"] <= 2 * 2 * 1.96 * table["sd"]).all(), table
