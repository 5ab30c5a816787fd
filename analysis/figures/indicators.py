"""Countries' rates beside figures about the countries."""

from analysis.figures.chart import Chart, channel, end
from analysis.figures.figure import COLUMN_WIDTH, Figure, Rows, make_figure
from analysis.figures.marks import HAS_INTERVAL
from analysis.figures.palette import ACCENT, INK

FEWEST_UNNAMED = 13
"""From so many countries on names would cover the points: they stand in the table and on hover."""


def indicator_points(name: str, indicator: str, rate: str, rows: Rows) -> Figure:
    """One point a country: the indicator across, the rate upwards with its interval.

    `rows` need country, indicator, value, lower and upper; `rate` names what goes upwards.
    """
    axis = dict(format=".0%")
    y = channel(
        "lower:Q",
        title=rate.split(",")[0].split(" of ")[0].split(" in ")[0],
        scale=dict(zero=False),
        axis=axis,
    )
    x = channel("indicator:Q", title=indicator, scale=dict(zero=False, padding=12))
    tooltip = [
        channel("country:N", title="country"),
        channel("indicator:Q", title=indicator),
        channel("value:Q", title="rate", format=".3f"),
        channel("lower:Q", title="interval from", format=".3f"),
        channel("upper:Q", title="to", format=".3f"),
    ]
    base = Chart.of(rows).encode(x=x, tooltip=tooltip)
    rule = (
        base.filter(HAS_INTERVAL)
        .mark("rule", color=ACCENT, strokeWidth=1.4, opacity=0.6)
        .encode(y=y, y2=end("upper"))
    )
    point = base.mark("point", filled=True, size=64, opacity=1, color=ACCENT).encode(
        y=channel("value:Q")
    )
    chart = rule + point
    if len(rows) < FEWEST_UNNAMED:
        chart += base.mark("text", align="left", dx=7, dy=-6, color=INK).encode(
            y=channel("value:Q"), text=channel("country:N")
        )
    return make_figure(
        name=name,
        title=f"{rate}, by {indicator}",
        caption=f"Each point is a country: {indicator} across, {rate[:1].lower()}{rate[1:]} upwards, with intervals.",
        alt_text=f"Scatter plot of {len(rows)} countries: {indicator} against {rate.lower()}.",
        rows=rows,
        chart=chart.having(width=COLUMN_WIDTH + 60, height=220),
    )
