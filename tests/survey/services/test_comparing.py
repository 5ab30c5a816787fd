"""Two versions side by side: only what differs, each member told by its key."""

from survey.services.comparing import Change, compare
from survey.services.studies import standard_definition


def test_equal_definitions_differ_in_nothing():
    assert compare(standard_definition(), standard_definition()) == []


def test_an_inserted_check_does_not_shift_the_others():
    before = standard_definition()
    new = before["checks"][0] | {"key": "sky", "after": 3}
    after = before | {"checks": [new, *before["checks"]]}

    paths = {change.path for change in compare(before, after)}

    assert "checks (order)" in paths
    assert {path for path in paths if not path.startswith("checks[sky]")} == {"checks (order)"}


def test_added_and_removed_parts_have_one_side_only():
    assert compare({"a": 1}, {"b": True}) == [Change("a", "1", None), Change("b", None, "yes")]


def test_texts_are_marked_word_by_word():
    change = Change("x", "one two three", "one 2 three four")

    told = [(mark.kind, mark.text) for mark in change.marks]

    assert told == [
        ("same", "one "),
        ("before", "two"),
        ("after", "2"),
        ("same", " three"),
        ("after", " four"),
    ]
