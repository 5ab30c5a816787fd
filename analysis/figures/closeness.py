"""How close each model is to the people: the first figure of an alignment report."""

from typing import Any

import altair as alt

from analysis.figures.figure import COLUMN_WIDTH, Figure, Rows, data, make_figure
from analysis.figures.marks import HAS_INTERVAL, estimate_tooltip
from analysis.figures.palette import ACCENT, INK, MUTED, PAPER

_X_TITLE = "Distance to people per item (0 = same rates)"


def closeness(rows: Rows, floor: Rows) -> Figure:
    """Models and references ordered by distance, closest first, with intervals.

    `rows` need name, kind (model|reference), value, lower, upper and counts; `floor` holds at most
    one row, the distance that a model knowing the people's true rates would show.
    """
    order = [row["name"] for row in rows]
    base = alt.Chart(data(rows)).encode(y=alt.Y("name:N", sort=order, title=None))
    ends = [row["upper"] if row["upper"] is not None else row["value"] for row in rows]
    # Room for the value that is written beside the longest interval, on a phone's narrow plot too.
    room = 1.5 * max([0.1, *ends])
    chart = _floor(floor) + _intervals(base, room) + _points(base) + _values(base)
    height = 24 * len(order)
    models = [row for row in rows if row["kind"] == "model"]
    return make_figure(
        name="closeness",
        title="How far each model is from the people",
        caption=(
            "Mean distance between a model's and the people's rate of choosing culture, item by "
            "item, with its interval; closest first. The line marks the best that any model could "
            "score against this many people, grey diamonds are references that know nothing about "
            "the item, or only other people's answers."
        ),
        alt_text=f"Dot plot of the distance to the people for {len(models)} models with intervals.",
        rows=[*rows, *floor],
        chart=chart.properties(width=COLUMN_WIDTH, height=height),
    )


def _colour() -> Any:
    scale = alt.Scale(domain=["model", "reference"], range=[INK, MUTED])
    return alt.Color("kind:N", scale=scale, legend=None)


def _intervals(base: Any, room: float) -> Any:
    scale = alt.Scale(domain=[0, room], nice=False)
    x = alt.X("lower:Q", title=_X_TITLE, scale=scale, axis=alt.Axis(tickCount=6))
    tooltip = estimate_tooltip(("name", "who"))
    return (
        base.transform_filter(HAS_INTERVAL)
        .mark_rule(strokeWidth=1.8, opacity=0.8)
        .encode(x=x, x2=alt.X2("upper:Q"), color=_colour(), tooltip=tooltip)
    )


def _points(base: Any) -> Any:
    scale = alt.Scale(domain=["model", "reference"], range=["circle", "diamond"])
    shape = alt.Shape("kind:N", scale=scale, legend=None)
    point = base.mark_point(filled=True, size=85, opacity=1, stroke=PAPER, strokeWidth=0.8)
    tooltip = estimate_tooltip(("name", "who"))
    return point.encode(x=alt.X("value:Q"), color=_colour(), shape=shape, tooltip=tooltip)


def _values(base: Any) -> Any:
    text = base.mark_text(align="left", dx=7, baseline="middle")
    return text.encode(x=alt.X("upper:Q"), text=alt.Text("value:Q", format=".3f"), color=_colour())


def _floor(floor: Rows) -> Any:
    base = alt.Chart(data(floor))
    top = alt.value(0)
    band = (
        base.transform_filter(HAS_INTERVAL)
        .mark_rect(color=ACCENT, opacity=0.14)
        .encode(x=alt.X("lower:Q"), x2=alt.X2("upper:Q"))
    )
    rule = base.mark_rule(color=ACCENT, strokeWidth=1.6).encode(
        x=alt.X("value:Q"), tooltip=estimate_tooltip(("name", "what"))
    )
    label = base.mark_text(
        color=ACCENT, align="left", dx=4, dy=-7, baseline="bottom", fontWeight=600
    )
    named = label.encode(x=alt.X("value:Q"), y=top, text=alt.TextValue("best possible"))
    return alt.layer(band, rule, named)
