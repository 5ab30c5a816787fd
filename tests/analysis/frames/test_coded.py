"""Categories from Polars in pandas: in the order of their words, renamed without losing a row."""

import numpy as np
import polars as pl
import pytest

from analysis.frames.coded import renamed, to_pandas
from analysis.metrics.behaviour.counts import codes_of, compressed

WORDS = ["pear", "apple", None, "Åland", "apple", "fig"]


def test_categories_stand_in_the_order_of_their_words():
    pl.Series(["zebra", "fig", "apple"], dtype=pl.Categorical)  # other words came first
    table = to_pandas(pl.DataFrame({"word": pl.Series(WORDS, dtype=pl.Categorical), "n": range(6)}))
    assert list(table["word"].cat.categories) == ["apple", "fig", "pear", "Åland"]
    assert [None if word != word else word for word in table["word"]] == WORDS
    assert table["n"].tolist() == list(range(6))
    sums = table.groupby("word")["n"].sum()
    assert sums.to_dict() == {"apple": 5, "fig": 5, "pear": 0, "Åland": 3}


def test_a_table_without_rows_keeps_its_columns():
    table = to_pandas(pl.DataFrame(schema={"word": pl.Categorical, "n": pl.UInt32}))
    assert list(table) == ["word", "n"]
    assert len(table) == 0
    assert len(renamed(table["word"], str.upper)) == 0


def test_two_categories_of_one_name_become_one():
    table = to_pandas(pl.DataFrame({"word": pl.Series(WORDS, dtype=pl.Categorical)}))
    named = renamed(table["word"], lambda word: "fruit" if word.islower() else "an island")
    assert list(named.categories) == ["an island", "fruit"]
    assert ["" if name != name else name for name in named] == [
        "fruit", "fruit", "", "an island", "fruit", "fruit",
    ]  # fmt: skip


def test_codes_of_categories_tell_the_same_rows_apart():
    table = to_pandas(pl.DataFrame({"word": pl.Series(["b", "a", "b"], dtype=pl.Categorical)}))
    assert codes_of(table["word"]).tolist() == codes_of(table["word"].astype(str)).tolist()


@pytest.mark.parametrize("codes", [[], [3, 1, 3, 0], [10_000, 7, 10_000]])
def test_numbers_that_occur_and_their_places(codes):
    given = np.array(codes, dtype=np.intp)
    expected = np.unique(given, return_inverse=True)
    for found, one in zip(compressed(given), expected, strict=True):
        assert found.tolist() == one.tolist()
