"""Release files read for a notebook are the frames that the platform makes of them."""

import io

import numpy as np
import pandas as pd
import pytest
from django.core.management import call_command

from analysis.frames.human import human_frame
from analysis.frames.model import model_frame
from analysis.metrics.release import BadFile, read_decisions, read_human, read_predictions
from tests.analysis import release_files as files

DECISION = {
    "source_row": "7",
    "base_country": "USA",
    "eval_decision": "FOLLOW_CULTURE",
    "eval_model": "m",
}


@pytest.fixture
def human_file(tmp_path):
    return files.write(tmp_path / "human.csv", files.human_rows())


@pytest.fixture
def model_file(tmp_path):
    return files.write(tmp_path / "models.csv", files.prediction_rows())


def alike(made: pd.DataFrame, stored: pd.DataFrame, key: list[str], columns: list[str]):
    one, two = (
        frame.sort_values(key, ignore_index=True)[[*key, *columns]] for frame in (made, stored)
    )
    pd.testing.assert_frame_equal(one, two, check_dtype=False)


@pytest.mark.django_db
def test_the_frames_are_those_of_the_platform(human_file, model_file):
    call_command("import_human", str(human_file), study="paper", stdout=io.StringIO())
    call_command("import_predictions", str(model_file), study="paper", stdout=io.StringIO())
    human, stored = read_human(human_file, scheme="pact-2026"), human_frame("paper")
    told = [
        "scenario_country", "participant_country", "participant_age", "relation", "personal",
        "norm", "theme", "cohort",
    ]  # fmt: skip
    alike(human, stored, ["participant", "item"], told)
    clusters = [frame.groupby("scenario")["item"].unique() for frame in (human, stored)]
    assert len(clusters[0]) == len(clusters[1]) == 8
    model = read_predictions(model_file, human)
    key = ["model", "setting", "persona_country", "persona_demo", "item", "frame"]
    alike(model, model_frame("paper"), key, ["q", "choice", "sample_index", "invalid_reason"])


def test_optional_columns_and_other_spellings(tmp_path):
    rows = [
        row | {"importance_norm": "5", "perceived_share": "40", "relation": "FAR", "theme": "food"}
        for row in list(files.human_rows())[:3]
    ]
    rows[0] |= {"respondent_country": "UK", "human_personal": "a", "perceived_share": ""}
    frame = read_human(files.write(tmp_path / "human.csv", rows))
    assert frame["participant_country"][0] == "United Kingdom"
    assert frame["personal"][0] == 1.0
    assert set(frame["relation"]) == {"far"}
    assert frame["importance_norm"].tolist() == [5.0, 5.0, 5.0]
    np.testing.assert_array_equal(frame["perceived_share"], [np.nan, 0.4, 0.4])


def test_without_a_scheme_no_relation_is_claimed(human_file):
    assert set(read_human(human_file)["relation"]) == {"unassigned"}


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("human_personal", "C", "row 3, column human_personal: found 'C', expected one of a, b"),
        ("human_norm", "tie", "column human_norm"),
        ("respondent_country", "Atlantis", "row 3, column respondent_country: found 'Atlantis'"),
        ("receiver_age", "", "column receiver_age: found ''"),
        ("respondent_id", "", "column respondent_id: found '', expected a value"),
        ("scenario", "", "column scenario"),
        ("importance_norm", "8", "column importance_norm: found '8', expected a number"),
    ],
)
def test_a_bad_cell_is_named(tmp_path, column, cell, says):
    rows = [{**row, "importance_norm": "3"} for row in list(files.human_rows())[:4]]
    rows[1][column] = cell
    with pytest.raises(BadFile, match=r"human\.csv") as caught:
        read_human(files.write(tmp_path / "human.csv", rows))
    assert says in str(caught.value)


def test_nobody_answers_an_item_twice(tmp_path):
    row = next(files.human_rows())
    with pytest.raises(BadFile, match=r"row 3.*one row a respondent"):
        read_human(files.write(tmp_path / "human.csv", [row, row]))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "row 1: the header lacks respondent_id"),
        ("respondent_id,scenario\n", "header lacks scenario_item_id"),
        (None, "no such file"),
    ],
)
def test_a_file_that_is_none(tmp_path, text, says):
    path = tmp_path / "human.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BadFile, match=says):
        read_human(path)


def test_ragged_rows_and_other_encodings(human_file):
    text = human_file.read_text()
    human_file.write_text(text + "p1,too,short\n")
    with pytest.raises(BadFile, match=r"row \d+: found 3 cells"):
        read_human(human_file)
    human_file.write_bytes(text.replace("food", "fööd").encode("latin-1"))
    with pytest.raises(BadFile, match="UTF-8"):
        read_human(human_file)


def test_predictions_repeat_and_name_only_known_items(tmp_path, human_file, model_file):
    human = read_human(human_file)
    rows = list(files.prediction_rows())[:2]
    repeated = read_predictions(files.write(tmp_path / "again.csv", rows + rows), human)
    assert sorted(repeated["sample_index"]) == [0] * 4 + [1] * 4
    rows[1]["scenario_item_id"] = "nowhere"
    with pytest.raises(BadFile, match="row 3, column scenario_item_id: found 'nowhere'"):
        read_predictions(files.write(tmp_path / "lost.csv", rows), human)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"persona_country": "Brazil"}, "column persona_country"),
        ({"persona_setting": "persona", "persona_country": "Brazil"}, "column persona_demo"),
        ({"q_culture_personal": "1.2"}, "column q_culture_personal"),
        ({"llm_personal": "", "q_culture_personal": "0.2"}, "beside an invalid answer"),
    ],
)
def test_predictions_that_contradict_themselves(tmp_path, human_file, changed, says):
    row = next(files.prediction_rows()) | {"q_culture_personal": "", "llm_personal": "A"}
    path = files.write(tmp_path / "models.csv", [row | changed])
    with pytest.raises(BadFile, match=says):
        read_predictions(path, read_human(human_file))


def test_a_question_that_was_not_asked_has_no_row(tmp_path, human_file):
    row = next(files.prediction_rows()) | {"llm_norm": "", "invalid_reason_norm": "not asked"}
    model = read_predictions(files.write(tmp_path / "m.csv", [row]), read_human(human_file))
    assert set(model["frame"]) == {"personal"}


def test_decisions_are_counted(tmp_path):
    told = ("FOLLOW_CULTURE", "ALLOW_PREFERENCE", "UNKNOWN", "", "TIE")
    rows = [DECISION | {"eval_decision": said} for said in told]
    frame = read_decisions(files.write(tmp_path / "d.csv", rows))
    assert frame[["culture", "preference", "unknown"]].sum().tolist() == [1, 1, 3]
    assert set(frame["base_country"]) == {"United States"}
    assert frame["scenario"].nunique() == 1
    with pytest.raises(BadFile, match="column eval_decision: found 'MAYBE'"):
        read_decisions(files.write(tmp_path / "bad.csv", [DECISION | {"eval_decision": "MAYBE"}]))


def test_parquet_is_read_as_csv_is(tmp_path, human_file):
    pd.read_csv(human_file, dtype=str, keep_default_na=False).replace("", None).to_parquet(
        tmp_path / "human.parquet"
    )
    pd.testing.assert_frame_equal(
        read_human(tmp_path / "human.parquet"), read_human(human_file), check_dtype=False
    )
