"""Estimates as rows: names, groups, columns, and what they refuse."""

import re

import pandas as pd
import pytest

from analysis.metrics import COLUMNS, METRICS, Estimate, definition, to_frame
from analysis.metrics.estimate import definition_text, definition_tokens, group_text
from tests.every import of_every


def make_estimate(**columns):
    return Estimate(**{"table": "human", "metric": "culture_rate", "value": 0.5, **columns})


def test_definition_tokens_are_sorted_and_read_back():
    text = definition_text({"ties": "exclude", "invalid": "drop", "target": "all"})
    assert text == "invalid:drop;target:all;ties:exclude"
    assert definition_tokens(text) == {"invalid": "drop", "target": "all", "ties": "exclude"}
    assert definition_tokens("") == {}


def test_a_group_is_json_with_sorted_keys_and_no_spaces():
    group = {"persona_demo": "younger_female", "persona_country": "Côte d'Ivoire"}
    text = '{"persona_country":"Côte d\'Ivoire","persona_demo":"younger_female"}'
    assert group_text(group) == text
    assert group_text({"theme": None}) == '{"theme":null}'
    assert group_text({}) == ""


def test_the_frame_has_the_columns_of_the_export_and_empty_cells_for_undefined():
    frame = to_frame([make_estimate(), make_estimate(frame="norm", value=None, note="nobody")])
    assert tuple(frame.columns) == COLUMNS
    assert pd.isna(frame.loc[1, "value"])
    assert frame.loc[1, "note"] == "nobody"


def test_two_estimates_with_the_same_key_are_refused():
    with pytest.raises(ValueError, match="same key"):
        to_frame([make_estimate(), make_estimate(value=0.6)])


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_undefined_is_none_and_never_nan(number):
    with pytest.raises(ValueError, match="must be None"):
        make_estimate(value=number)


def test_undefined_needs_a_reason():
    with pytest.raises(ValueError, match="reason"):
        make_estimate(value=None)


def test_an_empty_table_keeps_its_columns():
    assert tuple(to_frame([]).columns) == COLUMNS


@pytest.mark.parametrize(
    ("metric", "text"),
    [
        ("majority_alignment", "average:rows;invalid:drop;scale:hard;target:all;ties:exclude"),
        ("row_mae", "average:rows;invalid:drop;scale:hard;target:all"),
        ("item_mae", "average:items;invalid:drop;scale:probability;target:all"),
        ("item_mse_unbiased", "average:items;invalid:drop;scale:probability;target:all"),
        ("rate_gap_abs", "invalid:drop;scale:probability;target:all;weight:items"),
        ("signed_culture_gap", "average:items;invalid:drop;scale:probability;target:all"),
        ("culture_rate", "weight:answers"),
        ("pair_agreement", "average:items"),
        ("invalid_rate", ""),
    ],
)
def test_default_definitions(metric, text):
    assert definition(metric) == text


def test_an_option_the_metric_does_not_carry_is_refused():
    with pytest.raises(ValueError, match="no option ties"):
        definition("item_mae", ties="half")


@of_every(METRICS.values(), name=lambda metric: metric.title)
def test_every_metric_says_what_it_means(metric):
    assert metric.title
    assert len(metric.meaning.split()) > 8
    assert metric.meaning.endswith((".", "?", "."))
    assert metric.orientation
    assert metric.unit
    assert metric.source.startswith("defined here") or re.search(r"\(\d{4}", metric.source)
    assert set(metric.tables) <= {"alignment", "human", "validation", "behavior", "regression"}
