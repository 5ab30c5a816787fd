"""Decisions counted and paired in parts: the same as a plain count of all of them at once."""

import os
from collections import Counter, defaultdict

import pytest

from analysis.frames import tallies
from analysis.frames.decisions import CUBES, KEYS, Contrast, decision_runs
from analysis.frames.pairs import paired
from analysis.frames.tallies import tally
from annotation.vocab.regions import get_regions
from modeling.models import Chunk
from modeling.shards import Damaged, locate
from tests.analysis.deciding import crossed, make_decided
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db

SCENARIOS = ("tea", "queue", "gift", "shoes", "wed")
BALANCE = Contrast("prompt", "no_balance", "balance")
STAGE = Contrast("stage", "base", "instruct")
AGE = Contrast("actor_age", "older", "younger")
COLUMNS = {"eval_pref_config": "role", "eval_demo_config": "condition", "prompt": "balance"}


def chooser(number):
    """Three answers in turns, other ones for every number."""

    def choose(*question):
        return ("culture", "preference", None)[(sum(map(ord, str(question))) + number) % 3]

    return choose


@pytest.fixture
def made():
    """Two stages of a family in two runs each, a model of two sizes, and a run of two models."""
    dataset = make_release(2).dataset.slug
    rows = {
        "calm": crossed(SCENARIOS[:3], chooser(1), family="Calm", stage="instruct"),
        "calm-more": crossed(SCENARIOS[3:], chooser(2), family="Calm", stage="instruct"),
        "calm-base": crossed(SCENARIOS, chooser(3), family="Calm", stage="base"),
        "big-8b": crossed(SCENARIOS, chooser(4), family="Big", model="big-8b"),
        "big-70b": crossed(SCENARIOS, chooser(5), family="Big", model="big-70b"),
        "both": [*crossed(SCENARIOS[:2], chooser(6), model="one"),
                 *crossed(SCENARIOS, chooser(7), model="two")],
    }  # fmt: skip
    for label, decided in rows.items():
        make_decided(label, decided, dataset)
    return dataset, [named(label, row) for label, decided in rows.items() for row in decided]


def named(label, row):
    """The row as tables name its model."""
    size = {"big-8b": "Big 8B", "big-70b": "Big 70B"}.get(row.get("model", ""))
    model = size or row.get("family") or row.get("model", label)
    return {"dataset": "NormAd-ETI", "condition": "full_demo", "relation": "same", "stage": "",
            "scenario_type": "same", **row, "model": model}  # fmt: skip


def counted(table, by):
    """Group -> its culture, preference and unknown."""
    columns = [*by, "culture", "preference", "unknown"]
    rows = [tuple(row) for row in table[columns].to_numpy().tolist()]
    found = {row[: len(by)]: row[len(by) :] for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.mark.parametrize("part_rows", [1, 150, 1_000_000])
def test_counts_do_not_depend_on_the_parts(made, part_rows, monkeypatch):
    monkeypatch.setattr(tallies, "_FEW", 10)
    dataset, rows = made
    told = []
    found = tally(
        decision_runs(dataset), get_regions(),
        lambda done, every: told.append((done, every)), part_rows=part_rows,
    )  # fmt: skip
    for kind in ("asked", "people"):
        by = [*KEYS, *CUBES[kind]]
        expected = defaultdict(Counter)
        for row in rows:
            group = tuple(row[COLUMNS.get(name, name)] for name in by)
            expected[group][row["choice"]] += 1
        assert counted(found.cubes[kind], by) == {
            group: (one["culture"], one["preference"], one[None]) for group, one in expected.items()
        }
    places = found.cubes["countries"]
    assert set(places["actor_country"]) == {"Brazil"}
    assert places[["culture", "preference", "unknown"]].to_numpy().sum() == len(rows)
    assert told[0] == (0, len(rows))
    assert len(told) == (1 if part_rows > len(rows) else Chunk.objects.count())
    assert [done for done, _ in told] == sorted({done for done, _ in told})


@pytest.mark.parametrize("turn_rows", [30, 100, 1_000_000])
def test_pairs_do_not_depend_on_the_turns(made, turn_rows):
    """The smallest turns are more than there are scenarios: some of them find nothing to pair."""
    dataset, rows = made
    runs = decision_runs(dataset)
    found = tally(runs, get_regions(), lambda done, every: None)
    pairs = paired(
        runs, found, [BALANCE, STAGE, AGE], lambda done, every: None, turn_rows=turn_rows
    )
    assert counts(pairs[BALANCE]) == slow(rows, "balance", "no_balance", "balance")
    assert counts(pairs[AGE]) == slow(rows, "actor_age", "older", "younger")
    stages = counts(pairs[STAGE])
    assert stages == slow([r for r in rows if r["model"] == "Calm"], "stage", "base", "instruct")
    assert "stage" not in pairs[STAGE]
    assert sum(sum(one) for one in stages.values()) > 0


def counts(table):
    """Model, stage and scenario -> stayed with culture, with preference, to either, unpaired."""
    stage = table["stage"] if "stage" in table else [""] * len(table)
    columns = ("stayed_culture", "stayed_preference", "to_preference", "to_culture", "unpaired")
    keys = zip(table["model"], stage, table["scenario"], strict=True)
    return dict(zip(keys, map(tuple, table[list(columns)].to_numpy().tolist()), strict=True))


def slow(rows, factor, first, second):
    """The same, each question looked up on its own."""
    sides = defaultdict(dict)
    names = sorted({name for row in rows for name in row} - {factor, "choice", "family"})
    for row in rows:
        question = tuple((name, row.get(name)) for name in names)
        sides[question][row[factor]] = row["choice"]
    found = defaultdict(lambda: [0] * 5)
    for question, answered in sides.items():
        told = dict(question)
        stage = "" if factor == "stage" else told["stage"]
        one = found[told["model"], stage, told["scenario"]]
        before, after = answered.get(first), answered.get(second)
        moves = (("culture", "culture"), ("preference", "preference"),
                 ("culture", "preference"), ("preference", "culture"))  # fmt: skip
        if before and after:
            one[moves.index((before, after))] += 1
        elif before or after:
            one[4] += 1
    return {key: tuple(one) for key, one in found.items()}


def test_a_damaged_shard_is_named(made):
    dataset, _ = made
    shard = Chunk.objects.order_by("pk").first().shard
    os.truncate(locate(shard), 100)
    with pytest.raises(Damaged, match="cannot be read"):
        tally(decision_runs(dataset), get_regions(), lambda done, every: None)
