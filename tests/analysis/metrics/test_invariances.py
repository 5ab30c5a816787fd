"""Properties that hold for every metric of both tables, stated once."""

import pandas as pd
import pytest

from analysis.metrics import METRICS, alignment_table, human_table
from tests.analysis.metrics.studies import Size, make_study

TINY = Size(people=14, scenarios=5, per_person=4, countries=2, models=("alpha",))
# Rows of these tables that reports add from more than the answers alone; they have tests of their own.
ADDED = {
    "culture_rate_cell", "culture_rate_pooled", "pooled_sd", "item_mae_pooled",
    "detectable_difference", "indicator_r", "indicator_spearman",
}  # fmt: skip
OF_STUDIES = {
    name: m
    for name, m in METRICS.items()
    if {"human", "alignment"} & set(m.tables) and name not in ADDED
}
# What turns its sign when culture and preference change places ...
ODD = {
    "signed_culture_gap",
    "norm_personal_gap",
    "model_norm_personal_gap",
    "order_effect",
    "culture_rate_contrast",
    "importance_choice_r",
}
# ... and what is counted from the other side.
COMPLEMENT = {"culture_rate", "human_culture_rate", "model_culture_rate"}


@pytest.fixture(scope="module")
def study():
    return make_study(TINY, seed=12)


def tables(human, model, **options):
    rows = human_table(human, replicates=10, **options)
    rows += alignment_table(human, model, replicates=10, **options)
    return {row.key: row for row in rows}


@pytest.fixture(scope="module")
def original(study):
    return tables(*study)


def assert_same(got, expected, fields=("value",)):
    assert got.keys() == expected.keys()
    for key, row in expected.items():
        for name in fields:
            want = getattr(row, name)
            want = pytest.approx(want, abs=1e-9) if isinstance(want, float) else want
            assert getattr(got[key], name) == want, (key, name)


def test_row_order_does_not_matter(study, original):
    human, model = study
    shuffled = tables(human.sample(frac=1, random_state=1), model.sample(frac=1, random_state=2))
    fields = ("value", "lower", "upper", "n_items", "n_humans", "n_dropped", "note")
    assert_same(shuffled, original, fields)


def test_names_of_participants_and_items_do_not_matter(study, original):
    human, model = study
    human = human.assign(participant="x" + human["participant"])
    renamed = [frame.assign(item="i" + frame["item"]) for frame in (human, model)]
    assert_same(tables(*renamed), original, ("value", "lower", "upper", "n_answers"))


def test_asking_every_model_cell_twice_changes_no_value(study, original):
    human, model = study
    twice = pd.concat([model, model.assign(sample_index=1)], ignore_index=True)

    def same(row):
        repeated = row.group.get("source") == "sampling"
        return row.metric not in {"order_effect_p_z", "model_ties"} and not repeated

    got = {key: row for key, row in tables(human, twice).items() if same(row)}
    assert_same(got, {key: row for key, row in original.items() if same(row)})


def test_changing_the_labels_around_turns_signs_and_nothing_else(study, original):
    human, model = study
    flipped = human.assign(
        personal=1 - human["personal"],
        norm=1 - human["norm"],
    )
    model = model.assign(q=1 - model["q"], choice=1 - model["choice"])
    turned = tables(flipped, model)
    side = {"baseline:always_culture", "baseline:always_preference"}
    compared = 0
    for key, row in original.items():
        policy = "ties:culture" in row.definition  # gives ties to culture, so it is not symmetric
        if policy or row.model in side or row.value is None:
            continue
        value = row.value
        if row.metric in ODD:
            value = -value
        elif row.metric in COMPLEMENT:
            value = 1 - value
        assert turned[key].value == pytest.approx(value, abs=1e-9), key
        compared += 1
    assert compared > 500


def test_constant_baselines_change_places_with_the_labels(study, original):
    human, model = study
    flipped = human.assign(personal=1 - human["personal"], norm=1 - human["norm"])
    turned = tables(flipped, model)
    for key, row in original.items():
        if row.model == "baseline:always_culture" and row.metric in ("item_mae", "brier"):
            other = (key[0], key[1], "baseline:always_preference", *key[3:])
            assert turned[other].value == pytest.approx(row.value)


def test_every_metric_in_the_tables_is_in_the_catalogue_and_the_other_way_round(original):
    assert {row.metric for row in original.values()} == set(OF_STUDIES)
    for row in original.values():
        assert row.table in METRICS[row.metric].tables


def test_a_metric_always_carries_the_same_definition_keys(original):
    splits = {"style", "order", "sample"}
    for row in original.values():
        keys = {token.split(":")[0] for token in row.definition.split(";") if token}
        assert keys - splits == set(METRICS[row.metric].keys)


def test_every_metric_has_a_row_with_its_default_options(original):
    for name, metric in OF_STUDIES.items():
        rows = [row for row in original.values() if row.metric == name]
        assert [row for row in rows if row.definition == metric.definition()], name


def test_undefined_always_comes_with_a_reason(original):
    for row in original.values():
        assert row.value is not None or row.note
        if row.value is None:
            assert (row.lower, row.upper) == (None, None)
