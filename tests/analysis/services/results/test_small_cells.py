"""Groups of too few people leave figures, tables and files, and take along what tells of them."""

from analysis.services.results.small_cells import clean_rows, clean_spec, clean_table, is_small


def row(name, people, **more):
    return {"name": name, "n_humans": people, **more}


def test_only_groups_of_some_but_too_few_people_are_small():
    assert is_small(row("a", 4), 5)
    assert is_small({"people": "4"}, 5)
    assert is_small(row("one person", 1), 5)
    assert not is_small(row("a", 5), 5)
    assert not is_small(row("a model alone", 0), 5)
    assert not is_small({"people": "Everybody"}, 5)
    assert not is_small({"name": "no count"}, 5)


def test_rows_are_dropped_and_counted():
    cleaned = clean_rows([row("a", 4), row("b", 2), row("c", 9)], 5)
    assert ([one["name"] for one in cleaned.rows], cleaned.hidden) == (["c"], 2)


def test_no_group_goes_alone_in_rows_charts_and_cells():
    rows = [row("all", 24), row("a", 4), row("b", 9), row("c", 11)]
    cleaned = clean_rows(rows, 5)
    assert [one["name"] for one in cleaned.rows] == ["all", "c"]
    spec = {"data": {"values": [*rows, {"name": "b", "from": 0}]}}
    drawn, hidden = clean_spec(spec, 5, cleaned.gone)
    assert [one["name"] for one in drawn["data"]["values"]] == ["all", "c"]
    assert hidden == 3
    table = {
        "columns": [{"key": "name"}, {"key": "rate"}],
        "rows": [{"cells": [{"text": one["name"]}, {"text": "0.5"}]} for one in rows],
    }
    records = [
        {"name": one["name"], "rate": "0.5", "rate_n_humans": one["n_humans"]} for one in rows
    ]
    shown, _, hidden = clean_table(table, records, 5)
    assert [one["cells"][1]["text"] for one in shown["rows"]] == ["0.5", "–", "–", "0.5"]
    assert hidden == 2


def test_a_chart_loses_the_group_and_the_line_that_would_tell_its_rates():
    spec = {
        "layer": [
            {"data": {"values": [{"name": "a", "from": 0.1, "to": 0.4}, {"name": "b", "from": 0}]}},
            {"data": {"values": [row("a", 4), row("b", 9), row("a", 8)]}},
            {"data": {"values": [{"x": 0, "y": 1}]}},
        ]
    }
    cleaned, hidden = clean_spec(spec, 5)
    left = [layer["data"]["values"] for layer in cleaned["layer"]]
    assert [one["name"] for one in left[0]] == ["b"]
    assert [(one["name"], one["n_humans"]) for one in left[1]] == [("b", 9), ("a", 8)]
    assert left[2] == [{"x": 0, "y": 1}]
    assert hidden == 2
    assert len(spec["layer"][1]["data"]["values"]) == 3


def test_named_data_of_a_chart_lose_it_too_and_rows_that_count_stay_by_their_own_count():
    spec = {
        "data": {"name": "shared"},
        "datasets": {"shared": [row("a", 2), row("a", 7), {"name": "a", "y": 1}, {"people": 1}]},
        "config": {"datasets": ["kept as it is"]},
    }
    cleaned, hidden = clean_spec(spec, 5)
    assert cleaned["datasets"]["shared"] == [row("a", 7)]
    assert cleaned["config"] == spec["config"]
    assert hidden == 3


def test_a_cell_of_one_person_is_emptied_and_one_of_nobody_stays():
    table = {
        "columns": [{"key": "rate"}],
        "rows": [{"cells": [{"text": text}]} for text in ("one", "nobody", "five", "uncounted")],
    }
    records = [{"rate": "0.5", "rate_n_humans": count} for count in ("1", "0", "5", "")]
    shown, kept, hidden = clean_table(table, records, 5)
    assert [one["cells"][0]["text"] for one in shown["rows"]] == [
        "–",
        "nobody",
        "five",
        "uncounted",
    ]
    assert [one["cells"][0].get("undefined") for one in shown["rows"]] == [True, None, None, None]
    assert [one["rate"] for one in kept] == ["", "0.5", "0.5", "0.5"]
    assert hidden == 1


def test_a_table_loses_rows_that_count_too_few_and_empties_single_cells():
    def cells(*texts):
        return [{"text": t, "interval": "x", "title": "t", "bar": None} for t in texts]

    table = {
        "columns": [{"key": "who"}, {"key": "rate"}],
        "rows": [
            {"muted": False, "cells": cells("a", "0.5")},
            {"muted": False, "cells": cells("b", "0.6")},
            {"muted": False, "cells": cells("c", "0.7")},
            {"muted": False, "cells": cells("d", "0.8")},
            {"muted": False, "cells": cells("e", "0.9")},
        ],
    }
    records = [
        {"who": "a", "rate": "0.5", "rate_n_humans": "9", "people": "9"},
        {"who": "b", "rate": "0.6", "rate_n_humans": "4", "people": "9"},
        {"who": "c", "rate": "0.7", "rate_n_humans": "9", "people": "2"},
        {"who": "d", "rate": "0.8", "rate_n_humans": "2", "people": "9"},
        {"who": "e", "rate": "0.9", "rate_n_humans": "9", "people": "4"},
    ]
    shown, kept, hidden = clean_table(table, records, 5)
    assert [one["cells"][1]["text"] for one in shown["rows"]] == ["0.5", "–", "–"]
    assert [one["rate"] for one in kept] == ["0.5", "", ""]
    assert kept[1]["rate_n_humans"] == ""
    assert "fewer than 5" in kept[1]["rate_note"]
    assert hidden == 4
    assert table["rows"][1]["cells"][1]["text"] == "0.6"
