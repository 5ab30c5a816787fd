"""The tests' own way of looking at many things in one test: none of them fails unnoticed."""

import pytest

from tests.every import of_every


def small(number):
    assert number < 3


def test_each_one_that_fails_is_told():
    with pytest.raises(ExceptionGroup, match="2 of 4 failed") as told:
        of_every([1, 5, 2, 7], name="number {}".format)(small)()
    assert [error.__notes__[-1] for error in told.value.exceptions] == [
        "This is about number 5.",
        "This is about number 7.",
    ]


def test_an_error_is_told_like_a_failure():
    with pytest.raises(ExceptionGroup, match="1 of 2 failed"):
        of_every([1, "five"])(small)()


def test_all_that_hold_pass_and_nothing_cannot():
    of_every([1, 2])(small)()
    with pytest.raises(ValueError, match="nothing"):
        of_every([])
