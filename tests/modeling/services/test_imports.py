import csv

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from annotation.models import Item
from annotation.vocab.countries import by_iso2
from modeling import shards
from modeling.models import Chunk, Run
from modeling.services import answers
from modeling.services.imports import import_predictions
from pact_site.base.errors import BadInput
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def release():
    return make_release()


def row(**differs):
    """A row on scenario 2 of the little release, which is set in Namibia."""
    return {
        "model_tag": "Llama",
        "persona_setting": "persona",
        "persona_country": "Brazil",
        "persona_demo": "younger_female",
        "scenario_item_id": "little-002-older-male",
        "scenario_country": "Namibia",
        "receiver_age": "older",
        "receiver_gender": "male",
        "llm_personal": "A",
        "llm_norm": "B",
    } | differs


def write(path, rows):
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def load(tmp_path, release):
    def load(*files):
        paths = [write(tmp_path / f"answers{n}.csv", rows) for n, rows in enumerate(files)]
        return import_predictions(files=paths, release=release, study_slug="s")

    return load


def stored(*columns):
    frame = answers.scan(Run.objects.values_list("pk", flat=True)).collect()
    return sorted(frame.select(columns).rows())


def test_a_becomes_culture_b_preference_and_countries_codes(load):
    [outcome] = load([row()])
    assert stored(
        "frame", "choice", "q", "scenario_country", "persona_country", "persona_demo"
    ) == [
        ("norm", "preference", 0.0, "NA", "BR", "younger_female"),
        ("personal", "culture", 1.0, "NA", "BR", "younger_female"),
    ]
    run = outcome.run
    assert (run.label, run.imported, run.state, run.cells) == ("Llama", True, Run.State.DONE, 2)
    assert run.manifest["counts"]["valid"] == 2


def test_each_model_tag_is_a_run_and_several_files_may_feed_one(load):
    nobody = {"persona_setting": "no_persona", "persona_country": "", "persona_demo": ""}
    outcomes = load([row(), row(model_tag="Qwen")], [row(**nobody)])
    assert {(o.run.label, o.run.cells) for o in outcomes} == {("Llama", 4), ("Qwen", 2)}
    assert {s for (s,) in stored("setting")} == {"persona", "no_persona"}


@pytest.mark.parametrize("tag", ["baseline:pooled_human", "mean:models", "all:models"])
def test_a_tag_of_the_reports_own_references_is_refused(load, tag):
    with pytest.raises(BadInput, match="another name") as caught:
        load([row(model_tag=tag)])
    assert (caught.value.row, caught.value.column) == (2, "model_tag")
    assert not Run.objects.exists()


def test_an_exported_run_of_a_built_in_baseline_is_read_back(load):
    load([row(model_tag="baseline:always_culture")])
    assert Run.objects.get().label == "baseline:always_culture"


def test_an_empty_answer_is_invalid_with_a_reason_never_a_default(load):
    load([row(llm_norm="", llm_personal="", invalid_reason_norm="refusal")])
    assert stored("frame", "choice", "q", "invalid_reason") == [
        ("norm", None, None, "refusal"),
        ("personal", None, None, "invalid_in_file"),
    ]


def test_the_same_key_twice_is_a_repeated_sample_kept_and_reported(load):
    [outcome] = load([row(), row(llm_personal="B"), row()])
    assert outcome.parts[0].repeated == 2
    assert stored("frame", "sample_index", "choice") == [
        ("norm", 0, "preference"), ("norm", 1, "preference"), ("norm", 2, "preference"),
        ("personal", 0, "culture"), ("personal", 1, "preference"), ("personal", 2, "culture"),
    ]  # fmt: skip


def test_the_further_columns_of_an_export_are_read_back(load):
    load([
        row(prompt_style="survey_form", option_order="preference_first", sample_index="3",
            q_culture_personal="0.75", llm_norm="tie", q_culture_norm="",
            invalid_reason_personal="", invalid_reason_norm=""),
        row(prompt_style="survey_form", option_order="culture_first", sample_index="0",
            q_culture_personal="", llm_norm="", q_culture_norm="", invalid_reason_personal="",
            invalid_reason_norm="not asked"),
    ])  # fmt: skip
    assert stored("frame", "option_order", "sample_index", "choice", "q") == [
        ("norm", "preference_first", 3, "tie", 0.5),
        ("personal", "culture_first", 0, "culture", 1.0),
        ("personal", "preference_first", 3, "culture", 0.75),
    ]


def test_parquet_is_read_like_csv(tmp_path, release):
    table = pa.Table.from_pylist([row(llm_norm=None, sample_index=0), row(sample_index=1)])
    pq.write_table(table, tmp_path / "a.parquet")
    [outcome] = import_predictions(files=[tmp_path / "a.parquet"], release=release, study_slug="s")
    assert (outcome.parts[0].valid, outcome.parts[0].invalid) == (3, 1)


def test_the_same_answers_again_change_nothing(load):
    load([row(), row()])
    before = stored("cell_key", "choice", "sample_index")
    [again] = load([row(), row()])
    assert again.unchanged
    assert stored("cell_key", "choice", "sample_index") == before
    assert Run.objects.count() == Chunk.objects.count() == 1


