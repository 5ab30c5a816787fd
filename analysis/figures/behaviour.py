"""What models do with the benchmark: allow rates by role, and what moves them."""

from typing import Any

import altair as alt

from analysis.figures.figure import COLUMN_WIDTH, Figure, Rows, data, make_figure
from analysis.figures.marks import estimate_tooltip, interval_and_point, zero_line
from analysis.figures.palette import ACCENT, INK, MUTED, RULE

SERIES_COLOURS = [INK, ACCENT, MUTED, "#7a4f9a"]
SERIES_SHAPES = ["triangle-up", "diamond", "circle", "square"]


def rates_by(
    rows: Rows, *, name: str, title: str, what: str, series: list[str], joined: bool = False
) -> Figure:
    """Allow rates, one row a `name`, one mark a `series`, with intervals; rows keep their order.

    `joined` draws a line between the marks of a row, so that the change is seen first.
    """
    order = list(dict.fromkeys(row["name"] for row in rows))
    scale = alt.Scale(domain=series, paddingOuter=0.45)
    base = alt.Chart(data(rows)).encode(y=alt.Y("name:N", sort=order, title=None))
    apart = base.encode(yOffset=alt.YOffset("series:N", scale=scale))
    x = alt.X(
        "lower:Q",
        title="Share of decisions that allow the preference",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1]),
    )
    marks = interval_and_point(
        apart, x=x, colour=_colour(series), shape=_shape(series),
        tooltip=estimate_tooltip(("name", "who"), ("series", what)), rows=rows,
    )  # fmt: skip
    chart = _joining(rows, order) + marks if joined else marks
    height = len(order) * (12 * max(len(series), 1) + 8)
    of = f" Shown: {series[0]}." if len(series) == 1 else ""
    return make_figure(
        name=name,
        title=title,
        caption=f"Allow rate with its interval (scenarios as clusters), by {what}.{of}",
        alt_text=f"Dot plot of allow rates of {len(order)} rows by {what}, with intervals.",
        rows=rows,
        chart=chart.properties(width=COLUMN_WIDTH, height=height),
    )


def _joining(rows: Rows, order: list[str]) -> Any:
    """A pale line over the range of each row's values."""
    ends = [
        {"name": name, "from": min(values), "to": max(values)}
        for name in order
        if len(values := [row["value"] for row in rows if row["name"] == name]) > 1
    ]
    rule = alt.Chart(data(ends)).mark_rule(color=RULE, strokeWidth=7)
    return rule.encode(y=alt.Y("name:N", sort=order), x=alt.X("from:Q"), x2=alt.X2("to:Q"))


def differences(rows: Rows, *, name: str, title: str, caption: str) -> Figure:
    """Differences in percentage points around zero: a panel a `contrast`, a row a `name` (model).

    Every row carries its own name, so that any number of models can be told apart.
    """
    models = list(dict.fromkeys(row["name"] for row in rows))
    contrasts = list(dict.fromkeys(row["contrast"] for row in rows))
    down, across = ("name", "contrast") if len(models) > 1 else ("contrast", "name")
    order = models if len(models) > 1 else contrasts
    x = alt.X("lower:Q", title="Percentage points", axis=alt.Axis(format="+.1f", tickCount=5))
    base = alt.Chart().encode(y=alt.Y(f"{down}:N", sort=order, title=None))
    marks = interval_and_point(
        base, x=x, colour=alt.ColorValue(INK),
        tooltip=estimate_tooltip(("contrast", "contrast"), ("name", "model")), rows=rows,
    )  # fmt: skip
    panel = alt.layer(zero_line(), marks).properties(width=COLUMN_WIDTH, height=alt.Step(17))
    facet = alt.Facet(f"{across}:N", sort=contrasts, title=None)
    chart = panel.facet(facet=facet, columns=1, data=data(rows), spacing=12)
    return make_figure(
        name=name,
        title=title,
        caption=caption,
        alt_text=f"Dot plot of {len(contrasts)} differences for {len(models)} models around zero.",
        rows=rows,
        chart=chart,
        fluid=False,
    )


def _colour(series: list[str]) -> Any:
    colours = [SERIES_COLOURS[i % len(SERIES_COLOURS)] for i in range(len(series))]
    scale = alt.Scale(domain=series, range=colours)
    return alt.Color("series:N", scale=scale, sort=series, legend=_legend(series))


def _shape(series: list[str]) -> Any:
    shapes = [SERIES_SHAPES[i % len(SERIES_SHAPES)] for i in range(len(series))]
    scale = alt.Scale(domain=series, range=shapes)
    return alt.Shape("series:N", scale=scale, sort=series, legend=_legend(series))


def _legend(series: list[str]) -> alt.Legend | None:
    """Two beside each other: of three the last would be cut off on a phone."""
    return alt.Legend(columns=2) if len(series) > 1 else None
