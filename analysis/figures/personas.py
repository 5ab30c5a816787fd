"""Personas: how close a model comes to the people it was asked to speak for."""

from typing import Final

import altair as alt

from analysis.figures.figure import Figure, Rows, data, make_figure
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
    legend = alt.Legend(columns=2)
    base = alt.Chart().encode(
        y=alt.Y("country:N", sort=countries, title=None),
        yOffset=alt.YOffset("demo:N", scale=alt.Scale(domain=names, paddingOuter=0.6)),
        color=alt.Color(
            "demo:N", scale=alt.Scale(domain=names, range=_COLOURS), sort=names, legend=legend
        ),
        tooltip=estimate_tooltip(
            ("model", "model"), ("country", "persona's country"), ("demo", "persona")
        ),
    )
    x = alt.X("lower:Q", title="Distance per item", scale=alt.Scale(zero=True))
    rule = base.transform_filter(HAS_INTERVAL).mark_rule(strokeWidth=1.2, opacity=0.6)
    point = base.mark_point(filled=True, size=48, opacity=1, stroke=PAPER, strokeWidth=0.5)
    shape = alt.Shape(
        "demo:N", scale=alt.Scale(domain=names, range=_SHAPES), sort=names, legend=legend
    )
    panel = alt.layer(
        rule.encode(x=x, x2=alt.X2("upper:Q")), point.encode(x=alt.X("value:Q"), shape=shape)
    ).properties(width=220, height=alt.Step(9))
    chart = panel.facet(
        facet=alt.Facet("model:N", sort=models, title=None), columns=1, data=data(rows)
    )
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
