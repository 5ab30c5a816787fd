import pytest

from pact_site.base.errors import BadInput


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (BadInput("Bad."), "Bad."),
        (BadInput("Bad.", file="a.csv"), "a.csv: Bad."),
        (BadInput("Bad.", "a.csv", 0, "choice"), "a.csv, row 0, column choice: Bad."),
        (BadInput("Bad.", found="", expected="x"), "Bad. Found: ''. Expected: x."),
        (BadInput("Bad.", found=0), "Bad. Found: 0."),
    ],
)
def test_message_names_what_is_known(error, text):
    assert str(error) == text


def test_message_is_one_line_of_bounded_length():
    text = str(BadInput("Bad.", "a.csv", 3, "choice", found="line\n" * 1000, expected="y"))
    assert "\n" not in text
    assert len(text) < 250


def test_it_is_a_value_error():
    assert isinstance(BadInput("Bad."), ValueError)
