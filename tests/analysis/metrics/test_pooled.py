"""The rows of pooled rates: beside counted ones, in any row order, undefined with a reason."""

import numpy as np
import pytest

from analysis.metrics.estimate import to_frame
from analysis.metrics.pooled import LAYOUTS, pooled_distances, pooled_table, pools_of
from analysis.metrics.pooling import ONE_CHOICE
from tests.analysis.metrics.studies import Size, make_study
from tests.analysis.metrics.tables import find

FAST = {"replicates": 60, "seed": 1}
GROUP = {"participant_country": "Brazil", "participant_demo": "older_male"}


@pytest.fixture(scope="module")
def study():
    return make_study(Size(people=36, models=("alpha", "baseline:uniform")), seed=4)


@pytest.fixture(scope="module")
def rows(study):
    human, _ = study
    return pooled_table(human, pools_of(human), **FAST)


def test_each_cell_stands_as_counted_and_as_pooled(study, rows):
    human, _ = study
    mine = human[human["participant_country"] == "India"].dropna(subset=["norm"])
    counts = mine.groupby("item")["norm"].agg(["mean", "size"])
    for item, (share, size) in counts.iterrows():
        group = {"participant_country": "India", "item": item}
        counted = find(rows, "culture_rate_cell", frame="norm", group=group)
        pooled = find(rows, "culture_rate_pooled", frame="norm", group=group)
        assert (counted.value, counted.n_humans) == (share, size)
        assert 0 < pooled.lower < pooled.value < pooled.upper < 1
        assert pooled.upper - pooled.lower < counted.upper - counted.lower


def test_wilsons_interval_of_two_people_who_agree_by_hand(rows):
    """k = n = 2: from n / (n + z^2) to 1."""
    both = [e for e in rows if e.metric == "culture_rate_cell" and (e.value, e.n_humans) == (1, 2)]
    assert both[0].lower == pytest.approx(2 / (2 + 1.959964**2), abs=1e-6)
    assert both[0].upper == pytest.approx(1)


def test_every_group_and_component_is_there_once(rows):
    frame = to_frame(rows)  # raises on a repeated key
    pooled = frame[frame["metric"] == "culture_rate_pooled"]
    assert {"relation" in text for text in pooled["group"]} == {True, False}
    assert find(rows, "culture_rate_pooled", group=GROUP).n_answers > 0
    assert find(rows, "culture_rate", group=GROUP).n_answers > 0
    named = {e.group["pooled_by"] for e in rows if e.metric == "pooled_sd"}
    assert named == {" x ".join(by) for by in LAYOUTS}


def test_the_order_of_rows_changes_nothing(study, rows):
    human, _ = study
    shuffled = human.sample(frac=1, random_state=2)

    assert pooled_table(shuffled, pools_of(shuffled), **FAST) == rows


def test_one_choice_everywhere_is_undefined_with_its_reason(study):
    human = study[0].assign(personal=1.0)
    found = pooled_table(human, pools_of(human), **FAST)

    brazil = find(found, "culture_rate_pooled", group={"participant_country": "Brazil"})
    assert (brazil.value, brazil.note) == (None, ONE_CHOICE)
    assert find(
        found, "culture_rate_pooled", frame="norm", group={"participant_country": "Brazil"}
    ).value
    component = {"component": "person", "pooled_by": "relation"}
    assert find(found, "pooled_sd", group=component).note == ONE_CHOICE


def test_people_of_unknown_age_stand_in_no_persona_group(study):
    human = study[0].assign(participant_age=None)
    found = pooled_table(human, pools_of(human), **FAST)

    assert not any("participant_demo" in e.group for e in found)
    assert find(found, "culture_rate_pooled", group={"relation": "far"}).value


def test_personas_are_scored_against_their_own_pooled_cells(study, rows):
    human, model = study
    pools = pools_of(human)
    found = pooled_distances(human, model, pools, **FAST)
    target = next(p for p in pools if p.frame == "norm" and p.by == LAYOUTS[2])
    first, _, count = target.cells()
    rates = dict(
        zip(
            ((*target.levels[target.group[a]], target.rows["item"][a]) for a in first),
            target.pool.cells(first, 0.95).value,
            strict=True,
        )
    )
    mine = model[(model["model"] == "alpha") & (model["frame"] == "norm") & model["q"].notna()]
    mean = mine.groupby(["persona_country", "persona_demo", "item"])["q"].mean()
    expected = [abs(q - rates[key]) for key, q in mean.items() if key in rates]
    one = find(found, "item_mae_pooled", frame="norm", setting="persona", model="alpha")

    assert one.value == pytest.approx(np.mean(expected))
    assert (one.n_items, one.n_answers) == (len(expected), count.sum())
    assert one.lower < one.value < one.upper
    assert {e.model for e in found} == {"alpha"}
