"""Charts put together here and by altair are the same Vega-Lite."""

import copy

import altair as alt

from analysis.figures.chart import (
    SCHEMA,
    Chart,
    channel,
    constant,
    end,
    inline,
    layer,
    stacked,
    step,
)

ROWS = [{"name": "a", "lower": 0.1, "value": 0.2}, {"name": "b", "lower": 0.3, "value": 0.4}]
ZERO = [{"zero": 0}]


def ours(base):
    """A rule and a point of the same rows, and a word."""
    x = channel("lower:Q", title=None, scale={"zero": True, "nice": False}, axis={"tickCount": 5})
    rule = base.filter("datum.value > 0").mark("rule", opacity=0.5, color="red")
    points = base.mark("point", size=4).encode(
        x=channel("value:Q"), tooltip=[channel("name:N", title="who")]
    )
    word = base.mark("text").encode(y=constant(0), text=constant("word"))
    return rule.encode(x=x, x2=end("value")) + points + word


def theirs(base):
    x = alt.X(
        "lower:Q", title=None, scale=alt.Scale(zero=True, nice=False), axis=alt.Axis(tickCount=5)
    )
    rule = base.transform_filter("datum.value > 0").mark_rule(opacity=0.5, color="red")
    points = base.mark_point(size=4).encode(
        x="value:Q", tooltip=[alt.Tooltip("name:N", title="who")]
    )
    word = base.mark_text().encode(y=alt.value(0), text=alt.TextValue("word"))
    return rule.encode(x=x, x2="value") + points + word


def same(chart, twin):
    spec = twin.to_dict()
    assert spec.pop("$schema") == SCHEMA
    del spec["config"]
    assert chart.spec() == spec
    return chart.spec()


def test_layers_of_the_same_rows_have_them_once():
    rows = alt.Data(values=ROWS)
    y, twin_y = channel("name:N", sort=["b", "a"]), alt.Y("name:N", sort=["b", "a"])
    chart = ours(Chart.of(ROWS).encode(y=y)).having(width=9, height=step(4))
    twin = theirs(alt.Chart(rows).encode(y=twin_y)).properties(width=9, height=alt.Step(4))
    spec = same(chart, twin)
    assert spec["data"] == {"values": ROWS}
    assert not any("data" in part for part in spec["layer"])


def test_layers_of_other_rows_keep_their_own():
    rows, twin_rows = Chart.of(ROWS), alt.Chart(alt.Data(values=ROWS))
    for chart, twin in (
        (line() + ours(rows), their_line() + theirs(twin_rows)),
        (ours(rows) + line(), theirs(twin_rows) + their_line()),
    ):
        same(chart, twin)


def line():
    return Chart.of(ZERO).mark("rule").encode(x=channel("zero:Q"))


def their_line():
    return alt.Chart(alt.Data(values=ZERO)).mark_rule().encode(x="zero:Q")


def test_panels_and_charts_below_each_other():
    rows = alt.Data(values=ROWS)
    by, twin_by = channel("name:N", title=None), alt.Facet("name:N", title=None)
    panel, twin = layer(line(), ours(Chart())), alt.layer(their_line(), theirs(alt.Chart()))
    same(
        panel.panels(inline(ROWS), by, columns=1, spacing=3),
        twin.facet(facet=twin_by, data=rows, columns=1, spacing=3),
    )
    same(
        panel.calculate("more", "2 * datum.value").panels(inline(ROWS), {"row": by}),
        twin.transform_calculate(more="2 * datum.value").facet(
            row=alt.Row("name:N", title=None), data=rows
        ),
    )
    same(
        stacked(panel, panel, data=inline(ROWS), spacing=3),
        alt.vconcat(twin, twin, data=rows, spacing=3),
    )


def test_what_is_made_of_a_chart_leaves_it_as_it_is():
    base = Chart.of(ROWS).encode(y=channel("name:N"))
    before = copy.deepcopy(base.parts)
    ours(base).having(width=3)
    assert base.parts == before


def test_parts_of_a_layered_chart_outlive_another_layer():
    chart = ours(Chart.of(ROWS)).having(width=3) + Chart.of(ZERO).mark("rule")
    assert chart.spec()["width"] == 3
