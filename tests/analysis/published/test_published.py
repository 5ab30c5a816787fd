"""Printed figures: they are read strictly, agree with each other where they must, and meet their kin."""

import pytest

from analysis.metrics.catalogue import METRICS, definition
from analysis.metrics.estimate import Estimate
from analysis.published import PAPERS, Published, _read, beside, published

OURS = {"human", "alignment", "validation"}
ROW = {
    "where": "Table 1", "table": "human", "setting": "", "model": "", "frame": "norm", "group": "",
    "metric": "culture_rate", "definition": "", "value": "0.5", "low": "", "high": "", "note": "",
}  # fmt: skip


def value(where, metric, **fields):
    [found] = [
        one
        for one in published("pact-2026")
        if (one.where, one.metric) == (where, metric)
        and all(getattr(one, name) == wanted for name, wanted in fields.items())
    ]
    return found.value


@pytest.mark.parametrize("paper", PAPERS)
def test_every_figure_says_where_it_stands_and_what_it_is(paper):
    figures = published(paper)
    assert len(figures) > 300
    for one in figures:
        assert one.where
        assert one.table not in OURS or one.metric in METRICS, one
        assert one.value is not None or (one.low is not None and one.low <= one.high)
        if one.metric.endswith(("_rate", "consistency", "consensus")) and one.value is not None:
            assert 0 <= one.value <= 1, one
    keys = [(o.where, o.setting, o.model, o.frame, str(o.group), o.metric) for o in figures]
    assert len(set(keys)) == len(keys)


def test_table_22_follows_from_table_18_and_the_rates_of_people():
    """No-persona half: |printed model rate - people's rate|, people allowing .274 and .249."""
    allowed = {"personal": 0.274, "norm": 0.249}
    for model in ("DeepSeek", "GPT", "Llama", "Mistral", "OLMo", "Qwen"):
        for frame, people in allowed.items():
            where = {"model": model, "frame": frame, "setting": "no_persona"}
            rate = value("Table 18", "model_culture_rate", **where)
            printed = value("Table 22", "rate_gap_abs", **where)
            assert printed == pytest.approx(abs((1 - rate) - people), abs=0.0015)


def test_the_small_models_of_table_12_are_the_mean_of_table_5():
    for model in ("Llama", "DeepSeek", "Mistral", "OLMo", "Qwen"):
        pair = [
            value("Table 5", "allow_rate", model=model, group={"prompt": prompt})
            for prompt in ("no_balance", "balance")
        ]
        small = value("Table 12", "allow_rate", model=model, group={"scale": "small"})
        assert small == pytest.approx(sum(pair) / 2, abs=1e-4)


def test_where_the_paper_contradicts_itself_both_values_stand_with_a_note():
    gpt = [
        o for o in published("pact-2026") if o.model == "GPT" and o.where in ("Table 5", "Table 14")
    ]
    rates = {o.value: o.note for o in gpt if o.metric == "allow_rate"}
    assert "Table 14" in rates[0.3683]
    assert "Table 5" in rates[0.2827]


def estimate(**changes):
    fields = {
        "table": "human", "metric": "culture_rate", "frame": "personal", "value": 0.6,
        "group": {"participant_country": "Brazil"}, "definition": definition("culture_rate"),
    }  # fmt: skip
    return Estimate(**(fields | changes))


def test_a_figure_meets_the_estimate_of_the_same_name_alone():
    others = (
        estimate(frame="norm", value=0.7),
        estimate(definition="weight:items"),
        estimate(group={}),
        estimate(group={"participant_country": "Chile"}),
        estimate(metric="majority_share", definition="average:items"),
    )
    met = [
        (figure.where, figure.value, one.value)
        for figure, one in beside("pact-2026", (estimate(), *others))
    ]
    assert met == [("Table 15", 0.579, 0.6), ("Table 15", 0.7, 0.7)]


def test_a_family_meets_every_run_whose_label_names_it():
    def rate(model):
        return Estimate(
            "alignment", "model_culture_rate", definition("model_culture_rate"),
            setting="no_persona", model=model, frame="norm", value=0.9,
        )  # fmt: skip

    rates = (rate("meta-llama/Llama-3.1-8B"), rate("baseline:uniform"), rate("qwen3-4b"))
    met = {(figure.model, one.model) for figure, one in beside("pact-2026", rates)}
    assert met == {("Llama", "meta-llama/Llama-3.1-8B"), ("Qwen", "qwen3-4b")}


def test_an_unknown_paper_is_refused_with_those_there_are():
    with pytest.raises(KeyError, match="pact-2026"):
        published("gossip")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"value": "half"}, "row 7: could not convert"),
        ({"value": "nan"}, "not a finite number"),
        ({"value": ""}, "neither a value nor a range"),
        ({"group": "{"}, "row 7"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(changes, says):
    assert _read(7, ROW).value == 0.5
    with pytest.raises(ValueError, match=says):
        _read(7, ROW | changes)


def test_a_range_is_kept_as_one():
    figure = _read(2, ROW | {"value": "", "low": "0.8", "high": "0.9"})
    assert isinstance(figure, Published)
    assert (figure.value, figure.low, figure.high) == (None, 0.8, 0.9)
