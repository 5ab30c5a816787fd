"""What a file of ratings may look like, and how it is refused."""

import pytest

from analysis.frames.rating_file import read_ratings
from pact_site.base.errors import BadInput


@pytest.fixture
def write(tmp_path):
    def write(*lines, header="item,annotator,criterion,value", encoding="utf-8"):
        path = tmp_path / "ratings.csv"
        path.write_bytes("\n".join([header, *lines, ""]).encode(encoding))
        return path

    return write


def refused(path, labels=()):
    with pytest.raises(BadInput) as caught:
        read_ratings(path, labels)
    return caught.value


def test_a_row_per_rating(write):
    found = read_ratings(write("1,ann,clear,yes", "1,bo,clear,no", "2,ann,clear,"), ["yes", "no"])
    assert list(found.frame.columns) == ["item", "rater", "criterion", "value"]
    assert found.frame["value"].tolist() == ["yes", "no", ""]
    assert found.labels == ("yes", "no")


def test_the_criterion_may_be_left_out_and_other_columns_are_ignored(write):
    path = write("x,1,yes,ann", header="note,item,value,annotator")
    assert read_ratings(path).frame.iloc[0].tolist() == ["1", "ann", "", "yes"]


def test_byte_order_mark_and_windows_line_ends(tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes("\ufeffitem,annotator,value\r\né,ann,yes\r\n".encode())
    assert read_ratings(path).frame["item"].tolist() == ["é"]


def test_a_third_value_is_refused_when_labels_are_named(write):
    error = refused(write("1,ann,c,yes", "1,bo,c,maybe"), ["yes", "no"])
    assert (error.file, error.row, error.column) == ("ratings.csv", 3, "value")
    assert error.found == "maybe"
    assert "yes, no" in error.expected


def test_the_same_rating_twice_is_refused_with_both_rows(write):
    error = refused(write("1,ann,c,yes", "1,bo,c,no", "1,ann,c,yes"))
    assert (error.row, error.column, error.found) == (4, "annotator", "ann")
    assert "row 2" in error.message


def test_a_missing_rating_cannot_be_repeated_either(write):
    assert refused(write("1,ann,c,", "1,ann,c,yes")).row == 3


def test_the_same_annotator_under_another_criterion_or_item(write):
    assert len(read_ratings(write("1,ann,a,yes", "1,ann,b,yes", "2,ann,a,no")).frame) == 3


@pytest.mark.parametrize(
    ("line", "column"),
    [(",ann,c,yes", "item"), ("1,,c,yes", "annotator"), ("1,ann,,yes", "criterion")],
)
def test_what_may_not_be_empty(write, line, column):
    error = refused(write(line))
    assert (error.row, error.column) == (2, column)


def test_the_name_of_the_pooled_rows_is_taken(write):
    assert refused(write("1,ann,__pooled__,yes")).column == "criterion"


def test_case_plays_no_part_in_named_labels(write):
    found = read_ratings(write("1,ann,c,Yes", "1,bo,c,NO"), ["yes", "no"])
    assert found.frame["value"].tolist() == ["yes", "no"]


@pytest.mark.parametrize(("one", "two"), [("Yes", "yes"), ("1", "1.0")])
def test_two_spellings_are_refused_without_labels(write, one, two):
    error = refused(write(f"1,ann,c,{one}", f"1,bo,c,{two}"))
    assert (error.row, error.found) == (3, two)
    assert "--labels" in error.expected


def test_numbers_may_be_spelled_as_other_tools_do(write):
    found = read_ratings(write("1,ann,c,1.0", "1,bo,c,0"), ["0", "1"])
    assert found.frame["value"].tolist() == ["1", "0"]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (["yes", "yes"], ("yes", "no")),  # the other of two is known
        (["No", "No"], ("yes", "No")),
        (["false", "true"], ("true", "false")),
        (["10", "9"], ("9", "10")),
        (["b", "a"], ("a", "b")),
        (["agree", ""], ("agree",)),
    ],
)
def test_labels_that_are_not_named_come_from_the_values(write, values, labels):
    rows = [f"{place},ann,c,{value}" for place, value in enumerate(values)]
    assert read_ratings(write(*rows)).labels == labels


@pytest.mark.parametrize("labels", [["yes", "yes"], ["yes", "Yes"], ["yes", ""]])
def test_labels_must_differ(write, labels):
    assert "not all different" in refused(write("1,ann,c,yes"), labels).message


def test_a_file_without_a_single_value(write):
    assert "No row has a value" in refused(write("1,ann,c,", "2,ann,c,")).message
    assert len(read_ratings(write("1,ann,c,"), ["yes", "no"]).frame) == 1


def test_wrong_encoding_header_and_shape(write):
    assert "UTF-8" in refused(write("1,ann,c,já", encoding="latin-1")).message
    assert refused(write("1,ann,yes", header="item,who,value")).column == "annotator"
    assert refused(write("1,ann,c")).row == 2
    assert "no rows" in refused(write()).message
