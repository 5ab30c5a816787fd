"""The variance split against sums of squares by other means, by hand, and with gaps."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.stats.anova import anova_lm

from analysis.metrics import alignment_table
from analysis.metrics.book import Book
from analysis.metrics.estimate import ALL_MODELS
from analysis.metrics.intervals import Settings
from analysis.metrics.study import Study
from analysis.metrics.variance import (
    ASKED_ONCE,
    SOURCES,
    STILL,
    TANGLED,
    TOO_SPARSE,
    Split,
    add_split,
    filled,
    make_grid,
    pooled_books,
)
from tests.analysis.metrics.studies import Size, make_study

ORDERS, STYLES = ("culture_first", "preference_first"), ("plain", "form", "chat")


def make_rows(answer, items=6, orders=ORDERS, styles=STYLES, samples=1, models=("m",)):
    """MODEL rows; `answer(item, order, style, sample, model)` gives q by the levels' places."""
    places = (range(items), range(len(orders)), range(len(styles)), range(samples))
    return pd.DataFrame(
        {
            "model": model,
            "setting": "no_persona",
            "persona_country": "",
            "persona_demo": "",
            "item": f"s{i // 2}-{i % 2}",
            "scenario": f"s{i // 2}",
            "frame": "norm",
            "prompt_style": styles[s],
            "option_order": orders[o],
            "sample_index": k,
            "q": float(answer(i, o, s, k, m)),
            "choice": float(answer(i, o, s, k, m) > 0.5),
        }
        for (m, model) in enumerate(models)
        for i, o, s, k in product(*places)
    )


def study_of(rows):
    nobody = {"participant": ["p"], "participant_country": ["IN"]}
    human = pd.DataFrame({**nobody, "item": [rows["item"][0]], "scenario": [rows["scenario"][0]]})
    return Study(human, rows)


def shares(rows, scale="probability", metric="variance_share"):
    """Value, lower and upper by source; the variance itself under ""."""
    book = Book("alignment", "no_persona", "m")
    add_split(book, "norm", study_of(rows), rows)
    return {
        "" if row.metric == "answer_variance" else row.group["source"]: row
        for row in book.estimates(Settings(50))
        if row.metric in (metric, "answer_variance") and f"scale:{scale}" in row.definition
    }


def noisy(seed, samples=1):
    """Random answers with an effect of each source and of order within items."""
    rng = np.random.default_rng(seed)
    base, order = rng.normal(0, 0.2, 40), rng.normal(0, 0.1, 40)
    jitter = rng.normal(0, 0.05, (40, 2, 3, samples, 4))
    return lambda i, o, s, k, m: 0.5 + base[i] + order[i] * o + 0.05 * s + jitter[i, o, s, k, m]


def test_by_hand_on_two_items_and_two_orders():
    """.2 .4 / .6 1.0: the mean is .55, variance .0875. Item means .3, .8: .0625. Order means .4, .7:
    .0225. The rest is .0025. Along orders the variances are .01 and .04, along items .04 and .09."""
    table = [[0.2, 0.4], [0.6, 1.0]]
    rows = make_rows(lambda i, o, s, k, m: table[i][o], items=2, styles=("plain",))
    found = {name: row.value for name, row in shares(rows).items()}
    whole = {n: row.value for n, row in shares(rows, metric="variance_total_share").items()}
    assert found.pop("") == pytest.approx(0.0875)
    assert found.pop("sampling") is None
    expected = {"item": 0.0625, "order": 0.0225, "interactions": 0.0025}
    assert found == pytest.approx({name: part / 0.0875 for name, part in expected.items()})
    assert whole["order"] == pytest.approx(0.025 / 0.0875)
    assert whole["item"] == pytest.approx(0.065 / 0.0875)


def test_shares_are_statsmodels_sums_of_squares():
    rows = make_rows(noisy(1), items=8)
    made = smf.ols("q ~ C(item) + C(option_order) + C(prompt_style)", rows).fit()
    table = anova_lm(made)["sum_sq"] / ((rows["q"] - rows["q"].mean()) ** 2).sum()
    found = shares(rows)
    names = {"item": "item", "order": "option_order", "style": "prompt_style"}
    for source, column in names.items():
        assert found[source].value == pytest.approx(table[f"C({column})"], rel=1e-9)
    assert found["interactions"].value == pytest.approx(table["Residual"], rel=1e-9)


