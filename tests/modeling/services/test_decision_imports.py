"""Files of benchmark decisions: what becomes of each row, and what is refused."""

import pytest

from annotation.models import Scenario, ScenarioVersion, SourceRow
from modeling import shards
from modeling.models import Chunk, Run
from modeling.services import answers, decision_imports, progress
from modeling.services.decision_imports import import_decisions
from modeling.services.decision_rows import Said
from modeling.services.questions import BENCHMARK
from pact_site.base.errors import BadInput
from tests.modeling.decision_files import decision, write
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset():
    return make_release().dataset


@pytest.fixture
def load(tmp_path, dataset):
    def load(*files, ending=".csv", **said):
        paths = [write(tmp_path / f"part{n}{ending}", rows) for n, rows in enumerate(files)]
        return import_decisions(files=paths, dataset=dataset, said=Said(**said))

    return load


def stored(*columns):
    frame = answers.scan(Run.objects.values_list("pk", flat=True)).collect()
    return sorted(frame.select(columns).rows(), key=repr)


def refused(load, *rows, **said):
    with pytest.raises(BadInput) as caught:
        load(list(rows), **said)
    assert not Run.objects.exists()
    assert not Chunk.objects.exists()
    assert not list(shards.stored())
    return caught.value


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_row_becomes_a_decision_about_the_datasets_own_scenario(load, ending):
    [outcome] = load([decision()], ending=ending, prompt="balance", stage="base", family="Llama")
    (row,) = (shards.read(key).to_pylist()[0] for key in stored_keys())
    version = ScenarioVersion.objects.get(scenario__key="little-002")
    expected = {
        "run": outcome.run.public_id, "model": "Llama", "family": "Llama", "stage": "base",
        "version_id": version.pk, "scenario": "little-002", "dataset": "little",
        "source_row": "17", "scenario_country": "NA", "scenario_type": "far", "relation": "far",
        "actor_country": "BR", "receiver_country": "NA", "condition": "full_demo",
        "role": "actor_pref_only", "balance": "balance", "option_order": "", "sample_index": 0,
        "choice": "culture", "q": 1.0, "invalid_reason": "", "text": "FOLLOW_CULTURE",
        "rationale": None, "backend": "vllm", "cultural_expectation": "The eldest begins.",
        "instance_id": "little-002.far-BR.yf-om.C1.balance",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    run = outcome.run
    assert (run.kind, run.label, run.imported, run.state) == (BENCHMARK, "Llama", True, "done")
    assert (run.release, run.dataset_slug, run.cells) == (None, "little", 1)
    assert progress.of(run).valid == 1


def stored_keys():
    return [chunk.shard for chunk in Chunk.objects.order_by("pk")]


def test_each_model_is_a_run_and_unknown_is_invalid_with_a_reason(load):
    load([
        decision(eval_decision="ALLOW_PREFERENCE"),
        decision(eval_model="Qwen", eval_decision="UNKNOWN"),
        decision(eval_model="Qwen", eval_decision="", actor_age="older"),
        decision(eval_model="Qwen", eval_decision="TIE", actor_age="older", receiver_age="younger"),
    ])  # fmt: skip
    assert stored("model", "choice", "q", "invalid_reason") == [
        ("Llama", "preference", 0.0, ""),
        ("Qwen", "tie", 0.5, ""),
        ("Qwen", None, None, "invalid_in_file"),
        ("Qwen", None, None, "invalid_in_file"),
    ]
    counts = {run.label: progress.of(run).invalid for run in Run.objects.all()}
    assert counts == {"Llama": 0, "Qwen": 2}


def test_reading_the_same_file_again_changes_nothing(load):
    rows = [decision(), decision(actor_age="older")]
    load(rows)
    files = sorted(key for key, _ in shards.stored())
    [again] = load(rows)
    assert again.unchanged
    assert sorted(key for key, _ in shards.stored()) == files
    assert len(stored("cell_key")) == 2


def test_further_decisions_of_a_known_model_join_its_run(load):
    [first] = load([decision()], prompt="balance")
    [second] = load([decision()], prompt="no_balance")
    assert second.run.pk == first.run.pk
    assert [balance for (balance,) in stored("balance")] == ["balance", "no_balance"]
    second.run.refresh_from_db()
    assert second.run.cells == 2
    assert [(c.start, c.stop) for c in second.run.chunks.order_by("number")] == [(0, 1), (1, 2)]
    assert [part["prompt"] for part in second.run.manifest["import"]["parts"]] == [
        "balance", "no_balance",
    ]  # fmt: skip


def test_another_answer_to_a_stored_question_is_refused_by_its_row(load):
    load([decision()])
    before = stored("cell_key", "choice"), sorted(key for key, _ in shards.stored())
    with pytest.raises(BadInput, match="stored already") as caught:
        load([decision(actor_age="older"), decision(eval_decision="UNKNOWN")])
    assert (caught.value.file, caught.value.row) == ("part0.csv", 3)
    assert before == (stored("cell_key", "choice"), sorted(key for key, _ in shards.stored()))


def test_the_same_question_twice_is_a_repeated_sample_kept_and_reported(load):
    [outcome] = load([decision(), decision(eval_decision="UNKNOWN")], [decision()])
    assert sum(part.repeated for part in outcome.parts) == 2
    assert [sample for (sample,) in stored("sample_index")] == [0, 1, 2]
    assert len({key for (key,) in stored("cell_key")}) == 3
    assert "2 repeated rows kept as further samples" in next(decision_imports.lines([outcome]))


def test_shards_are_written_as_rows_come_in(load, monkeypatch):
    monkeypatch.setattr(decision_imports, "SHARD_ROWS", 3)
    rows = [decision(source_row=str(n), situation=f"Situation {n}") for n in range(8)]
    [outcome] = load(rows[:4], rows[4:])
    assert [chunk.rows for chunk in outcome.run.chunks.order_by("number")] == [3, 1, 3, 1]
    assert len(stored("scenario")) == 8


def test_many_models_in_one_file_share_the_room_of_one_shard(load, monkeypatch):
    monkeypatch.setattr(decision_imports, "SHARD_ROWS", 6)
    models = ["a", "b", "c", "b"]
    load([decision(eval_model=model, source_row=str(n), situation=f"Situation {n}")
          for n in range(10) for model in models if (model, n % 2) != ("b", 1)])  # fmt: skip
    kept = {run.label: [c.rows for c in run.chunks.order_by("number")] for run in Run.objects.all()}
    assert {label: sum(rows) for label, rows in kept.items()} == {"a": 10, "b": 10, "c": 10}
    assert max(max(rows) for rows in kept.values()) <= 6
    assert all(len(rows) > 1 for rows in kept.values())


def test_nothing_is_left_of_a_file_that_breaks_in_its_middle(load, monkeypatch):
    monkeypatch.setattr(decision_imports, "SHARD_ROWS", 2)
    rows = [decision(source_row=str(n), situation="") for n in range(7)]
    rows[6]["eval_decision"] = "MAYBE"
    error = refused(load, *rows)
    assert (error.file, error.row, error.column) == ("part0.csv", 8, "eval_decision")
    assert "FOLLOW_CULTURE" in str(error)


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        ({"base_country": "Atlantis"}, "base_country"),
        ({"actor_country": ""}, "actor_country"),
        ({"actor_age": "middle-aged"}, "actor_age"),
        ({"receiver_gender": "x"}, "receiver_gender"),
        ({"eval_demo_config": "half_demo"}, "eval_demo_config"),
        ({"eval_pref_config": ""}, "eval_pref_config"),
        ({"eval_model": ""}, "eval_model"),
        ({"eval_model": "baseline:pooled_human"}, "eval_model"),
        ({"q_culture": "1.5"}, "q_culture"),
        ({"q_culture": "0.5", "eval_decision": "UNKNOWN"}, "q_culture"),
        ({"invalid_reason": "refusal"}, "invalid_reason"),
        ({"sample_index": "-1"}, "sample_index"),
        ({"eval_prompt": "perhaps"}, "eval_prompt"),
        ({"option_order": "B first"}, "option_order"),
        ({"model_stage": "raw"}, "model_stage"),
        ({"source_row": "", "situation": ""}, "source_row"),
    ],
)
def test_errors_name_file_row_and_column(load, wrong, column):
    fine = decision() | dict.fromkeys(wrong.keys() - decision().keys(), "")
    error = refused(load, fine, decision(**wrong))
    assert (error.file, error.row, error.column) == ("part0.csv", 3, column)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_missing_column_and_a_file_named_twice_are_refused(tmp_path, dataset, ending):
    row = decision()
    del row["eval_decision"]
    path = write(tmp_path / f"d{ending}", [row])
    with pytest.raises(BadInput, match=r"lacks? eval_decision"):
        import_decisions(files=[path], dataset=dataset, said=Said())
    with pytest.raises(BadInput, match="named more than once"):
        import_decisions(files=[path, path], dataset=dataset, said=Said())


