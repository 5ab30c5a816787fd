"""Personas: how close a model comes to the people it was asked to speak for."""

from typing import Final

from analysis.figures.chart import Chart, channel, end, inline, layer, step
from analysis.figures.figure import Figure, Rows, make_figure
from analysis.figures.marks import HAS_INTERVAL, estimate_tooltip
from analysis.figures.palette import INK, MUTED, PAPER

DEMOS: Final = {
    "younger_female": "younger woman",
    "younger_male": "younger man",
    "older_female": "older woman",
    "older_male": "older man",
}
"""How figures and tables name a persona's age and gender."""

_SHAPES = ["triangle-up", "triangle-down", "diamond", "cross"]
_COLOURS = [MUTED, MUTED, INK, INK]


def personas(rows: Rows) -> Figure:
    """Distance to the matching people for every persona, one panel a model, one row a country.

    `rows` need model, country, demo (a title of DEMOS), value, lower, upper and counts.
    """
    models = list(dict.fromkeys(row["model"] for row in rows))
    countries = sorted({row["country"] for row in rows})
    names = list(DEMOS.values())
    legend = dict(columns=2)
    base = Chart().encode(
        y=channel("country:N", sort=countries, title=None),
        yOffset=channel("demo:N", scale=dict(domain=names, paddingOuter=0.6)),
        color=channel(
            "demo:N", scale=dict(domain=names, range=_COLOURS), sort=names, legend=legend
        ),
        tooltip=estimate_tooltip(
            ("model", "model"), ("country", "persona's country"), ("demo", "persona")
        ),
    )
    x = channel("lower:Q", title="Distance per item", scale=dict(zero=True))
    rule = base.filter(HAS_INTERVAL).mark("rule", strokeWidth=1.2, opacity=0.6)
    point = base.mark("point", filled=True, size=48, opacity=1, stroke=PAPER, strokeWidth=0.5)
    shape = channel("demo:N", scale=dict(domain=names, range=_SHAPES), sort=names, legend=legend)
    panel = layer(
        rule.encode(x=x, x2=end("upper")), point.encode(x=channel("value:Q"), shape=shape)
    ).having(width=220, height=step(9))
    chart = panel.panels(inline(rows), channel("model:N", sort=models, title=None), columns=1)
    return make_figure(
        name="personas",
        title="How close each persona comes to the people it stands for",
        caption=(
            "Distance per item between a persona's answers and the people of the same country, "
            "age group and gender, with intervals. Few people stand behind each row."
        ),
        alt_text=f"Dot plots of the distance per persona for {len(models)} models.",
        rows=rows,
        chart=chart,
        fluid=False,
    )
