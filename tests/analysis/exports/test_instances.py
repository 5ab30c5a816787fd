"""Base instances and prompts of a release: the paper's counts, ids that lead back, every format."""

import csv
import json

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from analysis.exports.instances import INSTANCE_COLUMNS, Asked, _release, expansion_of
from annotation.models import ScenarioVersion
from annotation.services.screening_ledger import release_dataset
from annotation.vocab.distance import relation
from annotation.vocab.terms import BalancePrompt, RoleConfiguration
from tests.annotation.validating import make_scenarios

pytestmark = pytest.mark.django_db


@pytest.fixture
def release():
    return release_dataset(dataset=make_scenarios(6))


def export(kind, out, **options):
    call_command("export_data", kind, dataset="norms", out=out, **options)
    if out.suffix == ".parquet":
        return pq.read_table(out).to_pylist()
    if out.suffix == ".jsonl":
        return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    with out.open(encoding="utf-8", newline="") as stream:
        return [{k: v or None for k, v in row.items()} for row in csv.DictReader(stream)]


def test_every_format_has_the_same_48_instances_a_scenario(release, tmp_path):
    found = [
        export("instances", tmp_path / f"i{ending}") for ending in (".csv", ".parquet", ".jsonl")
    ]
    assert found[0] == found[1] == found[2]
    rows = found[0]
    assert len(rows) == 6 * 48
    assert tuple(rows[0]) == INSTANCE_COLUMNS
    assert len({row["pact_item_id"] for row in rows}) == len(rows)
    namibia = [row for row in rows if row["base_country"] == "Namibia"]
    assert len(namibia) == 48
    assert {r["actor_country"] for r in namibia if r["scenario_type"] == "same"} == {"Namibia"}


def test_ids_lead_back_to_their_instance(release, tmp_path):
    rows = export("instances", tmp_path / "i.parquet")
    expansion = expansion_of(
        release, Asked("norms"), roles=(RoleConfiguration.C1,), balances=(BalancePrompt.NO_BALANCE,)
    )
    for number, row in enumerate(rows):
        instance = expansion.find(f"{row['pact_item_id']}.C1.no_balance")
        assert expansion.index(instance) == number
        assert (
            relation("geo-v1", instance.actor_country, instance.receiver_country)
            == (row["scenario_type"])
        )


def test_prompts_are_asked_once_each(release, tmp_path):
    rows = export(
        "prompts",
        tmp_path / "p.parquet",
        conditions="full_demo,age_only,gender_only,no_demo",
    )
    assert len(rows) == 6 * 450
    assert len({row["id"] for row in rows}) == len(rows)
    assert {row["eval_pref_config"] for row in rows} == {
        "actor_pref_only",
        "swapped",
        "both_prefs",
    }
    assert {bool(row["system"]) for row in rows if row["eval_prompt"] == "balance"} == {True}


def test_the_newest_release_is_taken_unless_another_is_asked_for(release, tmp_path):
    version = release.versions.first()
    ScenarioVersion.objects.create(
        scenario=version.scenario, number=2, country="NA", situation="Anew.",
        culture_action="This.", preference_action="That.", content_hash="f" * 64,
    )  # fmt: skip
    second = release_dataset(dataset=release.dataset)
    assert _release(Asked("norms")) == second
    rows = export("instances", tmp_path / "new.jsonl")
    assert sum(".v2." in row["pact_item_id"] for row in rows) == 48
    old = export("instances", tmp_path / "old.jsonl", release=1)
    assert not any(".v2." in row["pact_item_id"] for row in old)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dataset": "other"}, "no such dataset"),
        ({"release": 9}, "one of 1"),
        ({"scheme": "mine"}, "geo-v1, pact-2026"),
        ({"conditions": "none"}, "full_demo"),
        ({"out": "i.csv.gz"}, "not packed"),
        ({"out": "i.xlsx"}, "names no format"),
        ({"dataset": None, "study": "s"}, "--dataset SLUG"),
    ],
)
def test_what_cannot_be_written_says_why(release, tmp_path, options, words):
    given = {"dataset": "norms", "out": "i.csv"} | options
    given["out"] = tmp_path / given["out"]
    with pytest.raises(CommandError, match=words) as caught:
        call_command("export_data", "instances", **{k: v for k, v in given.items() if v})
    assert caught.value.returncode == 2
    assert not list(tmp_path.iterdir())


def test_scenarios_without_actions_are_named(tmp_path):
    release = release_dataset(dataset=make_scenarios(2))
    release.versions.filter(scenario__key="norms-00001").update(culture_action="")
    with pytest.raises(CommandError, match="norms-00001"):
        call_command("export_data", "instances", dataset="norms", out=tmp_path / "i.csv")
