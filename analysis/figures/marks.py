"""Marks that several figures share: a value with its interval, zero lines, the two questions."""

from collections.abc import Mapping
from typing import Any, Final

import altair as alt

from analysis.figures.figure import Rows, data
from analysis.figures.palette import ACCENT, INK, MUTED, PAPER

FRAME_TITLES: Final = {"personal": "what I would do", "norm": "what is appropriate"}
"""How figures name the two questions."""

HAS_INTERVAL: Final = "isValid(datum.lower) && isValid(datum.upper)"
"""Filter for rules: an interval that does not exist must not be drawn from zero."""


def has_interval(row: Mapping[str, Any]) -> bool:
    """The same of a row."""
    return row["lower"] is not None and row["upper"] is not None


FRAME_ORDER: Final = list(FRAME_TITLES.values())


def frame_colour(offset: int = 6) -> alt.Color:
    """The two questions, told apart by colour and, with `frame_shape`, by shape; `offset` in px."""
    scale = alt.Scale(domain=FRAME_ORDER, range=[INK, ACCENT])
    return alt.Color("frame:N", scale=scale, sort=FRAME_ORDER, legend=alt.Legend(offset=offset))


def frame_shape(offset: int = 6) -> alt.Shape:
    """Triangle and diamond: square and circle belong to culture and preference."""
    scale = alt.Scale(domain=FRAME_ORDER, range=["triangle-up", "diamond"])
    return alt.Shape("frame:N", scale=scale, sort=FRAME_ORDER, legend=alt.Legend(offset=offset))


def frame_offset() -> alt.YOffset:
    """The two questions one above the other within a row."""
    return alt.YOffset("frame:N", scale=alt.Scale(domain=FRAME_ORDER, paddingOuter=0.45))


def estimate_tooltip(*names: tuple[str, str]) -> list[alt.Tooltip]:
    """The named fields, then value, interval and counts: what every number shows on hover."""
    shown = [alt.Tooltip(f"{field}:N", title=title) for field, title in names]
    numbers = [("value", "value"), ("lower", "interval from"), ("upper", "to")]
    counts = [("n_items", "items"), ("n_humans", "people"), ("n_answers", "answers")]
    shown += [alt.Tooltip(f"{field}:Q", title=title, format=".3f") for field, title in numbers]
    return shown + [alt.Tooltip(f"{field}:Q", title=title) for field, title in counts]


def interval_and_point(
    base: Any,
    *,
    x: alt.X,
    colour: Any,
    shape: Any = None,
    tooltip: list[alt.Tooltip],
    rows: Rows | None = None,
) -> Any:
    """A thin rule from lower to upper and a point at the value.

    With `rows`, of which none has an interval, there are points alone: an axis cannot be made of
    no numbers.
    """
    bare = rows is not None and not any(has_interval(row) for row in rows)
    rule = (
        base.transform_filter(HAS_INTERVAL)
        .mark_rule(strokeWidth=1.6, opacity=0.75)
        .encode(x=x, x2=alt.X2("upper:Q"), color=colour, tooltip=tooltip)
    )
    point_x = x.copy() if bare else alt.X("value:Q")
    if bare:
        point_x.shorthand = "value:Q"
    encoding = {"x": point_x, "color": colour, "tooltip": tooltip}
    if shape is not None:
        encoding["shape"] = shape
    point = base.mark_point(filled=True, size=72, opacity=1, stroke=PAPER, strokeWidth=0.8)
    points = point.encode(**encoding)
    return points if bare else alt.layer(rule, points)


def zero_line() -> Any:
    """Where the sign changes."""
    return alt.Chart(data([{"zero": 0}])).mark_rule(color=MUTED).encode(x=alt.X("zero:Q"))
