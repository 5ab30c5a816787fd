"""Item by item: the people's rate beside the model's."""

from analysis.figures.chart import Chart, channel, end, inline, layer
from analysis.figures.figure import Figure, Rows, make_figure, short_label
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
    axis = dict(format=".0%", values=[0, 0.5, 1])
    unit = dict(domain=[-0.03, 1.03], nice=False)
    points = Chart().mark("circle", color=INK, opacity=0.3)
    encoded = points.encode(
        x=channel("human:Q", title="people choosing culture", scale=unit, axis=axis),
        y=channel("q:Q", title="model choosing culture", scale=unit, axis=axis),
        size=channel("people:Q", scale=dict(range=[8, 60]), legend=None),
        tooltip=[
            channel("item:N", title="item"),
            channel("frame:N", title="question"),
            channel("human:Q", title="people", format=".2f"),
            channel("people:Q", title="answers"),
            channel("q:Q", title="model", format=".2f"),
        ],
    )
    line = Chart.of([{"a": 0, "b": 1}]).mark("rule", color=MUTED, strokeDash=[3, 3])
    diagonal = line.encode(x=channel("a:Q"), y=channel("a:Q"), x2=end("b"), y2=end("b"))
    panel = layer(diagonal, encoded).having(width=_SIDE, height=_SIDE)
    by = {
        "row": channel(
            "model:N", sort=models, title=None, header=dict(labelExpr=short_label(_BESIDE))
        ),
        "column": channel("frame:N", sort=FRAME_ORDER, title=None),
    }
    chart = panel.panels(inline(rows), by, spacing=26)
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
