"""Baselines: constants by hand, and people predicted without the person scored."""

from itertools import combinations, product
from statistics import mean

import pandas as pd
import pytest

from analysis.metrics import alignment_table
from tests.analysis.metrics import twins
from tests.analysis.metrics.studies import FRAMES, Size, make_study
from tests.analysis.metrics.tables import find, value

SAME = ("item_mae", "majority_alignment", "row_mae", "brier", "rescaled_score")


@pytest.fixture(scope="module")
def study():
    human, model = make_study(Size(models=("alpha",)), seed=4)
    return twins.rows_of(human), twins.rows_of(model), alignment_table(human, model, replicates=20)


def baseline(table, metric, name, **where):
    where = {"setting": "no_persona", **where}
    return value(table, metric, model=f"baseline:{name}", **where)


def answered(human, frame):
    return [row for row in human if row[frame] is not None]


@pytest.mark.parametrize("frame", FRAMES)
def test_constants_are_scored_like_models(study, frame):
    human, _, table = study
    h = [mean(answers) for answers in twins.by_item(human, frame).values()]
    for name, q in (("uniform", 0.5), ("always_culture", 1.0), ("always_preference", 0.0)):
        assert baseline(table, "item_mae", name, frame=frame) == pytest.approx(
            mean(abs(q - x) for x in h)
        )
        assert baseline(table, "signed_culture_gap", name, frame=frame) == pytest.approx(
            q - mean(h)
        )
    untied = [x for x in h if x != 0.5]
    assert baseline(table, "majority_alignment", "uniform", frame=frame) == 0.5
    assert baseline(table, "row_mae", "uniform", frame=frame) == 0.5
    assert baseline(table, "majority_alignment", "always_culture", frame=frame) == pytest.approx(
        mean(float(x > 0.5) for x in untied)
    )
    assert baseline(table, "brier", "uniform", frame=frame) == pytest.approx(0.25)
    assert baseline(table, "rescaled_score", "uniform", frame=frame) == pytest.approx(0.0)


@pytest.mark.parametrize("frame", FRAMES)
def test_pooled_human_leaves_the_participant_out(study, frame):
    human, _, table = study
    rows = answered(human, frame)

    def constant(person):
        return mean(row[frame] for row in rows if row["participant"] != person)

    constants = {person: constant(person) for person in {row["participant"] for row in rows}}
    items = {}
    for row in rows:
        items.setdefault(row["item"], []).append(row)
    mae = mean(
        abs(mean(constants[r["participant"]] for r in cell) - mean(r[frame] for r in cell))
        for cell in items.values()
    )
    assert baseline(table, "item_mae", "pooled_human", frame=frame) == pytest.approx(mae)
    brier = mean((constants[row["participant"]] - row[frame]) ** 2 for row in rows)
    assert baseline(table, "brier", "pooled_human", frame=frame) == pytest.approx(brier)
    row = find(
        table,
        "uncertainty_r",
        model="baseline:pooled_human",
        setting="no_persona",
        frame=frame,
    )
    assert row.value is None  # a constant, whoever was left out


def others_majority(answers, index):
    rest = [answer for place, answer in enumerate(answers) if place != index]
    culture, preference = rest.count(1.0), rest.count(0.0)
    return 0.5 if culture == preference else float(culture > preference)


@pytest.mark.parametrize("frame", FRAMES)
def test_human_majority_is_made_of_the_other_people(study, frame):
    human, _, table = study
    items = [cell for cell in twins.by_item(human, frame).values() if len(cell) >= 2]
    errors = [
        [abs(others_majority(cell, i) - answer) for i, answer in enumerate(cell)] for cell in items
    ]
    got = baseline(table, "item_mae", "human_majority", frame=frame)
    assert got == pytest.approx(mean(map(mean, errors)))
    got = baseline(table, "row_mae", "human_majority", frame=frame)
    assert got == pytest.approx(mean(error for cell in errors for error in cell))
    squares = [
        mean(e * e for e in cell) - mean(a) * (1 - mean(a)) * len(a) / (len(a) - 1)
        for cell, a in zip(errors, items, strict=True)
    ]
    got = baseline(table, "item_mse_unbiased", "human_majority", frame=frame)
    assert got == pytest.approx(mean(squares))


