import csv
import json
import shutil

import pytest

from annotation.vocab.studies import COLUMNS, FIRST_LIGHT, StudyFileError, load_study_files
from annotation.vocab.terms import RECEIVERS, Relation, Theme


@pytest.fixture
def folder(tmp_path):
    """A copy of the bundled study that a test may spoil."""
    return shutil.copytree(FIRST_LIGHT, tmp_path / "study")


def rewrite(folder, change):
    """Let `change` edit the parsed rows of scenarios.csv, header first."""
    path = folder / "scenarios.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def set_cell(folder, row, column, text):
    rewrite(folder, lambda rows: rows[row - 1].__setitem__(COLUMNS.index(column), text))


def describe(folder, **changes):
    path = folder / "study.json"
    raw = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps(raw), encoding="utf-8")


def refusal(folder):
    with pytest.raises(StudyFileError) as caught:
        load_study_files(folder)
    return caught.value


def test_a_study_is_read_into_frozen_values():
    study = load_study_files(FIRST_LIGHT)
    assert study.slug == "first-light"
    assert study.mix == {Relation.SAME: 3, Relation.CLOSE: 2, Relation.FAR: 2}
    assert study.receivers == RECEIVERS
    first = study.scenarios[0]
    assert (first.key, first.country, first.theme) == ("br-food-pizza", "BR", Theme.FOOD)
    assert first.relations["BR"] is Relation.SAME
    with pytest.raises(AttributeError):
        first.country = "AR"


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(folder):
    plain = load_study_files(folder)
    path = folder / "scenarios.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_study_files(folder) == plain


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("country", "Brazil"),
        ("country", "br"),
        ("theme", "cooking"),
        ("preference_type", "convenience"),
        ("preference_strength", "weak"),
        ("situation", "Nobody is there."),
        ("culture_action", ""),
        ("norm_basis", " padded"),
        ("relations", "BR=same"),
        ("relations", "BR=same;GB=far;IN=far;US=far;ZA=near"),
        ("relations", "BR=same;GB=far;IN=far;US=far;US=far;ZA=far"),
    ],
)
def test_a_bad_cell_is_named_by_file_row_and_column(folder, column, text):
    set_cell(folder, 3, column, text)
    error = refusal(folder)
    assert (error.file, error.row, error.column) == ("scenarios.csv", 3, column)
    assert f"scenarios.csv, row 3, column {column}: " in str(error)


def test_a_bad_word_is_shown_with_the_allowed_ones(folder):
    set_cell(folder, 2, "preference_strength", "weak")
    assert str(refusal(folder)).endswith("Found: 'weak'. Expected: low_stakes, strong, other.")


def test_a_repeated_key_names_both_rows(folder):
    set_cell(folder, 5, "key", "br-food-pizza")
    error = refusal(folder)
    assert (error.row, error.column) == (5, "key")
    assert "row 2" in str(error)


def test_the_header_is_exact(folder):
    rewrite(folder, lambda rows: rows[0].reverse())
    error = refusal(folder)
    assert (error.row, error.expected) == (1, ",".join(COLUMNS))


def test_a_short_row_is_refused(folder):
    rewrite(folder, lambda rows: rows[9].pop())
    error = refusal(folder)
    assert (error.row, error.found, error.expected) == (10, "12", "13 cells")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "wrong header"),
        ((",".join(COLUMNS) + "\n").encode(), "no scenarios"),
        ("Türkiye".encode("latin-1"), "not UTF-8: byte 1"),
        ((",".join(COLUMNS) + '\n"never closed').encode(), "not CSV"),
    ],
)
def test_a_file_that_is_no_scenario_table_is_refused(folder, content, part):
    (folder / "scenarios.csv").write_bytes(content)
    error = refusal(folder)
    assert error.file == "scenarios.csv"
    assert part in str(error)


@pytest.mark.parametrize("name", ["study.json", "scenarios.csv"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    assert str(refusal(folder)) == f"{name}: the file is missing."


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("slug", ""),
        ("licence", 4),
        ("scheme", "geo-v9"),
        ("participant_countries", []),
        ("participant_countries", ["BR", "UK"]),
        ("mix", {"same": 3, "between": 2}),
        ("mix", {"same": -1}),
        ("mix", 7),
    ],
)
def test_a_bad_description_is_named_by_key(folder, key, value):
    describe(folder, **{key: value})
    error = refusal(folder)
    assert (error.file, error.column) == ("study.json", key)


@pytest.mark.parametrize(
    ("text", "part"), [("{", "not JSON"), ("[]", "list"), ("{}", "wrong keys")]
)
def test_a_description_of_another_shape_is_refused(folder, text, part):
    (folder / "study.json").write_text(text, encoding="utf-8")
    assert part in str(refusal(folder))
