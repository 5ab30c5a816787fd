"""Personas: groups, both targets, gains, consensus and confusion."""

from statistics import mean

import pandas as pd
import pytest

from analysis.metrics import alignment_table
from tests.analysis.metrics import twins
from tests.analysis.metrics.small import make_human, make_model
from tests.analysis.metrics.studies import FRAMES, Size, make_study
from tests.analysis.metrics.tables import find, value

WHERE = {"model": "alpha", "setting": "persona"}


@pytest.fixture(scope="module")
def study():
    """A study too small for every persona to have people, scored; twin rows of one model."""
    human, model = make_study(Size(people=14, scenarios=6, per_person=4), seed=8)
    table = alignment_table(human, model, replicates=20)
    mine = model[model["model"] == "alpha"]
    plain = twins.rows_of(mine[mine["setting"] == "no_persona"])
    return twins.rows_of(human), plain, twins.rows_of(mine[mine["setting"] == "persona"]), table


def defined(values):
    return [number for number in values if number is not None]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("target", ["all", "subgroup"])
def test_each_persona_group_equals_the_slow_twin(study, frame, target):
    human, _, model, table = study
    empty = 0
    for (country, demo), rows in twins.personas(model).items():
        people = human if target == "all" else twins.matching(human, (country, demo))
        group = {"persona_country": country, "persona_demo": demo}
        where = {**WHERE, "frame": frame, "group": group, "target": target}
        for scale in ("probability", "hard"):
            for metric in ("item_mae", "item_mse_unbiased", "rate_gap_abs", "signed_culture_gap"):
                expected = getattr(twins, metric)(people, rows, frame, scale)
                got = value(table, metric, scale=scale, **where)
                assert got == (None if expected is None else pytest.approx(expected, abs=1e-12))
        expected = twins.majority_alignment(people, rows, frame, "culture")
        got = value(table, "majority_alignment", ties="culture", **where)
        assert got == (None if expected is None else pytest.approx(expected, abs=1e-12))
        empty += not people
    assert (empty > 0) == (target == "subgroup")


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("target", ["all", "subgroup"])
def test_group_means_leave_out_groups_without_people(study, frame, target):
    human, _, model, table = study
    groups = twins.personas(model)
    where = {**WHERE, "frame": frame, "target": target}

    def people(key):
        return human if target == "all" else twins.matching(human, key)

    for metric, name in (("item_mae", "item_mae"), ("rate_gap_abs", "group_mean_rate_gap_abs")):
        each = [
            getattr(twins, metric)(people(key), rows, frame, "probability")
            for key, rows in groups.items()
        ]
        row = find(table, name, average="groups", **where)
        assert row.value == pytest.approx(mean(defined(each)), abs=1e-12)
        left_out = len(each) - len(defined(each))
        assert (f"{left_out} of {len(each)} persona groups" in row.note) == (left_out > 0)
    each = [twins.row_mae(people(key), rows, frame) for key, rows in groups.items()]
    got = value(table, "row_mae", average="groups", **where)
    assert got == pytest.approx(mean(defined(each)), abs=1e-12)


@pytest.mark.parametrize("frame", FRAMES)
def test_pooled_subgroups_are_cells_of_item_and_persona(study, frame):
    human, _, model, table = study
    cells = []
    for key, rows in twins.personas(model).items():
        cells += twins.paired_rates(twins.matching(human, key), rows, frame, "probability")
    row = find(table, "item_mae", **WHERE, frame=frame, target="subgroup")
    assert row.value == pytest.approx(mean(abs(q - h) for q, h, _ in cells), abs=1e-12)
    assert row.n_items == len(cells)
    assert row.n_dropped > 0
    gap = value(table, "signed_culture_gap", **WHERE, frame=frame, target="subgroup")
    assert gap == pytest.approx(mean(q - h for q, h, _ in cells), abs=1e-12)


