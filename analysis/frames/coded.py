"""Counted tables whose texts are categories, from Polars to pandas: a number a row, each word once.

The categories stand in the order of their words, so that to sort by them is to sort by the words.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl


def to_pandas(table: pl.DataFrame) -> pd.DataFrame:
    """The table with its categories in the order of their words; other columns as they are."""
    return pd.DataFrame(
        {
            column.name: _categories(column)
            if column.dtype == pl.Categorical
            else column.to_numpy()
            for column in table
        }
    )


def _categories(column: pl.Series) -> pd.Categorical:
    words = column.unique().drop_nulls()
    words = words.gather(words.cast(pl.String).arg_sort())
    physical = column.to_physical().fill_null(0).to_numpy()
    place = np.full(int(physical.max(initial=0)) + 1, -1, dtype=np.int32)
    place[words.to_physical().to_numpy()] = np.arange(len(words), dtype=np.int32)
    codes = place[physical]
    if column.null_count():
        codes[column.is_null().to_numpy()] = -1
    return _made(codes, words.cast(pl.String).to_list())


def renamed(column: "pd.Series[str]", name: Callable[[str], str]) -> pd.Categorical:
    """The column with other words for its categories; two of one name become one."""
    words = [name(str(one)) for one in column.cat.categories]
    known = sorted(set(words))
    place = np.array([*map(known.index, words), -1], dtype=np.int32)
    return _made(place[column.cat.codes.to_numpy()], known)


def _made(codes: "np.ndarray[tuple[int], np.dtype[np.int32]]", words: list[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, categories=pd.Index(words, dtype="str"))
