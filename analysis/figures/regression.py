"""Adjusted rates: how often culture is chosen at each level, everything else being as it is."""

import altair as alt

from analysis.figures.figure import COLUMN_WIDTH, Figure, Rows, data, make_figure
from analysis.figures.marks import (
    estimate_tooltip,
    frame_colour,
    frame_offset,
    frame_shape,
    interval_and_point,
)


def adjusted_rates(rows: Rows, who: str) -> Figure:
    """One row a level, one mark a question, with intervals; rows keep their order.

    `rows` need name (the level), kind (its factor), frame, value, lower, upper and counts.
    """
    order = list(dict.fromkeys(row["name"] for row in rows))
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=230)),
        yOffset=frame_offset(),
    )
    marks = interval_and_point(
        base,
        x=alt.X(
            "lower:Q",
            title="Adjusted rate of choosing culture",
            scale=alt.Scale(zero=False, nice=True),
            axis=alt.Axis(format=".0%", tickCount=5),
        ),
        colour=frame_colour(),
        shape=frame_shape(),
        tooltip=estimate_tooltip(("name", "level"), ("kind", "factor"), ("frame", "question")),
        rows=rows,
    )
    return make_figure(
        name=f"adjusted-rates-{who}",
        title=f"Choices of {who}, all else being equal",
        caption=(
            "Mean fitted rate of choosing culture when every answer is given this level and keeps "
            "everything else, with intervals that know of clusters. Levels of one factor whose marks "
            "stand in line have nothing to do with the choice."
        ),
        alt_text=f"Dot plot of adjusted culture rates of {who} at {len(order)} levels, with intervals.",
        rows=rows,
        chart=marks.properties(width=COLUMN_WIDTH, height=28 * len(order)),
    )
