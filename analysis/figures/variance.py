"""How a model's variance splits over what was asked and how."""

from typing import Any

import altair as alt

from analysis.figures.figure import FONT, Figure, Rows, data, make_figure, shortened
from analysis.figures.marks import HAS_INTERVAL, estimate_tooltip
from analysis.figures.palette import ACCENT, INK, PAPER

KINDS = ["alone", "with interactions"]


def variance_parts(rows: Rows, setting: str) -> Figure:
    """One panel a model, one row a source, its share alone and with interactions.

    `rows` need model, name (the source), kind (of KINDS), value, lower, upper and counts.
    """
    models = list(dict.fromkeys(row["model"] for row in rows))
    sources = list(dict.fromkeys(row["name"] for row in rows))
    panels = [_panel(model, sources, last=model == models[-1]) for model in models]
    chart = alt.vconcat(*panels, data=data(rows), spacing=12)
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


def _panel(model: str, sources: list[str], *, last: bool) -> Any:
    """One model's sources; only those it has take up a row. The last panel has the axis' labels."""
    scale = alt.Scale(domain=KINDS, range=[INK, ACCENT])
    shapes = alt.Scale(domain=KINDS, range=["triangle-up", "diamond"])
    base = (
        alt.Chart()
        .transform_filter(alt.datum.model == model)
        .encode(
            y=alt.Y("name:N", sort=sources, title=None),
            yOffset=alt.YOffset("kind:N", scale=alt.Scale(domain=KINDS, paddingOuter=0.45)),
            color=alt.Color("kind:N", scale=scale, sort=KINDS),
            tooltip=estimate_tooltip(("model", "model"), ("name", "source"), ("kind", "share")),
        )
    )
    x = alt.X(
        "lower:Q",
        title="Share of the variance" if last else None,
        scale=alt.Scale(domain=[0, 1], clamp=True),
        axis=alt.Axis(format=".0%", tickCount=5, labels=last),
    )
    rule = base.transform_filter(HAS_INTERVAL).mark_rule(strokeWidth=1.4, opacity=0.75)
    point = base.mark_point(filled=True, size=60, opacity=1, stroke=PAPER, strokeWidth=0.6)
    shape = alt.Shape("kind:N", scale=shapes, sort=KINDS)
    title = alt.Title(shortened(model), font=FONT, fontSize=11, fontWeight=600, color=INK)
    return alt.layer(
        rule.encode(x=x, x2=alt.X2("upper:Q")), point.encode(x=alt.X("value:Q"), shape=shape)
    ).properties(title=title, width=200, height=alt.Step(9))
