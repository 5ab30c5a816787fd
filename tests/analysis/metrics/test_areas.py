"""A model on the items of one theme or kind: the same as the table of those items alone."""

import pandas as pd
import pytest

from analysis.metrics import alignment_table
from analysis.metrics.human import levels, with_demo
from tests.analysis.metrics.studies import Size, make_study
from tests.analysis.metrics.tables import find

JACKKNIFED = ("item_mae", "item_mse_unbiased", "rate_gap_abs", "majority_alignment")
DRAWN = ("signed_culture_gap", "model_culture_rate", "human_culture_rate")


@pytest.fixture(scope="module")
def study():
    human, model = make_study(Size(models=("alpha",)), seed=11)
    human["preference_type"] = [None if theme is None else "comfort" for theme in human["theme"]]
    return human, model


@pytest.fixture(scope="module")
def table(study):
    return alignment_table(*study, replicates=20)


@pytest.fixture(scope="module")
def food_alone(study):
    human, model = study
    items = set(human.loc[human["theme"] == "food", "item"])
    return alignment_table(
        human[human["item"].isin(items)], model[model["item"].isin(items)], replicates=20
    )


@pytest.mark.parametrize("setting", ["no_persona", "persona"])
@pytest.mark.parametrize("frame", ["personal", "norm", "both"])
@pytest.mark.parametrize("metric", [*JACKKNIFED, *DRAWN])
def test_a_theme_is_scored_as_if_its_items_were_all(table, food_alone, metric, frame, setting):
    where = {"model": "alpha", "setting": setting, "frame": frame}
    here = find(table, metric, group={"theme": "food"}, **where)
    alone = find(food_alone, metric, **where)
    counts = ("n_items", "n_humans", "n_answers", "n_dropped")
    assert here.value == pytest.approx(alone.value, abs=1e-12)
    assert [getattr(here, name) for name in counts] == [getattr(alone, name) for name in counts]
    if metric in JACKKNIFED:
        assert (here.lower, here.upper) == pytest.approx((alone.lower, alone.upper), abs=1e-12)
    else:
        assert here.lower <= here.value <= here.upper


def test_items_without_a_theme_are_a_group_and_every_row_is_told_apart(table):
    themes = {row.group["theme"] for row in table if "theme" in row.group}
    assert themes == {"food", "gifts", None}
    keys = [row.key for row in table]
    assert len(set(keys)) == len(keys)


def test_kinds_of_preference_are_areas_too(table):
    one = find(table, "item_mae", model="alpha", setting="no_persona",
               group={"preference_type": "comfort"})  # fmt: skip
    assert one.value is not None


def test_without_themes_there_are_no_such_rows(study):
    human, model = study
    bare = alignment_table(human.drop(columns=["theme", "preference_type"]), model, replicates=20)
    assert not [row for row in bare if {"theme", "preference_type"} & set(row.group)]


def people(*rows):
    return pd.DataFrame(rows, columns=["participant_age", "participant_gender"])


def test_an_unknown_age_or_gender_is_missing_and_no_group_of_its_name():
    human = with_demo(people(("younger", "female"), ("", "male"), ("", ""), ("older", "")))
    assert human["participant_demo"].tolist() == ["younger_female", None, None, None]
    ages = [group["participant_age"] for group, _ in levels(human, ("participant_age",))]
    assert ages == [None, "older", "younger"]
    nobody = with_demo(people(("", ""), ("", "")))
    assert list(levels(nobody, ("participant_age",))) == []
    assert list(levels(nobody, ("participant_demo",))) == []


def test_people_of_unknown_age_count_with_everybody_and_match_no_persona(study):
    human, model = study
    some = human["participant"].isin(sorted(set(human["participant"]))[:7])
    unknown = human.assign(participant_age=human["participant_age"].mask(some, ""))
    table = alignment_table(unknown, model, replicates=20)
    whole = find(table, "human_culture_rate", model="alpha", setting="persona")
    assert whole.n_humans == human["participant"].nunique()
    own = [
        row.n_humans
        for row in table
        if row.metric == "human_culture_rate" and "target:subgroup" in row.definition
        if row.frame == "personal" and "weight:answers" in row.definition and row.group
    ]
    assert sum(own) == human.loc[~some, "participant"].nunique()