def test_total_shares_are_mean_variances_with_all_else_held_still():
    rows = make_rows(noisy(2), items=8)
    found = shares(rows, metric="variance_total_share")
    keys = ["item", "option_order", "prompt_style"]
    for source, column in (("item", "item"), ("order", "option_order"), ("style", "prompt_style")):
        held = rows.groupby([key for key in keys if key != column])["q"].var(ddof=0).mean()
        assert found[source].value == pytest.approx(held / rows["q"].var(ddof=0), rel=1e-9)


def test_the_parts_add_up_to_one_with_repeated_samples():
    rows = make_rows(noisy(3, samples=4), items=10, samples=4)
    found = {name: row.value for name, row in shares(rows).items()}
    assert found.pop("") == pytest.approx(rows["q"].var(ddof=0), rel=1e-9)
    assert sum(found.values()) == pytest.approx(1.0, abs=1e-12)
    keys = ["item", "option_order", "prompt_style"]
    within = rows.groupby(keys)["q"].var(ddof=1).mean() / rows["q"].var(ddof=0)
    assert found["sampling"] == pytest.approx(within, rel=1e-9)


def test_what_is_sampling_alone_is_called_sampling():
    """Coins without any effect: all of it is sampling, and on average nothing else has a share.

    The share of ten items in 40 studies has an error of .004; left uncorrected it would be .03.
    """
    rng = np.random.default_rng(5)
    values = []
    for _ in range(40):
        rows = make_rows(lambda *at: float(rng.random() < 0.5), items=10, samples=3)
        values.append({name: row.value for name, row in shares(rows).items() if name})
    means = pd.DataFrame(values).mean()
    assert means["sampling"] == pytest.approx(1.0, abs=0.015)
    assert means.drop("sampling").to_numpy() == pytest.approx(np.zeros(4), abs=0.012)


def test_intervals_are_the_jackknife_over_scenarios():
    rows = make_rows(noisy(6), items=8)
    found = shares(rows)["order"]
    without = [
        shares(rows[rows["scenario"] != name].reset_index(drop=True))["order"].value
        for name in sorted(rows["scenario"].unique())
    ]
    error = np.sqrt(3 / 4 * ((np.array(without) - found.value) ** 2).sum())
    reach = 3.182446 * error  # t with 3 degrees
    assert found.upper - found.value == pytest.approx(min(reach, 1 - found.value), rel=1e-5)
    assert found.value - found.lower == pytest.approx(reach, rel=1e-5)


def test_gaps_are_filled_so_that_main_effects_stay_least_squares():
    rows = make_rows(noisy(7), items=8)
    gone = np.random.default_rng(1).random(len(rows)) < 0.15
    grid = make_grid(study_of(rows), rows.assign(q=rows["q"].mask(gone)), "q")
    full = filled(grid.means)
    seen = rows[~gone]
    made = smf.ols("q ~ C(item) + C(option_order) + C(prompt_style)", seen).fit()
    by_order = full.mean(axis=(0, grid.sources.index("style") + 1))
    expected = made.params["C(option_order)[T.preference_first]"]
    assert by_order[1] - by_order[0] == pytest.approx(expected, abs=1e-9)
    assert grid.n_missing == gone.sum()
    kept = ~np.isnan(grid.means)
    assert (full[kept] == grid.means[kept]).all()
    found = shares(rows.assign(q=rows["q"].mask(gone)))["order"]
    assert found.n_dropped == gone.sum()
    assert "filled in" in found.note


def test_sources_that_were_only_asked_together_cannot_be_told_apart():
    rows = make_rows(noisy(8), styles=STYLES[:2])
    together = (rows["option_order"] == ORDERS[0]) == (rows["prompt_style"] == STYLES[0])
    found = shares(rows[together].reset_index(drop=True))
    assert {row.value for row in found.values()} == {None}
    assert all(TANGLED in row.note for row in found.values())


def test_a_thin_grid_is_not_split():
    rows = make_rows(noisy(9))
    kept = np.random.default_rng(2).random(len(rows)) < 0.3
    found = shares(rows.assign(q=rows["q"].where(kept)))
    assert found["item"].value is None
    assert TOO_SPARSE in found["item"].note


