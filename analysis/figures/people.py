"""What people answered, by country."""

from typing import Any

import altair as alt

from analysis.figures.figure import COLUMN_WIDTH, Figure, Rows, data, make_figure
from analysis.figures.marks import (
    estimate_tooltip,
    frame_colour,
    frame_offset,
    frame_shape,
    interval_and_point,
    zero_line,
)
from analysis.figures.palette import ACCENT, INK, MUTED, RULE

_SHAPES = ["triangle-up", "diamond", "circle", "square", "cross"]


def culture_rates(rows: Rows) -> Figure:
    """The people's culture rates for both questions, one row a country; `rows` keep their order."""
    order = list(dict.fromkeys(row["name"] for row in rows))
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("name:N", sort=order, title=None), yOffset=frame_offset()
    )
    x = alt.X(
        "lower:Q",
        title="Share of answers that follow culture",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1]),
    )
    chart = _joining(rows, order) + interval_and_point(
        base,
        x=x,
        colour=frame_colour(),
        shape=frame_shape(),
        tooltip=estimate_tooltip(("name", "participants from"), ("frame", "question")),
        rows=rows,
    )
    return make_figure(
        name="people-culture-rates",
        title="What people choose, and what they think is appropriate",
        caption=(
            "Share of answers that follow the cultural expectation, by the participants' country, "
            "for both questions, with intervals."
        ),
        alt_text="Dot plot of culture rates by country of the participants for both questions.",
        rows=rows,
        chart=chart.properties(width=COLUMN_WIDTH, height=36 * len(order)),
    )


def _joining(rows: Rows, order: list[str]) -> Any:
    """The line between a country's two rates, so that the gap is seen first."""
    ends: list[dict[str, object]] = []
    for name in order:
        values = [row["value"] for row in rows if row["name"] == name and row["value"] is not None]
        if len(values) == 2:
            ends.append({"name": name, "from": min(values), "to": max(values)})
    rule = alt.Chart(data(ends)).mark_rule(color=RULE, strokeWidth=7)
    return rule.encode(y=alt.Y("name:N", sort=order), x=alt.X("from:Q"), x2=alt.X2("to:Q"))


def norm_personal_gaps(rows: Rows) -> Figure:
    """The norm-personal gap of people and models side by side; `rows` need name and kind."""
    order = [row["name"] for row in rows]
    base = alt.Chart(data(rows)).encode(y=alt.Y("name:N", sort=order, title=None))
    domain = ["people", "model"]
    colour = alt.Color("kind:N", scale=alt.Scale(domain=domain, range=[ACCENT, INK]), legend=None)
    x = alt.X(
        "lower:Q",
        title="Norm-personal gap (right: freer for oneself)",
        axis=alt.Axis(format="+.2f", tickCount=5),
    )
    marks = interval_and_point(
        base, x=x, colour=colour, tooltip=estimate_tooltip(("name", "who")), rows=rows
    )
    return make_figure(
        name="norm-personal-gaps",
        title="Do models part the personal from the proper as people do?",
        caption=(
            "How much more often the preference is allowed for oneself than thought appropriate, "
            "with intervals. People first, by country, then models."
        ),
        alt_text="Dot plot of the norm-personal gap of people and of models around a zero line.",
        rows=rows,
        chart=(zero_line() + marks).properties(width=COLUMN_WIDTH, height=22 * len(order)),
    )


def agreement_by_relation(rows: Rows) -> Figure:
    """The chance that two people agree, one row a country, one mark a `relation`."""
    order = list(dict.fromkeys(row["name"] for row in rows))
    series = list(dict.fromkeys(row["relation"] for row in rows))
    scale = alt.Scale(domain=series, paddingOuter=0.45)
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("name:N", sort=order, title=None),
        yOffset=alt.YOffset("relation:N", scale=scale),
    )
    x = alt.X(
        "lower:Q",
        title="Chance that two people agree",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1]),
    )
    colours, shapes = ([INK, ACCENT, MUTED] * 2)[: len(series)], _SHAPES[: len(series)]
    marks = interval_and_point(
        base,
        x=x,
        colour=alt.Color("relation:N", sort=series, scale=alt.Scale(domain=series, range=colours)),
        shape=alt.Shape("relation:N", sort=series, scale=alt.Scale(domain=series, range=shapes)),
        tooltip=estimate_tooltip(("name", "participants from"), ("relation", "scenario set in")),
        rows=rows,
    )
    return make_figure(
        name="agreement-by-relation",
        title="How far people agree about their own country and others",
        caption=(
            "Chance that two people of a country who saw the same item chose alike, mean of both "
            "questions, by the distance of the scenario's country, with intervals. 50% is what coin "
            "flips would give."
        ),
        alt_text="Dot plot of agreement by participants' country and distance of the scenario.",
        rows=rows,
        chart=marks.properties(width=COLUMN_WIDTH, height=(12 * len(series) + 8) * len(order)),
    )
