"""How far annotators agree, question by question, and people beside a judge."""

from typing import Any, Final

import altair as alt

from analysis.figures.figure import COLUMN_WIDTH, Figure, Rows, data, make_figure
from analysis.figures.marks import estimate_tooltip, interval_and_point, zero_line
from analysis.figures.palette import ACCENT, INK, MUTED

SHAPES: Final = ["circle", "square", "triangle-up"]
COLOURS: Final = [ACCENT, INK, MUTED]


def agreement_intervals(rows: Rows) -> Figure:
    """Up to three coefficients per question with intervals; `rows` have name, series, value."""
    return _intervals(
        rows,
        name="agreement",
        title="Agreement between annotators",
        axis="Agreement",
        caption=(
            "Observed agreement and two coefficients that subtract what chance would give, per "
            "question and over all, with intervals; items are the clusters."
        ),
        alt_text="Dot plot of agreement coefficients per question with intervals.",
    )


def beside_judge(rows: Rows, judge: str, title: str) -> Figure:
    """One coefficient among people and of people with a judge, per question, on identical items."""
    return _intervals(
        rows,
        name="people-beside-judge",
        title=f"People beside {judge}",
        axis=title,
        caption=(
            f"{title} among people and of people with the judge, on the items that both have "
            "judged, with intervals."
        ),
        alt_text=f"Dot plot of {title} among people and with the judge per question.",
    )


def _intervals(
    rows: Rows, *, name: str, title: str, axis: str, caption: str, alt_text: str
) -> Figure:
    order = list(dict.fromkeys(row["name"] for row in rows))
    series = list(dict.fromkeys(row["series"] for row in rows))
    drawn = [row for row in rows if row["value"] is not None]
    low = -1 if any(row["value"] < 0 or (row["lower"] or 0) < 0 for row in drawn) else 0
    scale = alt.Scale(domain=[low, 1], nice=False)
    legend = alt.Legend(columns=1) if len(max(series, key=len)) > 24 else alt.Legend()
    base = alt.Chart(data(drawn)).encode(
        y=alt.Y("name:N", sort=order, scale=alt.Scale(domain=order), title=None),
        yOffset=alt.YOffset("series:N", scale=alt.Scale(domain=series, paddingOuter=0.4)),
    )
    marks: Any = interval_and_point(
        base,
        x=alt.X("lower:Q", title=axis, scale=scale, axis=alt.Axis(format=".2f", tickCount=5)),
        colour=alt.Color(
            "series:N",
            sort=series,
            scale=alt.Scale(domain=series, range=COLOURS[: len(series)]),
            legend=legend,
        ),
        shape=alt.Shape(
            "series:N", sort=series, scale=alt.Scale(domain=series, range=SHAPES[: len(series)]),
            legend=legend,
        ),
        tooltip=estimate_tooltip(("name", "question"), ("series", "of")), rows=rows,
    )  # fmt: skip
    chart = zero_line() + marks if low < 0 else marks
    height = 16 * len(series) * len(order) + 10 * len(order)
    return make_figure(
        name=name,
        title=title,
        caption=caption,
        alt_text=alt_text,
        rows=rows,
        chart=chart.properties(width=COLUMN_WIDTH, height=height),
    )
