"""How numbers look, in pages, CSV and LaTeX."""

import csv

import pytest

from analysis.metrics.estimate import Estimate
from analysis.reports.tables import Column, Table, cell, describe, metric_column, records
from analysis.reports.writers import latex, tex, write_csv


def estimate(value=0.25, metric="item_mae", **fields):
    defaults = {"lower": 0.2, "upper": 0.3, "n_items": 10, "n_humans": 20, "n_answers": 200}
    return Estimate("alignment", metric, value=value, **(defaults | fields))


def test_a_cell_shows_value_and_interval_and_says_the_counts():
    shown = cell(estimate(n_dropped=3))
    assert (shown.text, shown.interval) == ("0.250", "0.200 to 0.300")
    for part in ("10 items", "20 people", "200 answers", "3 left out"):
        assert part in shown.title


def test_signed_metrics_carry_their_sign():
    shown = cell(estimate(-0.25, "signed_culture_gap", lower=-0.3, upper=0.1))
    assert (shown.text, shown.interval) == ("−0.250", "−0.300 to +0.100")


def test_an_undefined_value_is_a_dash_with_its_reason():
    shown = cell(estimate(None, lower=None, upper=None, note="no spread"))
    assert (shown.text, shown.undefined) == ("–", True)
    assert "no spread" in shown.title
    assert cell(None).undefined


def test_counts_are_whole_and_bars_stay_between_0_and_1():
    assert cell(estimate(1234.0, "ties", lower=None, upper=None)).text == "1,234"
    bars = [cell(estimate(v, "rescaled_score"), bar=True).bar for v in (-2.0, 0.5, 3.0)]
    assert bars == [0.0, 0.5, 1.0]


def test_a_note_is_told_with_the_number():
    assert describe(estimate(note="2 groups left out")).endswith("2 groups left out")


TABLE = Table(
    "t",
    "Rates & more",
    (Column("model", "Model"), metric_column("item_mae")),
    (("=a_b", estimate()), ("c", None)),
)


def test_csv_spreads_an_estimate_and_disarms_formulas(tmp_path):
    write_csv(TABLE, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open() as stream:
        first, second = csv.DictReader(stream)
    assert first["model"] == "'=a_b"
    assert (first["item_mae"], first["item_mae_lower"], first["item_mae_n_humans"]) == (
        "0.25",
        "0.2",
        "20",
    )
    assert second["item_mae"] == ""


def test_records_name_every_column_once():
    names, rows = records(TABLE)
    assert len(names) == len(set(names)) == 8
    assert all(set(row) == set(names) for row in rows)


def test_latex_escapes_and_prints_intervals():
    source = latex(TABLE)
    assert r"=a\_b" in source
    assert "[0.200, 0.300]" in source
    assert source.count(r"\\") == 3
    assert r"\begin{tabular}{lr}" in source


@pytest.mark.parametrize("char", list("\\&%$#_{}~^"))
def test_every_special_character_is_escaped_for_latex(char):
    assert tex(char) != char
    assert tex(char).startswith("\\")


def test_a_row_of_the_wrong_length_is_a_fault():
    with pytest.raises(ValueError, match="cells"):
        Table("t", "T", (Column("a", "A"),), (("x", "y"),))
