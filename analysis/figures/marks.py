"""Marks that several figures share: a value with its interval, zero lines, the two questions."""

from collections.abc import Mapping
from typing import Any, Final

from analysis.figures.chart import Chart, Spec, channel, end
from analysis.figures.figure import Rows
from analysis.figures.palette import ACCENT, INK, MUTED, PAPER

FRAME_TITLES: Final = {"personal": "what I would do", "norm": "what is appropriate"}
"""How figures name the two questions."""

HAS_INTERVAL: Final = "isValid(datum.lower) && isValid(datum.upper)"
"""Filter for rules: an interval that does not exist must not be drawn from zero."""


def has_interval(row: Mapping[str, Any]) -> bool:
    """The same of a row."""
    return row["lower"] is not None and row["upper"] is not None


FRAME_ORDER: Final = list(FRAME_TITLES.values())


def frame_colour(offset: int = 6) -> Spec:
    """The two questions, told apart by colour and, with `frame_shape`, by shape; `offset` in px."""
    scale = dict(domain=FRAME_ORDER, range=[INK, ACCENT])
    return channel("frame:N", scale=scale, sort=FRAME_ORDER, legend=dict(offset=offset))


def frame_shape(offset: int = 6) -> Spec:
    """Triangle and diamond: square and circle belong to culture and preference."""
    scale = dict(domain=FRAME_ORDER, range=["triangle-up", "diamond"])
    return channel("frame:N", scale=scale, sort=FRAME_ORDER, legend=dict(offset=offset))


def frame_offset() -> Spec:
    """The two questions one above the other within a row."""
    return channel("frame:N", scale=dict(domain=FRAME_ORDER, paddingOuter=0.45))


def estimate_tooltip(*names: tuple[str, str]) -> list[Spec]:
    """The named fields, then value, interval and counts: what every number shows on hover."""
    shown = [channel(f"{field}:N", title=title) for field, title in names]
    numbers = [("value", "value"), ("lower", "interval from"), ("upper", "to")]
    counts = [("n_items", "items"), ("n_humans", "people"), ("n_answers", "answers")]
    shown += [channel(f"{field}:Q", title=title, format=".3f") for field, title in numbers]
    return shown + [channel(f"{field}:Q", title=title) for field, title in counts]


def interval_and_point(
    base: Chart,
    *,
    x: Spec,
    colour: Spec,
    shape: Spec | None = None,
    tooltip: list[Spec],
    rows: Rows | None = None,
) -> Chart:
    """A thin rule from lower to upper and a point at the value.

    With `rows`, of which none has an interval, there are points alone: an axis cannot be made of
    no numbers.
    """
    bare = rows is not None and not any(has_interval(row) for row in rows)
    rule = (
        base.filter(HAS_INTERVAL)
        .mark("rule", strokeWidth=1.6, opacity=0.75)
        .encode(x=x, x2=end("upper"), color=colour, tooltip=tooltip)
    )
    point_x = {**x, "field": "value"} if bare else channel("value:Q")
    encoding = {"x": point_x, "color": colour, "tooltip": tooltip}
    if shape is not None:
        encoding["shape"] = shape
    point = base.mark("point", filled=True, size=72, opacity=1, stroke=PAPER, strokeWidth=0.8)
    points = point.encode(**encoding)
    return points if bare else rule + points


def zero_line() -> Chart:
    """Where the sign changes."""
    return Chart.of([{"zero": 0}]).mark("rule", color=MUTED).encode(x=channel("zero:Q"))
