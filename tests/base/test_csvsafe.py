import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pact_site.base.csvsafe import restore_cell, safe_cell, stream_rows, write_rows

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
TRICKY = st.from_regex(r"'{0,3}[=+\-@\t\r\n]?[a-z0-9=\"',\r\n]{0,5}", fullmatch=True)


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=HYPERLINK(1)"]
)
def test_formulas_are_written_as_text(text):
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize(
    "value", ["-1", "+2.5", "-1e-3", -1, 2.5, None, True, "plain", "a=b", "", "'quoted'"]
)
def test_numbers_and_plain_text_pass_unchanged(value):
    assert safe_cell(value) == value


@given(TEXT | TRICKY)
def test_safe_cells_can_be_restored(text):
    assert restore_cell(str(safe_cell(text))) == text


@given(TEXT | TRICKY)
def test_no_safe_text_begins_a_formula(text):
    safe = str(safe_cell(text))
    if safe.startswith(("=", "@", "\t", "\r", "\n", "+", "-")):
        float(safe)  # only numbers may


@given(st.lists(st.tuples(TEXT | TRICKY, TEXT | TRICKY), min_size=1))
def test_rows_written_are_rows_read(pairs):
    stream = io.StringIO(newline="")
    count = write_rows(stream, ["a", "b"], ({"a": a, "b": b} for a, b in pairs))
    stream.seek(0)
    header, *rows = csv.reader(stream, strict=True)
    assert count == len(pairs)
    assert header == ["a", "b"]
    assert [tuple(map(restore_cell, row)) for row in rows] == pairs


def test_none_is_an_empty_cell_and_rows_end_in_a_line_feed():
    stream = io.StringIO(newline="")
    write_rows(stream, ["a", "b"], [{"a": None, "b": 0.5, "c": "left out"}])
    assert stream.getvalue() == "a,b\n,0.5\n"


def test_a_missing_column_is_a_fault_not_an_empty_cell():
    with pytest.raises(KeyError):
        write_rows(io.StringIO(), ["a", "b"], [{"a": 1}])


def test_rows_in_pieces_are_the_same_file():
    rows = [{"a": "=1", "b": None}, {"a": "x, y", "b": 2}, {"a": "\n", "b": "z"}]
    whole = io.StringIO()
    write_rows(whole, ["a", "b"], rows)
    pieces = list(stream_rows(["a", "b"], [rows[:2], [], rows[2:]]))
    assert "".join(pieces) == whole.getvalue()
    assert len(pieces) == 4, "a header and a piece a batch"
