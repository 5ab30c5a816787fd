"""Files that nobody should import: one line that names the place, and nothing written."""

import csv
import io
import os

import pytest
from django.core.management import CommandError, call_command

from pact_site.base.models import AuditEvent
from survey.models import Answer, Study
from tests.reference.generate import Shape, write_study

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A sound study's files."""
    return write_study(tmp_path_factory.mktemp("good"), Shape(seed=3, respondents=8, scenarios=4))


def changed(data, column, cell):
    """The table with one cell of its third data row replaced."""
    rows = list(csv.reader(io.StringIO(data.decode())))
    rows[3][rows[0].index(column)] = cell
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def first_line(data):
    return data.split(b"\n", 1)[0]


WHOLE = {
    "nothing": lambda data: b"",
    "only a byte-order mark": lambda data: b"\xef\xbb\xbf",
    "only a header": lambda data: first_line(data) + b"\n",
    "another header": lambda data: b"x" + data,
    "colons": lambda data: data.replace(b",", b":"),
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "Latin-1": lambda data: changed(data, "scenario_item_id", "caf\xe9").decode().encode("cp1252"),
    "noise": lambda data: os.urandom(100_000),
    "noise after a header": lambda data: first_line(data) + b"\n" + os.urandom(100_000),
    "a NUL byte": lambda data: changed(data, "scenario_item_id", "a\0b"),
    "a huge cell": lambda data: changed(data, "scenario_item_id", "x" * 300_000),
    "a long id": lambda data: changed(data, "scenario_item_id", "x" * 3_000),
    "a short row": lambda data: data + b"a,b\n",
    "an open quote": lambda data: data + b'"abc',
    "a column twice": lambda data: b"\n".join(b"a,a," + line for line in data.splitlines()),
}
HUMAN_CELLS = {
    "scenario_country": ("Atlantis", ""),
    "respondent_country": ("Atlantis", ""),
    "receiver_age": ("middle", ""),
    "receiver_demo": ("older_dog",),
    "respondent_gender": ("?",),
    "respondent_id": ("",),
    "human_personal": ("C",),
    "human_norm": ("yes",),
}
MODEL_CELLS = {
    "scenario_country": ("Atlantis", "Nepal"),
    "persona_country": ("Atlantis",),
    "persona_setting": ("maybe", ""),
    "persona_demo": ("older_dog",),
    "scenario_item_id": ("unknown",),
    "model_tag": ("",),
    "llm_personal": ("C",),
    "llm_norm": ("yes",),
}


def cells(table):
    return [(column, cell) for column, bad in table.items() for cell in bad]


def refused(*arguments, **options):
    """Run a command that must exit 2 in one line; answer the line."""
    with pytest.raises(CommandError) as failure:
        call_command(*arguments, **options)
    assert failure.value.returncode == 2
    assert "\n" not in str(failure.value)
    return str(failure.value)


def refuse_human(path):
    line = refused("import_human", str(path), study="hostile")
    assert (Study.objects.count(), AuditEvent.objects.count()) == (0, 0)
    return line


@pytest.mark.parametrize("spoil", WHOLE.values(), ids=WHOLE.keys())
def test_spoilt_human_files(good, tmp_path, spoil):
    path = tmp_path / "human.csv"
    path.write_bytes(spoil(good.human.read_bytes()))
    assert "human.csv" in refuse_human(path)


def test_a_table_with_semicolons_is_as_good_as_one_with_commas(good, tmp_path):
    """What a spreadsheet writes where a comma stands in numbers."""
    path = tmp_path / "human.csv"
    rows = list(csv.reader(io.StringIO(good.human.read_text())))
    with path.open("w", newline="") as out:
        csv.writer(out, delimiter=";").writerows(rows)

    call_command("import_human", str(path), study="semicolons")

    assert Answer.objects.count() == len(rows) - 1


@pytest.mark.parametrize(("column", "cell"), cells(HUMAN_CELLS))
def test_a_wrong_human_cell_is_named(good, tmp_path, column, cell):
    path = tmp_path / "human.csv"
    path.write_bytes(changed(good.human.read_bytes(), column, cell))
    assert f"human.csv, row 4, column {column}" in refuse_human(path)


def test_an_answer_given_twice(good, tmp_path):
    path = tmp_path / "human.csv"
    lines = good.human.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, lines[1]]))
    assert f"row {len(lines) + 1}" in refuse_human(path)


@pytest.mark.parametrize("place", ["a folder", "nowhere"])
def test_no_file_at_all(tmp_path, place):
    path = tmp_path if place == "a folder" else tmp_path / "none.csv"
    assert str(path) in refuse_human(path)


@pytest.fixture
def study(good):
    """The sound study, imported."""
    call_command("import_human", str(good.human), study="sound")
    return AuditEvent.objects.count()


def refuse_predictions(*paths, events):
    line = refused("import_predictions", *map(str, paths), study="sound")
    assert AuditEvent.objects.count() == events
    return line


@pytest.mark.parametrize("spoil", WHOLE.values(), ids=WHOLE.keys())
def test_spoilt_prediction_files(good, study, tmp_path, spoil):
    path = tmp_path / "models.csv"
    path.write_bytes(spoil(good.predictions[0].read_bytes()))
    assert "models.csv" in refuse_predictions(path, events=study)


@pytest.mark.parametrize(("column", "cell"), cells(MODEL_CELLS))
def test_a_wrong_model_cell_is_named_and_no_other_file_is_stored(
    good, study, tmp_path, column, cell
):
    path = tmp_path / "models.csv"
    path.write_bytes(changed(good.predictions[0].read_bytes(), column, cell))
    line = refuse_predictions(good.predictions[1], path, events=study)
    assert f"models.csv, row 4, column {column}" in line


def test_predictions_need_a_study_that_exists(good, db):
    assert "nowhere" in refused("import_predictions", str(good.predictions[0]), study="nowhere")