def test_other_answers_to_the_same_cells_are_refused_and_further_cells_added(load):
    load([row()])
    with pytest.raises(BadInput, match="stored already"):
        load([row(llm_personal="B")])
    assert stored("frame", "choice") == [("norm", "preference"), ("personal", "culture")]
    [more] = load([row(persona_demo="older_male")])
    assert more.run.cells == 4
    assert more.run.manifest["counts"]["answered"] == 4


@pytest.mark.parametrize(
    ("differs", "column", "found"),
    [
        ({"scenario_item_id": "elsewhere"}, "scenario_item_id", "elsewhere"),
        ({"receiver_age": "younger"}, "scenario_item_id", "little-002-older-male"),
        ({"receiver_gender": "robot"}, "receiver_gender", "robot"),
        ({"scenario_country": "Brazil"}, "scenario_country", "Brazil"),
        ({"scenario_country": "Atlantis"}, "scenario_country", "Atlantis"),
        ({"persona_country": "Atlantis"}, "persona_country", "Atlantis"),
        ({"persona_demo": "young_woman"}, "persona_demo", "young_woman"),
        ({"persona_setting": "maybe"}, "persona_setting", "maybe"),
        ({"persona_setting": "no_persona"}, "persona_country", "Brazil"),
        ({"llm_norm": "C"}, "llm_norm", "C"),
        ({"model_tag": ""}, "model_tag", ""),
        ({"sample_index": "-1"}, "sample_index", "-1"),
        ({"q_culture_norm": "1.5"}, "q_culture_norm", "1.5"),
        ({"q_culture_norm": "nan"}, "q_culture_norm", "nan"),
        ({"llm_norm": "", "q_culture_norm": "0.3"}, "q_culture_norm", "0.3"),
        ({"invalid_reason_norm": "refusal"}, "invalid_reason_norm", "refusal"),
    ],
)
def test_a_bad_cell_is_named_and_nothing_is_stored(load, differs, column, found):
    good = row(persona_demo="older_male") | dict.fromkeys(differs, "") | {
        name: value for name, value in row().items() if name in differs
    }  # fmt: skip
    with pytest.raises(BadInput) as caught:
        load([good, row(**differs)])
    assert (caught.value.row, caught.value.column, caught.value.found) == (3, column, found)
    assert caught.value.file == "answers0.csv"
    assert Run.objects.count() == 0
    assert list(shards.stored()) == []


def whole(release, **differs):
    """A row about every item of the release."""
    return [
        row(
            scenario_item_id=item.scenario_item_id,
            scenario_country=by_iso2(item.version.country).name,
            receiver_age=item.receiver_age,
            receiver_gender=item.receiver_gender,
            **differs,
        )
        for item in Item.objects.filter(release=release).select_related("version")
    ]


def test_items_that_nobody_answered_are_left_out_and_counted_where_all_others_are_there(
    load, release
):
    rows = whole(release)
    other = row(scenario_item_id="unanswered")
    (outcome,) = load([*rows, other, other])
    (part,) = outcome.parts
    assert (part.rows, dict(part.others)) == (len(rows), {"unanswered (older male)": 2})
    (told,) = outcome.run.manifest["import"]["parts"]
    assert told["left_out"] == {"unanswered (older male)": 2}
    assert outcome.run.cells == 2 * len(rows)
    (again,) = load([*rows, other, other])
    assert again.unchanged


def test_an_item_may_be_misspelt_where_one_is_missing_under_the_same_persona(load, release):
    rows = [*whole(release), *whole(release, persona_demo="older_male")]
    rows[-1]["scenario_item_id"] = "misspelt"
    with pytest.raises(BadInput, match="1 are missing") as caught:
        load(rows)
    assert (caught.value.row, caught.value.found) == (len(rows) + 1, "misspelt")
    assert Run.objects.count() == 0


def test_a_later_bad_file_leaves_nothing_of_an_earlier_good_one(load):
    with pytest.raises(BadInput):
        load([row()], [row(llm_norm="C")])
    assert Run.objects.count() == 0
    assert list(shards.stored()) == []


def test_the_same_sample_index_twice_is_an_error(load):
    with pytest.raises(BadInput, match="twice"):
        load([row(sample_index="1"), row(sample_index="1")])


def test_a_missing_column_is_named(load):
    incomplete = row()
    del incomplete["llm_norm"]
    with pytest.raises(BadInput) as caught:
        load([incomplete])
    assert caught.value.column == "llm_norm"


def test_a_parquet_file_that_is_none_is_refused(tmp_path, release):
    (tmp_path / "x.parquet").write_bytes(b"junk")
    with pytest.raises(BadInput, match="Parquet"):
        import_predictions(files=[tmp_path / "x.parquet"], release=release, study_slug="s")


def test_a_parquet_file_that_unpacks_to_no_end_is_refused(tmp_path, release):
    rows = 4096
    columns = {name: [text] * rows for name, text in row().items()}
    columns["scenario_item_id"] = pa.array(["x" * 2**20]).dictionary_encode().take([0] * rows)
    path = tmp_path / "bomb.parquet"
    pq.write_table(pa.table(columns), path)
    assert path.stat().st_size < 2**20
    with pytest.raises(BadInput, match="more text") as caught:
        import_predictions(files=[path], release=release, study_slug="s")
    assert caught.value.row == 2
    assert Run.objects.count() == 0