@pytest.mark.parametrize("ties", ["exclude", "culture", "half"])
def test_human_majority_aligns_between_random_halves(study, ties):
    human, _, table = study
    top = bottom = 0.0
    for cell in twins.by_item(human, "norm").values():
        cuts = list(combinations(range(len(cell)), len(cell) // 2)) if len(cell) >= 2 else []
        for first in cuts:
            one = mean(cell[i] for i in first)
            other = mean(cell[i] for i in range(len(cell)) if i not in first)
            if other == 0.5 and ties == "exclude":
                continue
            bottom += 1 / len(cuts)
            if other == 0.5 and ties == "half":
                top += 0.5 / len(cuts)
                continue
            hit = 0.5 if one == 0.5 else float((one > 0.5) == (other >= 0.5))
            top += hit / len(cuts)
    got = baseline(table, "majority_alignment", "human_majority", frame="norm", ties=ties)
    assert got == pytest.approx(top / bottom)


def country_cells(human, frame):
    """(item, h of one country's people, h of the item's other people)."""
    cells = []
    for item in {row["item"] for row in human}:
        rows = [row for row in answered(human, frame) if row["item"] == item]
        for country in {row["participant_country"] for row in rows}:
            own = [row[frame] for row in rows if row["participant_country"] == country]
            rest = [row[frame] for row in rows if row["participant_country"] != country]
            if rest:
                cells.append((item, mean(own), mean(rest)))
    return cells


@pytest.mark.parametrize("frame", FRAMES)
def test_other_country_predicts_each_country_from_the_rest(study, frame):
    human, model, table = study
    cells = country_cells(human, frame)
    got = baseline(table, "item_mae", "other_country", frame=frame, target="subgroup")
    assert got == pytest.approx(mean(abs(q - h) for _, h, q in cells))
    # The model on the very same cells.
    plain = [row for row in model if row["setting"] == "no_persona"]
    q = twins.q_by_item(plain, frame)
    got = find(
        table,
        "item_mae",
        model="alpha",
        setting="no_persona",
        frame=frame,
        group={"baseline": "other_country"},
        target="subgroup",
    )
    expected = [abs(q[item] - h) for item, h, _ in cells if item in q]
    assert got.value == pytest.approx(mean(expected))
    assert got.n_items == len(expected)


def test_other_country_says_where_to_look_for_the_distance(study):
    _, _, table = study
    row = find(table, "item_mae", model="baseline:other_country", setting="no_persona")
    assert row.value is None
    assert "target:subgroup" in row.note


def test_one_country_has_no_other():
    human, model = make_study(Size(countries=1, people=8, models=("alpha",)), seed=1)
    table = alignment_table(human, model, replicates=5)
    for target in ("all", "subgroup"):
        row = find(
            table,
            "rate_gap_abs",
            model="baseline:other_country",
            setting="no_persona",
            target=target,
        )
        assert row.value is None
        assert row.note


def test_a_single_participant_leaves_computed_baselines_undefined():
    human, model = make_study(Size(countries=1, people=1, models=("alpha",)), seed=1)
    table = alignment_table(human, model, replicates=5)
    for name in ("pooled_human", "human_majority", "other_country"):
        row = find(table, "brier", model=f"baseline:{name}", setting="no_persona")
        assert row.value is None
        assert row.note


def test_constants_asked_as_models_stand_once_with_the_same_numbers(study):
    computed = study[-1]
    human, model = make_study(Size(models=("alpha",)), seed=4)
    part = model[model["item"].isin(sorted(model["item"].unique())[:3])]
    constants = {"uniform": 0.5, "always_culture": 1.0}
    asked = [
        part.assign(model=f"baseline:{name}", q=q, choice=q, invalid_reason="")
        for name, q in constants.items()
    ]
    table = alignment_table(human, pd.concat([model, *asked]), replicates=20)
    keys = [row.key for row in table]
    assert len(set(keys)) == len(keys)
    for name, metric, frame in product(constants, SAME, (*FRAMES, "both")):
        assert baseline(table, metric, name, frame=frame) == pytest.approx(
            baseline(computed, metric, name, frame=frame)
        )
