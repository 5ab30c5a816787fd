"""Item by item: the people's rate beside the model's."""

import altair as alt

from analysis.figures.figure import Figure, Rows, data, make_figure, short_label
from analysis.figures.marks import FRAME_ORDER
from analysis.figures.palette import INK, MUTED

_SIDE = 128
_BESIDE = 22
"""Characters of a model's name, which stands upright beside its row of panels."""


def items(rows: Rows) -> Figure:
    """Small multiples, a row a model, a column a question: each point an item.

    `rows` need model, item, frame, human, people (how many answered) and q.
    """
    models = list(dict.fromkeys(row["model"] for row in rows))
    axis = alt.Axis(format=".0%", values=[0, 0.5, 1])
    unit = alt.Scale(domain=[-0.03, 1.03], nice=False)
    points = alt.Chart().mark_circle(color=INK, opacity=0.3)
    encoded = points.encode(
        x=alt.X("human:Q", title="people choosing culture", scale=unit, axis=axis),
        y=alt.Y("q:Q", title="model choosing culture", scale=unit, axis=axis),
        size=alt.Size("people:Q", scale=alt.Scale(range=[8, 60]), legend=None),
        tooltip=[
            alt.Tooltip("item:N", title="item"),
            alt.Tooltip("frame:N", title="question"),
            alt.Tooltip("human:Q", title="people", format=".2f"),
            alt.Tooltip("people:Q", title="answers"),
            alt.Tooltip("q:Q", title="model", format=".2f"),
        ],
    )
    line = alt.Chart(data([{"a": 0, "b": 1}])).mark_rule(color=MUTED, strokeDash=[3, 3])
    diagonal = line.encode(x=alt.X("a:Q"), y=alt.Y("a:Q"), x2=alt.X2("b:Q"), y2=alt.Y2("b:Q"))
    panel = alt.layer(diagonal, encoded).properties(width=_SIDE, height=_SIDE)
    chart = panel.facet(
        row=alt.Row(
            "model:N", sort=models, title=None, header=alt.Header(labelExpr=short_label(_BESIDE))
        ),
        column=alt.Column("frame:N", sort=FRAME_ORDER, title=None),
        data=data(rows),
        spacing=26,
    )
    return make_figure(
        name="items",
        title="Item by item: people across, model upwards",
        caption=(
            "Each circle is an item; larger ones were answered by more people. On "
            "the dashed line model and people choose culture equally often. With few people per "
            "item their rate takes few values, so circles stand in columns."
        ),
        alt_text=f"Scatter plots of model rate against human rate per item for {len(models)} models.",
        rows=rows,
        chart=chart,
        fluid=False,
    )
