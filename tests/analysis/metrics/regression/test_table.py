"""The table `regression` as estimates: complete, unique, and never an exception."""

import numpy as np
import pandas as pd
import pytest

from analysis.metrics import METRICS, to_frame
from analysis.metrics.estimate import ALL_MODELS
from analysis.metrics.regression import HUMAN, HUMAN_COMBINED, MODEL_COMBINED
from analysis.metrics.regression.table import human_regressions, model_regressions
from tests.analysis.metrics.regression.making import make_answers, make_choices

FEW = {"replicates": 19, "seed": 4}


def make_people(**options):
    """HUMAN: one row a participant and item."""
    long = make_answers(**{"people": 36, "both_frames": True, **options})
    keys = [name for name in long.columns if name not in ("frame", "y")]
    wide = long.pivot(index=keys, columns="frame", values="y").reset_index()
    return wide.rename_axis(columns=None)


def make_model(**options):
    """MODEL, as far as regressions read it."""
    return make_choices(**options).rename(columns={"y": "choice"}).drop(columns="model_family")


@pytest.fixture(scope="module")
def people():
    return human_regressions(make_people(), **FEW)


@pytest.fixture(scope="module")
def models():
    return model_regressions(make_model(), **FEW)


def find(rows, metric, factor, regression="personal", **fields):
    group = {"regression": regression, "factor": factor}
    [row] = [
        one
        for one in rows
        if one.metric == metric
        and dict(one.group) == group
        and all(getattr(one, name) == value for name, value in fields.items())
    ]
    return row


def test_every_regression_has_every_factor_and_keys_are_unique(people, models):
    to_frame([*people, *models])
    for name, factors in (("personal", HUMAN), ("norm", HUMAN), ("combined", HUMAN_COMBINED)):
        for factor in factors:
            for effects in ("scenario_country", "item"):
                definition = f"effects:{effects}"
                for metric in ("drop_one_deviance", "df", "p"):
                    find(people, metric, factor.name, name, definition=definition)
                for family in ("regression", "all"):
                    corrected = f"{definition};family:{family}"
                    find(people, "p_bh", factor.name, name, definition=corrected)
    for factor in MODEL_COMBINED:
        assert find(models, "df", factor.name, "combined").model == ALL_MODELS
    assert {row.model for row in people} == {""}
    assert {(row.setting, row.frame) for row in [*people, *models]} == {("", "")}


def test_rows_carry_the_definitions_keys_and_stand_in_the_catalogue(people, models):
    for row in [*people, *models]:
        metric = METRICS[row.metric]
        assert row.table in metric.tables
        expected = {**metric.keys, **metric.more_keys.get("regression", {})}
        assert {token.split(":")[0] for token in row.definition.split(";")} == set(expected)
    used = {row.metric for row in people}
    assert used == {name for name, one in METRICS.items() if "regression" in one.tables}


def test_untestable_rows_have_no_p_and_say_why(people):
    row = find(people, "p", "receiver_demographics", definition="effects:scenario_country")
    assert row.value is None
    assert "not testable here" in row.note
    df = find(people, "df", "receiver_demographics", definition="effects:scenario_country")
    assert df.value == 0
    alone = {"definition": "effects:scenario_country"}
    assert find(people, "alone_df", "receiver_demographics", **alone).value == 2
    assert 0 < find(people, "alone_p", "receiver_demographics", **alone).value <= 1


def test_the_scenarios_country_is_tested_by_dealing_out_and_never_within_items(people):
    assert find(people, "p_permutation", "scenario_country").value >= 1 / 20
    within = find(people, "p", "scenario_country", definition="effects:item")
    assert "does not vary within items" in within.note


def test_whether_there_is_a_persona_is_tested_without_whose(models):
    assert find(models, "df", "persona_setting").value == 0
    assert find(models, "alone_df", "persona_setting").value == 1


def test_counts_are_of_what_enters(people):
    frame = make_people()
    row = find(people, "df", "participant_country", "combined", definition="effects:item")
    assert (row.n_humans, row.n_items) == (36, frame["item"].nunique())
    assert row.n_answers + row.n_dropped == 2 * len(frame)


def test_references_are_no_models():
    model = make_model()
    with_reference = pd.concat([model, model.assign(model="baseline:uniform", choice=0.5)])
    assert model_regressions(with_reference, **FEW) == model_regressions(model, **FEW)


def test_effects_are_sizes_of_the_same_test(people):
    same = {"definition": "effects:scenario_country", "regression": "norm"}
    size, df, per = (
        find(people, name, "participant_country", **same).value
        for name in ("drop_one_deviance", "df", "deviance_per_df")
    )
    assert per == pytest.approx(size / df)
    assert 0 < find(people, "deviance_share", "participant_country", **same).value < 1


def everything_separated(frame):
    return frame.assign(personal=(frame["participant_country"] == "India") * 1.0)


HUMAN_EDGES = {
    "one country": lambda f: f.assign(participant_country="India"),
    "one relation": lambda f: f.assign(relation="far"),
    "one person": lambda f: f[f["participant"] == "p0"],
    "one answer": lambda f: f.head(1),
    "one item": lambda f: f.drop_duplicates("participant").assign(item="i", scenario="s"),
    "all alike": lambda f: f.assign(personal=1.0, norm=0.0),
    "nobody answered": lambda f: f.assign(personal=np.nan, norm=np.nan),
    "one question": lambda f: f.assign(norm=np.nan),
    "half invalid": lambda f: f.assign(personal=f["personal"].where(f.index % 2 == 0)),
    "separated": everything_separated,
    "one scenario": lambda f: f[f["scenario"] == "s0"],
    "no rows": lambda f: f.head(0),
}
MODEL_EDGES = {
    "one model": lambda f: f.assign(model="one"),
    "no personas": lambda f: f[f["setting"] == "no_persona"],
    "personas alone": lambda f: f[f["setting"] == "persona"],
    "all alike": lambda f: f.assign(choice=1.0),
    "nothing valid": lambda f: f.assign(choice=np.nan),
    "ties alone": lambda f: f.assign(choice=0.5),
    "one question": lambda f: f[f["frame"] == "norm"],
    "half invalid": lambda f: f.assign(choice=f["choice"].where(f.index % 2 == 0)),
    "one scenario": lambda f: f[f["scenario"] == "s0"],
    "one scenario a country": lambda f: f[f["scenario"].isin(["s0", "s1", "s2", "s3"])],
    "models that never differ": lambda f: f.assign(choice=(f["model"] == "one") * 1.0),
    "no rows": lambda f: f.head(0),
}


def check(rows):
    assert rows
    to_frame(rows)  # unique keys; an Estimate itself refuses NaN, and None without a reason


@pytest.mark.parametrize("change", HUMAN_EDGES.values(), ids=HUMAN_EDGES)
def test_people_at_the_edge_give_rows_with_notes(change):
    check(human_regressions(change(make_people(scenarios=8, per_person=4, people=18)), **FEW))


@pytest.mark.parametrize("change", MODEL_EDGES.values(), ids=MODEL_EDGES)
def test_models_at_the_edge_give_rows_with_notes(change):
    check(model_regressions(change(make_model()), **FEW))


def test_row_order_and_names_of_people_change_nothing(people):
    frame = make_people()
    frame = frame.assign(participant="x" + frame["participant"])
    again = human_regressions(frame.sample(frac=1, random_state=1), **FEW)
    assert len(again) == len(people)
    for one, other in zip(people, again, strict=True):
        assert one.key == other.key
        assert one.note == other.note
        assert one.value == (None if other.value is None else pytest.approx(other.value, abs=1e-6))
