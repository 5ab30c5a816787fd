"""Figures in the forms of the PACT paper: one value a model and question, with and without personas."""

import altair as alt

from analysis.figures.figure import COLUMN_WIDTH, Figure, Rows, data, make_figure
from analysis.figures.marks import (
    estimate_tooltip,
    frame_colour,
    frame_offset,
    frame_shape,
    interval_and_point,
)
from analysis.figures.palette import ACCENT, INK

_SETTINGS = ["No persona", "Personas"]


def by_question(rows: Rows, *, name: str, title: str, axis: str) -> Figure:
    """One measure, a row a model, a mark a question; `rows` keep their order."""
    order = list(dict.fromkeys(row["name"] for row in rows))
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("name:N", sort=order, title=None), yOffset=frame_offset()
    )
    x = alt.X("lower:Q", title=axis, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5))
    marks = interval_and_point(
        base, x=x, colour=frame_colour(), shape=frame_shape(),
        tooltip=estimate_tooltip(("name", "model"), ("frame", "question")), rows=rows,
    )  # fmt: skip
    return make_figure(
        name=name,
        title=title,
        caption=f"{axis} of each model for both questions, with intervals.",
        alt_text=f"Dot plot of {axis.lower()} for {len(order)} models and both questions.",
        rows=rows,
        chart=marks.properties(width=COLUMN_WIDTH, height=34 * len(order)),
    )


def persona_effect(rows: Rows) -> Figure:
    """The distance between overall rates without and with personas, a row a model."""
    order = list(dict.fromkeys(row["name"] for row in rows))
    scale = alt.Scale(domain=_SETTINGS, paddingOuter=0.45)
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("name:N", sort=order, title=None), yOffset=alt.YOffset("setting:N", scale=scale)
    )
    x = alt.X(
        "lower:Q",
        title="Rate gap (0 = same as people)",
        scale=alt.Scale(zero=True),
        axis=alt.Axis(tickCount=5),
    )
    marks = interval_and_point(
        base,
        x=x,
        colour=alt.Color(
            "setting:N", sort=_SETTINGS, scale=alt.Scale(domain=_SETTINGS, range=[INK, ACCENT])
        ),
        shape=alt.Shape(
            "setting:N",
            sort=_SETTINGS,
            scale=alt.Scale(domain=_SETTINGS, range=["triangle-up", "diamond"]),
        ),
        tooltip=estimate_tooltip(("name", "model"), ("setting", "asked")),
        rows=rows,
    )
    return make_figure(
        name="persona-effect",
        title="Without and with personas",
        caption=(
            "Distance between the model's and the people's overall rates, both questions averaged, "
            "with intervals: everybody without a persona, each persona against its own people."
        ),
        alt_text=f"Dot plot of the rate gap of {len(order)} models without and with personas.",
        rows=rows,
        chart=marks.properties(width=COLUMN_WIDTH, height=34 * len(order)),
    )
