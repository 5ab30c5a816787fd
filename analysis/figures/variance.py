"""How a model's variance splits over what was asked and how."""

import altair as alt

from analysis.figures.figure import Figure, Rows, data, make_figure
from analysis.figures.marks import HAS_INTERVAL, estimate_tooltip
from analysis.figures.palette import ACCENT, INK, PAPER

KINDS = ["alone", "with interactions"]


def variance_parts(rows: Rows, setting: str) -> Figure:
    """One panel a model, one row a source, its share alone and with interactions.

    `rows` need model, name (the source), kind (of KINDS), value, lower, upper and counts.
    """
    models = list(dict.fromkeys(row["model"] for row in rows))
    sources = list(dict.fromkeys(row["name"] for row in rows))
    scale = alt.Scale(domain=KINDS, range=[INK, ACCENT])
    base = alt.Chart().encode(
        y=alt.Y("name:N", sort=sources, title=None),
        yOffset=alt.YOffset("kind:N", scale=alt.Scale(domain=KINDS, paddingOuter=0.45)),
        color=alt.Color("kind:N", scale=scale, sort=KINDS),
        tooltip=estimate_tooltip(("model", "model"), ("name", "source"), ("kind", "share")),
    )
    x = alt.X(
        "lower:Q",
        title="Share of the variance",
        scale=alt.Scale(domain=[0, 1], clamp=True),
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    rule = base.transform_filter(HAS_INTERVAL).mark_rule(strokeWidth=1.4, opacity=0.75)
    shape = alt.Shape(
        "kind:N", scale=alt.Scale(domain=KINDS, range=["triangle-up", "diamond"]), sort=KINDS
    )
    point = base.mark_point(filled=True, size=60, opacity=1, stroke=PAPER, strokeWidth=0.6)
    panel = alt.layer(
        rule.encode(x=x, x2="upper:Q"), point.encode(x="value:Q", shape=shape)
    ).properties(width=200, height=alt.Step(9))
    chart = panel.facet(
        facet=alt.Facet("model:N", sort=models, title=None), columns=1, data=data(rows)
    ).resolve_scale(y="independent")
    asked = "with personas" if setting == "persona" else "without personas"
    return make_figure(
        name=f"variance-{setting.replace('_', '-')}",
        title=f"What makes answers vary, {asked}",
        caption=(
            "Share of the variance of a model's answers that each source makes: by its levels' means "
            "alone, and with all interactions it takes part in. Intervals take scenarios as clusters."
        ),
        alt_text=f"Dot plots of shares of variance by {len(sources)} sources for {len(models)} models.",
        rows=rows,
        chart=chart,
        fluid=False,
    )
