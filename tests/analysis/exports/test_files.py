"""Tables as files: the ending decides, half a file never appears, the same rows the same bytes."""

import gzip

import numpy as np
import pandas as pd
import pytest

from analysis.exports.files import check_ending, write_table
from pact_site.base.errors import BadInput

FRAME = pd.DataFrame({"name": ["=SUM(A1)", "NA", 'é, "q"'], "share": [0.1, np.nan, 1.0]})


def test_csv_disarms_formulas_and_leaves_missing_cells_empty(tmp_path):
    write_table(FRAME, tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert lines == ["name,share", "'=SUM(A1),0.1", "NA,", '"é, ""q""",1.0']


def test_gzip_holds_the_same_and_the_same_bytes_every_time(tmp_path):
    for name in ("a.csv.gz", "b.csv.gz", "c.csv"):
        write_table(FRAME, tmp_path / name)
    packed = (tmp_path / "a.csv.gz").read_bytes()
    assert packed == (tmp_path / "b.csv.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "c.csv").read_bytes()


def test_parquet_keeps_text_and_numbers_as_they_are(tmp_path):
    write_table(FRAME, tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "a.parquet"), FRAME, check_dtype=False)


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    write_table(FRAME, tmp_path / "a.csv")
    before = (tmp_path / "a.csv").read_bytes()
    broken = pd.DataFrame(
        {"name": pd.Series(["\ud800"], dtype="object")}
    )  # cannot be written as UTF-8
    with pytest.raises(UnicodeEncodeError):
        write_table(broken, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("name", ["a.xlsx", "a", "csv"])
def test_an_ending_without_a_format_is_refused(tmp_path, name):
    with pytest.raises(BadInput, match="ending"):
        check_ending(tmp_path / name)
