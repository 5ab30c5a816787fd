import random
import resource

import pytest

from pact_site.base.errors import BadInput
from pact_site.base.readers import MAX_EMPTY_ROWS, MAX_HEADER, MAX_LINE, Layout, read_table

LAYOUT = Layout(
    required=("participant", "choice"),
    optional=("note",),
    aliases={"Participant ID": "participant", "Entscheidung": "choice"},
)
GOOD = "participant,choice,note\nann,culture,first\nbob,preference,\n"


@pytest.fixture
def table(tmp_path):
    """Write a file from text or bytes; its name is what messages must show."""

    def write(content):
        path = tmp_path / "answers.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refusal(path, layout=LAYOUT):
    with pytest.raises(BadInput) as caught:
        list(read_table(path, layout))
    return caught.value


def test_rows_know_their_place_as_a_spreadsheet_counts(table):
    rows = list(read_table(table(GOOD), LAYOUT))
    assert [(row.number, row.cells["participant"]) for row in rows] == [(2, "ann"), (3, "bob")]
    assert rows[0].file == "answers.csv"


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode("utf-8-sig"),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.rstrip("\n").encode(),
        GOOD.replace("\n", "\n\n").encode(),
        b"Participant ID,ENTSCHEIDUNG,Note\nann,culture,first\nbob,preference,\n",
        b' participant ,choice,note\n"ann" , culture,first\nbob,preference,\n'.replace(
            b'"ann" ', b"ann "
        ),
        GOOD.replace(",", ";").encode("utf-8-sig"),
        GOOD.replace(",", "\t").encode(),
        GOOD.replace("participant,", "participant_id,", 1).encode(),
    ],
    ids=[
        *("BOM", "CRLF", "no-last-line-end", "blank-lines", "aliases-any-case", "spaces"),
        *("semicolons", "tabs", "underscores"),
    ],
)
def test_harmless_differences_read_the_same(table, content):
    cells = [dict(row.cells) for row in read_table(table(content), LAYOUT)]
    assert cells == [
        {"participant": "ann", "choice": "culture", "note": "first"},
        {"participant": "bob", "choice": "preference", "note": ""},
    ]


def test_unknown_columns_are_kept(table):
    (row,) = read_table(table("participant,choice,Shoe Size\nann,culture,39\n"), LAYOUT)
    assert row.cells["Shoe Size"] == "39"


def test_cells_may_hold_commas_quotes_and_lines(table):
    (row,) = read_table(table('participant,choice\nann,"a ""b"", c\nd"\n'), LAYOUT)
    assert row.text("choice") == 'a "b", c\nd'


def test_missing_file_is_named(tmp_path):
    error = refusal(tmp_path / "nowhere.csv")
    assert str(error).endswith("nowhere.csv: There is no such file.")


def test_folder_is_no_file(tmp_path):
    assert "no such file" in str(refusal(tmp_path))


@pytest.mark.parametrize(
    ("content", "message", "row", "column", "found"),
    [
        (b"", "The file is empty", None, None, None),
        ("participant,choice\n", "no rows", None, None, None),
        ("participant,choice\n,\n , \n", "no rows", None, None, None),
        ("participant,note\nann,x\n", "lacks choice", 1, "choice", "participant, note"),
        ("participant,choice,Choice\nann,a,b\n", "twice", 1, "choice", None),
        ("participant,Participant ID,choice\nann,a,b\n", "twice", 1, "participant", None),
        ("participant,choice\nann,culture\nbob\n", "as many cells", 3, None, "1 cells"),
        ("participant,choice\nann,culture,more\n", "as many cells", 2, None, "3 cells"),
        ("participant,choice\nann,cul\x00ture\n", "NUL", 2, "choice", "cul\x00ture"),
        ("participant,choice\nann,x\nJosé,y\n".encode("latin-1"), "not UTF-8", 3, "participant", b"Jos\xe9"),
        ("participant,choixé\nann,x\n".encode("latin-1"), "not UTF-8", 1, None, b"choix\xe9"),
        (GOOD.encode("utf-16"), "not a CSV header", 1, None, "UTF-16 text"),
        (b"PK\x03\x04\x14\x00\x06\x00rest", "not a CSV header", 1, None, "a zip archive or an Excel workbook"),
        (b"\x00\x01\x02\x03\n\x00", "not a CSV header", 1, None, "binary data"),
        ("participant,choice\nann,\"culture\n", "cannot be read as CSV", 2, None, None),
        ('participant,choice\nann,x\nbob,"y" z\n', "cannot be read as CSV", 3, None, None),
    ],
)  # fmt: skip
def test_bad_files_are_refused_with_their_place(table, content, message, row, column, found):
    error = refusal(table(content))
    assert message in str(error)
    assert (error.file, error.row, error.column, error.found) == ("answers.csv", row, column, found)