def test_one_answer_everywhere_has_no_shares_but_a_variance_of_zero():
    found = shares(make_rows(lambda *at: 1.0))
    assert found[""].value == pytest.approx(0.0)
    assert found["item"].value is None
    assert found["item"].note == STILL
    assert ASKED_ONCE in found["sampling"].note


def test_hard_choices_have_a_split_of_their_own():
    rows = make_rows(lambda i, o, s, k, m: 0.6 if o else 0.4)
    assert shares(rows, "hard")["order"].value == pytest.approx(1.0)
    assert shares(rows, "hard")[""].value == pytest.approx(0.25)


def test_asked_in_one_way_there_is_nothing_to_split():
    assert shares(make_rows(noisy(4), orders=ORDERS[:1], styles=("plain",))) == {}


def test_nothing_valid_is_said():
    rows = make_rows(noisy(4))
    found = shares(rows.assign(q=np.nan, choice=np.nan))
    assert found[""].value is None
    assert found[""].note == "no valid answers"


def test_pooled_over_models_the_model_is_a_source_and_designs_are_cut_to_the_shared():
    both = make_rows(lambda i, o, s, k, m: 0.2 + 0.5 * m, models=("a", "b"), styles=STYLES[:2])
    extra = make_rows(lambda *at: 0.9, models=("b",), styles=STYLES[2:])
    reference = make_rows(lambda *at: 0.5, models=("baseline:uniform",))
    rows = pd.concat([both, extra, reference], ignore_index=True)
    [book] = pooled_books(study_of(rows), rows, "alignment")
    assert book.model == ALL_MODELS
    found = {
        row.group.get("source"): row
        for row in book.estimates(Settings(50))
        if row.metric == "variance_share"
        and "probability" in row.definition
        and row.frame == "norm"
    }
    assert found["model"].value == pytest.approx(1.0)
    assert found["model"].n_answers == len(both)
    assert list(pooled_books(study_of(both), both[both["model"] == "a"], "alignment")) == []


def test_the_order_of_rows_does_not_matter_and_labels_may_change_places():
    rows = make_rows(noisy(11))
    flipped = rows.assign(q=1 - rows["q"], choice=1 - rows["choice"])
    for other in (rows.sample(frac=1, random_state=3).reset_index(drop=True), flipped):
        for name, row in shares(rows).items():
            again = shares(other)[name]
            expected = None if row.value is None else pytest.approx(row.value, abs=1e-12)
            assert again.value == expected


def test_the_alignment_table_holds_the_split_of_every_model_and_of_all():
    human, model = make_study(Size(people=8, scenarios=4, per_person=3, countries=2), seed=4)
    rows = [r for r in alignment_table(human, model, replicates=10) if r.metric == "variance_share"]
    assert {row.model for row in rows} == {"alpha", "beta", ALL_MODELS}
    assert {row.frame for row in rows} == {"personal", "norm", "both"}
    asked = {"item", "order", "persona_country", "persona_demographics", "interactions", "sampling"}
    assert {
        r.group["source"] for r in rows if r.setting == "persona" and r.model == "alpha"
    } == asked
    assert {r.group["source"] for r in rows if r.model == ALL_MODELS} == {*asked, "model"}
    assert set(SOURCES) - {"style"} <= {row.group["source"] for row in rows}


def test_a_single_scenario_has_shares_without_intervals():
    rows = make_rows(noisy(12), items=2)
    found = shares(rows)["order"]
    assert found.value is not None
    assert (found.lower, found.upper) == (None, None)
    assert found.note.startswith("no interval")


def test_leaving_scenarios_out_is_what_computing_anew_gives():
    rows = make_rows(noisy(13, samples=2), items=8, samples=2)
    study = study_of(rows)
    grid = make_grid(study, rows, "q")
    split = Split(grid, filled(grid.means), study.n_scenarios)
    for place, name in enumerate(sorted(rows["scenario"].unique())):
        rest = rows[rows["scenario"] != name].reset_index(drop=True)
        again = make_grid(study_of(rest), rest, "q")
        anew = Split(again, filled(again.means), 3)
        for source in ("item", "order", "style"):
            for part in (Split.main, Split.whole):
                assert part(split, source)[place + 1] == pytest.approx(part(anew, source)[0])
        assert split.interactions()[place + 1] == pytest.approx(anew.interactions()[0])