def test_the_same_explicit_sample_twice_in_a_file_is_refused(load):
    error = refused(load, decision(sample_index="1"), decision(sample_index="1"))
    assert (error.row, error.column) == (3, "sample_index")


def test_a_label_of_a_run_asked_here_is_refused(load):
    Run.objects.create(
        kind=BENCHMARK, label="Llama", dataset_slug="little", endpoint={}, design={}, plan_hash="0"
    )
    with pytest.raises(BadInput, match="label already"):
        load([decision()])
    assert not list(shards.stored())


def test_scenarios_are_found_by_id_words_or_source_row_and_none_is_dropped(load, dataset):
    origin = SourceRow.objects.create(
        dataset=dataset, source_id="a", content_hash="x", file_name="f.csv", row_number=2,
        country="NA", cells={"source_row": "99", "dataset": "NormAd-ETI"},
    )  # fmt: skip
    Scenario.objects.filter(key="little-002").update(source_row=origin)
    rows = [
        decision(situation="ANA is at table with {receiver}\nand has to decide (2)."),
        decision(situation="Reworded.", source_row="99", actor_age="older"),
        decision(situation="", source_row="5", base_country="Brazil",
                 instance_id="little.little-000.v1.far-BR.yf-om.C1.balance"),
        decision(situation="Something else.", source_row="5"),
    ]  # fmt: skip
    [outcome] = load([{"instance_id": ""} | row for row in rows])
    assert stored("scenario", "dataset", "source_row") == [
        ("5", "little", "5"),
        ("little-000", "little", "5"),
        ("little-002", "NormAd-ETI", "17"),
        ("little-002", "NormAd-ETI", "99"),
    ]
    assert outcome.parts[0].unmatched == 1
    assert "1 about scenarios that the dataset does not have" in next(
        decision_imports.lines([outcome])
    )


def test_people_whom_the_prompt_hides_and_other_spellings(load):
    hidden = {name: "" for name in decision() if name.endswith(("_age", "_gender"))}
    load([
        decision(**hidden, eval_demo_config="no-demo", eval_pref_config="C3", scenario_type="Close_country"),
        decision(eval_demo_config="Full_Demo", scenario_type="workplace", actor_country="Angola"),
    ])  # fmt: skip
    assert stored("condition", "role", "relation", "scenario_type", "actor_age") == [
        ("full_demo", "actor_pref_only", "close", "workplace", "younger"),
        ("no_demo", "both_prefs", "close", "Close_country", ""),
    ]


def test_simulated_decisions_stay_simulated(load):
    [outcome] = load([decision(simulated="true")])
    assert outcome.run.simulated
