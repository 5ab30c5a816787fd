"""Tables by theme and kind of preference: a row a level and model, closest first."""

from analysis.metrics import Estimate
from analysis.metrics.catalogue import definition
from analysis.reports.areas import area_tables
from analysis.reports.book import Book


def one(metric, value, model, theme, **fields):
    return Estimate(
        "alignment", metric, definition(metric), "no_persona", model, "both",
        group={"theme": theme}, value=value, n_items=4, n_humans=9, **fields,
    )  # fmt: skip


def book(*rows):
    return Book(rows)


def test_levels_in_order_models_closest_first_the_unnamed_level_last():
    tables = area_tables(
        book(
            one("item_mae", 0.3, "far", "food"), one("item_mae", 0.1, "near", "food"),
            one("item_mae", 0.2, "near", None), one("item_mae", 0.2, "near", "dress_code"),
            one("item_mae", 0.0, "baseline:uniform", "food"),
            one("signed_culture_gap", -0.1, "near", "food"),
        ),
        "no_persona",
    )  # fmt: skip
    (table,) = tables
    assert table.name == "alignment-by-theme"
    assert [row[:2] for row in table.rows] == [
        ("dress code", "near"), ("food", "near"), ("food", "far"), ("(none)", "near"),
    ]  # fmt: skip
    assert table.rows[1][3].value == -0.1
    assert table.rows[2][3] is None


def test_without_themes_there_is_no_table():
    overall = Estimate("alignment", "item_mae", definition("item_mae"), "no_persona", "m", "both",
                       value=0.1)  # fmt: skip
    assert area_tables(book(overall), "no_persona") == ()