def test_empty_rows_for_ever_are_refused(table):
    """A saved sheet may end in as many as a spreadsheet has rows, and in no more."""
    error = refusal(table(GOOD + "\n" * 1_100_000))
    assert "mostly empty rows" in str(error)
    assert (error.file, error.row) == ("answers.csv", MAX_EMPTY_ROWS + 4)


def test_nothing_before_the_bad_row_is_lost(table):
    rows = read_table(table("participant,choice\nann,culture\nbob\n"), LAYOUT)
    assert next(rows).text("participant") == "ann"
    with pytest.raises(BadInput, match="row 3"):
        next(rows)


JUNK_BYTES = 20_000_000
JUNK = {
    "random": lambda: random.Random(5).randbytes(JUNK_BYTES),
    "zeros": lambda: bytes(JUNK_BYTES),
    "one letter": lambda: b"x" * JUNK_BYTES,
    "commas": lambda: b"," * JUNK_BYTES,
    "line ends": lambda: b"\n" * JUNK_BYTES,
    "open quote": lambda: b'participant,choice\n"' + b"y\n" * (JUNK_BYTES // 2),
    "two letters": lambda: b"participant,choice\n" + b"a," * (JUNK_BYTES // 2),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", JUNK)
def test_a_mass_of_junk_is_refused_in_little_memory(table, kind):
    path = table(JUNK[kind]())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    error = refusal(path)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert error.file == "answers.csv"
    assert grown < JUNK_BYTES * 3  # lines are capped at MAX_LINE, whatever the file's size
    assert len(str(error)) < 700


def test_header_of_many_columns_is_refused(table):
    assert "long line" in str(refusal(table("a," * 2 * MAX_HEADER + "\nx\n")))


def test_a_long_line_is_refused_by_its_number(table):
    content = "participant,choice\nann,culture\nbob," + "z" * MAX_LINE
    assert refusal(table(content)).row == 3


class TestRow:
    @pytest.fixture
    def row(self, table):
        return next(read_table(table("participant,choice,note\nann,Culture,\n"), LAYOUT))

    def test_text_of_an_empty_cell_is_an_error_only_when_required(self, row):
        assert row.text("note", required=False) == ""
        with pytest.raises(BadInput, match="row 2, column note: The cell is empty"):
            row.text("note")

    def test_one_of_ignores_case_and_lists_what_is_allowed(self, row):
        assert row.one_of("choice", {"culture": 1.0, "preference": 0.0}) == 1.0
        assert row.one_of("note", {"a": 1}, required=False) is None
        with pytest.raises(BadInput, match="Expected: one of yes, no") as caught:
            row.one_of("choice", {"yes": 1, "no": 0})
        assert caught.value.found == "Culture"

    def test_parsed_names_the_cell_that_cannot_be_read(self, row):
        assert row.parsed("choice", str.upper, "text") == "CULTURE"
        with pytest.raises(BadInput, match=r"column choice: .* Expected: a whole number"):
            row.parsed("choice", int, "a whole number")
