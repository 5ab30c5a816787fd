"""What models do with the benchmark: allow rates by role, and what moves them."""

from typing import Any

import altair as alt

from analysis.figures.figure import COLUMN_WIDTH, Figure, Rows, data, make_figure
from analysis.figures.marks import estimate_tooltip, interval_and_point, zero_line
from analysis.figures.palette import ACCENT, INK, MUTED

SERIES_COLOURS = [INK, ACCENT, MUTED, "#7a4f9a"]
SERIES_SHAPES = ["triangle-up", "diamond", "circle", "square"]


def rates_by(rows: Rows, *, name: str, title: str, what: str, series: list[str]) -> Figure:
    """Allow rates, one row a `name`, one mark a `series`, with intervals; rows keep their order."""
    order = list(dict.fromkeys(row["name"] for row in rows))
    scale = alt.Scale(domain=series, paddingOuter=0.45)
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("name:N", sort=order, title=None), yOffset=alt.YOffset("series:N", scale=scale)
    )
    x = alt.X(
        "lower:Q",
        title="Share of decisions that allow the preference",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1]),
    )
    chart = interval_and_point(
        base, x=x, colour=_colour(series), shape=_shape(series),
        tooltip=estimate_tooltip(("name", "who"), ("series", what)),
    )  # fmt: skip
    return make_figure(
        name=name,
        title=title,
        caption=f"Allow rate with its interval (scenarios as clusters), by {what}.",
        alt_text=f"Dot plot of allow rates of {len(order)} rows by {what}, with intervals.",
        rows=rows,
        chart=chart.properties(width=COLUMN_WIDTH, height=18 * len(order) * max(len(series), 1)),
    )


def differences(rows: Rows, *, name: str, title: str, caption: str, series: list[str]) -> Figure:
    """Differences in percentage points around zero, one row a contrast, one mark a model."""
    order = list(dict.fromkeys(row["name"] for row in rows))
    scale = alt.Scale(domain=series, paddingOuter=0.45)
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("name:N", sort=order, title=None), yOffset=alt.YOffset("series:N", scale=scale)
    )
    x = alt.X("lower:Q", title="Percentage points", axis=alt.Axis(format="+.1f", tickCount=5))
    marks = interval_and_point(
        base, x=x, colour=_colour(series), shape=_shape(series),
        tooltip=estimate_tooltip(("name", "contrast"), ("series", "model")),
    )  # fmt: skip
    height = 16 * len(order) * max(len(series), 2)
    return make_figure(
        name=name,
        title=title,
        caption=caption,
        alt_text=f"Dot plot of {len(order)} differences for {len(series)} models around zero.",
        rows=rows,
        chart=(zero_line() + marks).properties(width=COLUMN_WIDTH, height=height),
    )


def _colour(series: list[str]) -> Any:
    colours = [SERIES_COLOURS[i % len(SERIES_COLOURS)] for i in range(len(series))]
    scale = alt.Scale(domain=series, range=colours)
    return alt.Color("series:N", scale=scale, sort=series, legend=_legend(series))


def _shape(series: list[str]) -> Any:
    shapes = [SERIES_SHAPES[i % len(SERIES_SHAPES)] for i in range(len(series))]
    scale = alt.Scale(domain=series, range=shapes)
    return alt.Shape("series:N", scale=scale, sort=series, legend=_legend(series))


def _legend(series: list[str]) -> alt.Legend:
    return alt.Legend(columns=min(len(series), 3))
