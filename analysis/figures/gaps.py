"""Which way models lean, compared with people."""

from typing import Any, Literal

import altair as alt

from analysis.figures.figure import COLUMN_WIDTH, Figure, Rows, data, make_figure
from analysis.figures.marks import (
    estimate_tooltip,
    frame_colour,
    frame_offset,
    frame_shape,
    interval_and_point,
    zero_line,
)
from analysis.figures.palette import CULTURE, PREFERENCE


def signed_gaps(rows: Rows) -> Figure:
    """Signed culture gap per model and question, zero in the middle."""
    order = list(dict.fromkeys(row["name"] for row in rows))
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("name:N", sort=order, title=None), yOffset=frame_offset()
    )
    x = alt.X(
        "lower:Q",
        title="Model's culture rate less the people's",
        scale=alt.Scale(domain=_domain(rows)),
        axis=alt.Axis(format="+.2f", tickCount=5),
    )
    marks = interval_and_point(
        base,
        x=x,
        colour=frame_colour(offset=26),
        shape=frame_shape(offset=26),
        tooltip=estimate_tooltip(("name", "model"), ("frame", "question")),
        rows=rows,
    )
    chart = alt.layer(zero_line(), marks, _sides())
    return make_figure(
        name="signed-culture-gaps",
        title="Which way each model leans",
        caption=(
            "Mean over items of the model's rate of choosing culture less the people's, with "
            "intervals. Right of zero the model chooses culture more often than people do, left "
            "of zero preference."
        ),
        alt_text="Dot plot of the signed culture gap per model and question around a zero line.",
        rows=rows,
        chart=chart.properties(width=COLUMN_WIDTH, height=36 * len(order)),
    )


def _domain(rows: Rows) -> list[float]:
    """All intervals, and right of zero as much as left of it: the words there are not cut off.

    Those on the left may reach over the names.
    """
    ends = [row[end] for row in rows for end in ("lower", "value", "upper") if row[end] is not None]
    low, high = min([-0.05, *ends]), max([0.05, *ends])
    return [low, max(high, -1.1 * low)]


def _sides() -> Any:
    """Words at both ends: the colours of culture and preference, and their names."""
    return alt.layer(
        _side("left", 8, CULTURE, "more culture →"),
        _side("right", -8, PREFERENCE, "← more preference"),
    )


def _side(align: Literal["left", "right"], dx: int, colour: str, text: str) -> Any:
    mark = alt.Chart(data([{"at": 0}])).mark_text(
        align=align, dx=dx, dy=-6, color=colour, baseline="bottom", fontWeight=600
    )
    return mark.encode(x=alt.X("at:Q"), y=alt.value(0), text=alt.TextValue(text))
