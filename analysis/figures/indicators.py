"""Countries' rates beside figures about the countries."""

import altair as alt

from analysis.figures.figure import COLUMN_WIDTH, Figure, Rows, data, make_figure
from analysis.figures.marks import HAS_INTERVAL
from analysis.figures.palette import ACCENT, INK

FEWEST_UNNAMED = 13
"""From so many countries on names would cover the points: they stand in the table and on hover."""


def indicator_points(name: str, indicator: str, rate: str, rows: Rows) -> Figure:
    """One point a country: the indicator across, the rate upwards with its interval.

    `rows` need country, indicator, value, lower and upper; `rate` names what goes upwards.
    """
    axis = alt.Axis(format=".0%")
    y = alt.Y(
        "lower:Q",
        title=rate.split(",")[0].split(" of ")[0].split(" in ")[0],
        scale=alt.Scale(zero=False),
        axis=axis,
    )
    x = alt.X("indicator:Q", title=indicator, scale=alt.Scale(zero=False, padding=12))
    tooltip = [
        alt.Tooltip("country:N", title="country"),
        alt.Tooltip("indicator:Q", title=indicator),
        alt.Tooltip("value:Q", title="rate", format=".3f"),
        alt.Tooltip("lower:Q", title="interval from", format=".3f"),
        alt.Tooltip("upper:Q", title="to", format=".3f"),
    ]
    base = alt.Chart(data(rows)).encode(x=x, tooltip=tooltip)
    rule = (
        base.transform_filter(HAS_INTERVAL)
        .mark_rule(color=ACCENT, strokeWidth=1.4, opacity=0.6)
        .encode(y=y, y2=alt.Y2("upper:Q"))
    )
    point = base.mark_point(filled=True, size=64, opacity=1, color=ACCENT).encode(
        y=alt.Y("value:Q")
    )
    chart = rule + point
    if len(rows) < FEWEST_UNNAMED:
        chart += base.mark_text(align="left", dx=7, dy=-6, color=INK).encode(
            y=alt.Y("value:Q"), text=alt.Text("country:N")
        )
    return make_figure(
        name=name,
        title=f"{rate}, by {indicator}",
        caption=f"Each point is a country: {indicator} across, {rate[:1].lower()}{rate[1:]} upwards, with intervals.",
        alt_text=f"Scatter plot of {len(rows)} countries: {indicator} against {rate.lower()}.",
        rows=rows,
        chart=chart.properties(width=COLUMN_WIDTH + 60, height=220),
    )