@pytest.mark.parametrize("frame", FRAMES)
def test_gains_compare_like_with_like(study, frame):
    human, plain, model, table = study
    for scale in ("probability", "hard"):
        base = twins.item_mae(human, plain, frame, scale)
        each = [
            twins.item_mae(human, rows, frame, scale) for rows in twins.personas(model).values()
        ]
        apart = value(table, "persona_gain", **WHERE, frame=frame, scale=scale, average="groups")
        assert apart == pytest.approx(base - mean(each), abs=1e-12)
    soft = value(table, "persona_gain", **WHERE, frame=frame)
    expected = twins.item_mae(human, plain, frame, "probability") - twins.item_mae(
        human, model, frame, "probability"
    )
    assert soft == pytest.approx(expected, abs=1e-12)
    ensemble = value(table, "persona_ensemble", **WHERE, frame=frame)
    expected = twins.item_mae(human, plain, frame, "hard") - twins.item_mae(
        human, model, frame, "hard"
    )
    assert ensemble == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("frame", FRAMES)
def test_consensus_is_the_more_common_hard_choice(study, frame):
    _, _, model, table = study
    got = value(table, "consensus", **WHERE, frame=frame)
    assert got == pytest.approx(twins.consensus(model, frame), abs=1e-12)


@pytest.mark.parametrize("frame", FRAMES)
def test_the_confusion_matrix_covers_every_pair_of_countries(study, frame):
    human, _, model, table = study
    countries = sorted({row["participant_country"] for row in human})
    for persona in countries:
        rows = [row for row in model if row["persona_country"] == persona]
        for country in countries:
            people = [row for row in human if row["participant_country"] == country]
            group = {"human_country": country, "persona_country": persona}
            got = value(table, "persona_country_mae", **WHERE, frame=frame, group=group)
            assert got == pytest.approx(twins.item_mae(people, rows, frame, "probability"))


def test_hard_answers_alone_give_no_gain_of_probabilities():
    people = [("a", "u", 1.0, 1.0), ("b", "u", 0.0, 1.0), ("c", "v", 1.0, 1.0)]
    plain = make_model(("u", "personal", 1.0), ("v", "personal", 1.0), model="m")
    personas = [
        make_model(
            ("u", "personal", float(country == "India")),
            ("v", "personal", 1.0),
            setting="persona",
            persona_country=country,
            persona_demo="younger_female",
        )
        for country in ("Brazil", "India")
    ]
    model = pd.concat([plain, *personas], ignore_index=True)
    table = alignment_table(make_human(*people), model, replicates=5)
    where = {"model": "m", "setting": "persona"}
    row = find(table, "persona_gain", **where)
    assert row.value is None
    assert "persona_ensemble" in row.note
    # Each persona is as far off (u .5, v 0) as no persona; their mean hits u exactly.
    assert value(table, "persona_gain", **where, scale="hard", average="groups") == 0.0
    assert value(table, "persona_ensemble", **where) == pytest.approx(0.25)


def test_consensus_is_also_averaged_over_models(study):
    table = study[-1]
    for frame in (*FRAMES, "both"):
        each = [
            value(table, "consensus", model=name, setting="persona", frame=frame)
            for name in ("alpha", "beta")
        ]
        row = find(table, "consensus", model="mean:models", setting="persona", frame=frame)
        assert row.value == pytest.approx(mean(each))
        assert row.lower < row.value < row.upper


def personas_of_alpha():
    """A small study, and one model's answers as personas to one question."""
    human, model = make_study(Size(people=8, scenarios=4, per_person=3, models=("alpha",)), seed=2)
    return human, model[(model["setting"] == "persona") & (model["frame"] == "personal")]


def test_baselines_asked_as_models_stay_out_of_the_mean_over_models():
    human, model = personas_of_alpha()
    asked = model.assign(model="baseline:always_culture", q=1.0, choice=1.0, invalid_reason="")
    table = alignment_table(human, pd.concat([model, asked]), replicates=5)
    row = find(table, "consensus", model="mean:models", setting="persona")
    assert row.value == value(table, "consensus", model="alpha", setting="persona")
    assert "mean of 1" in row.note


def test_people_of_unknown_age_match_no_persona():
    human, model = personas_of_alpha()
    table = alignment_table(human.assign(participant_age=None), model, replicates=5)
    row = find(table, "item_mae", model="alpha", setting="persona", target="subgroup")
    assert row.value is None
    assert row.note
