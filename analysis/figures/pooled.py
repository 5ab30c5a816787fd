"""Rates as counted and pooled, side by side."""

from typing import Final

import altair as alt

from analysis.figures.figure import COLUMN_WIDTH, Figure, Rows, data, make_figure
from analysis.figures.marks import FRAME_ORDER, estimate_tooltip, interval_and_point
from analysis.figures.palette import ACCENT, INK, MUTED

KINDS: Final = ("as counted", "pooled")
_SIDE = 170


def pooled_groups(rows: Rows) -> Figure:
    """Both rates of every persona group, one panel a question; `rows` keep their order.

    They need name, kind (of `KINDS`), frame, and an estimate's fields.
    """
    order = list(dict.fromkeys(row["name"] for row in rows))
    kinds = list(KINDS)
    colour = alt.Color("kind:N", sort=kinds, scale=alt.Scale(domain=kinds, range=[MUTED, ACCENT]))
    shape = alt.Shape(
        "kind:N", sort=kinds, scale=alt.Scale(domain=kinds, range=["circle", "diamond"])
    )
    base = alt.Chart().encode(
        y=alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=220)),
        yOffset=alt.YOffset("kind:N", scale=alt.Scale(domain=kinds, paddingOuter=0.4)),
    )
    x = alt.X(
        "lower:Q",
        title="Share that follows culture",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(format=".0%", values=[0, 0.5, 1]),
    )
    marks = interval_and_point(
        base,
        x=x,
        colour=colour,
        shape=shape,
        tooltip=estimate_tooltip(("name", "people"), ("kind", "rate"), ("frame", "question")),
        rows=rows,
    )
    panel = marks.properties(width=COLUMN_WIDTH // 2 + 10, height=26 * len(order))
    chart = panel.facet(
        column=alt.Column("frame:N", sort=FRAME_ORDER, title=None), data=data(rows), spacing=34
    )
    return make_figure(
        name="pooled-groups",
        title="Groups of a persona's country, age and gender: as counted, and pooled",
        caption=(
            "Culture rate of the people each persona stands for, with intervals. Pooled rates lie "
            "closer together: what small groups seem to differ in is mostly chance."
        ),
        alt_text="Dot plot of counted and pooled culture rates of people by country, age and gender.",
        rows=rows,
        chart=chart,
        fluid=False,
    )


def pooled_cells(rows: Rows) -> Figure:
    """Every country x item cell: counted rate across, pooled rate upwards, a panel a question.

    `rows` need country, item, frame, people, counted and pooled.
    """
    unit = alt.Scale(domain=[-0.03, 1.03], nice=False)
    axis = alt.Axis(format=".0%", values=[0, 0.5, 1])
    points = alt.Chart().mark_circle(color=INK, opacity=0.22)
    encoded = points.encode(
        x=alt.X("counted:Q", title="rate as counted", scale=unit, axis=axis),
        y=alt.Y("pooled:Q", title="pooled rate", scale=unit, axis=axis),
        size=alt.Size("people:Q", scale=alt.Scale(range=[8, 60]), legend=None),
        tooltip=[
            alt.Tooltip("country:N", title="people from"),
            alt.Tooltip("item:N", title="item"),
            alt.Tooltip("people:Q", title="people"),
            alt.Tooltip("counted:Q", title="as counted", format=".2f"),
            alt.Tooltip("pooled:Q", title="pooled", format=".2f"),
        ],
    )
    line = alt.Chart(data([{"a": 0, "b": 1}])).mark_rule(color=MUTED, strokeDash=[3, 3])
    diagonal = line.encode(x=alt.X("a:Q"), y=alt.Y("a:Q"), x2=alt.X2("b:Q"), y2=alt.Y2("b:Q"))
    panel = alt.layer(diagonal, encoded).properties(width=_SIDE, height=_SIDE)
    chart = panel.facet(
        column=alt.Column("frame:N", sort=FRAME_ORDER, title=None), data=data(rows), spacing=26
    )
    return make_figure(
        name="pooled-cells",
        title="One country's people on one item: as counted across, pooled upwards",
        caption=(
            "Each circle is a cell; larger ones hold more people. On the dashed line both rates are "
            "equal. Few people can only give few rates, so circles stand in columns; pooling spreads "
            "each column out by what is known of the items."
        ),
        alt_text="Scatter plots of the pooled against the counted culture rate per country and item.",
        rows=rows,
        chart=chart,
        fluid=False,
    )
