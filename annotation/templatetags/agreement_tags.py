"""Numbers of agreement as people read them: values, intervals drawn on one axis, what is undefined."""

from __future__ import annotations

from typing import Any, Final

from django import template

from annotation.views.lead_tables import Spot

register = template.Library()

WIDTH: Final = 200.0
MARGIN: Final = 6.0
MINUS: Final = "−"


@register.filter
def decimal(value: float | None) -> str:
    """Two or three decimals are what these samples can carry; a real minus; a dash for nothing."""
    if value is None:
        return "–"
    text = f"{value:.3f}"
    return ("0.000" if text == "-0.000" else text).replace("-", MINUS)


@register.filter
def percentage(value: float | None) -> str:
    """A share in percent with one decimal."""
    return "–" if value is None else f"{value * 100:.1f} %"


@register.filter
def interval(spot: Spot) -> str:
    """The interval in words, empty without one."""
    if spot.lower is None or spot.upper is None:
        return ""
    return f"{decimal(spot.lower)} to {decimal(spot.upper)}"


@register.inclusion_tag("annotation/_interval.html")
def interval_plot(spot: Spot, low: float = 0.0, kind: str = "people") -> dict[str, Any]:
    """A point with its interval on an axis from `low` to 1; nothing is drawn where nothing is known."""
    return {
        "spot": spot,
        "kind": kind,
        "at": _place(spot.value, low),
        "start": _place(spot.lower, low),
        "end": _place(spot.upper, low),
        "ticks": [_place(tick, low) for tick in _ticks(low)],
        "zero": _place(0.0, low) if low < 0 else None,
    }


@register.inclusion_tag("annotation/_interval_axis.html")
def interval_axis(low: float = 0.0) -> dict[str, Any]:
    """The axis over a column of drawn intervals."""
    ends = {low: "start", 1.0: "end"}
    return {
        "ticks": [
            (_place(tick, low), f"{tick:g}".replace("-", MINUS), ends.get(tick, "middle"))
            for tick in _ticks(low)
        ]
    }


def _ticks(low: float) -> list[float]:
    return [-1.0, -0.5, 0.0, 0.5, 1.0] if low < 0 else [0.0, 0.25, 0.5, 0.75, 1.0]


def _place(value: float | None, low: float) -> str | None:
    """Where a value lies, in the drawing's own units; outside the axis it is cut to its end."""
    if value is None:
        return None
    share = (min(max(value, low), 1.0) - low) / (1.0 - low)
    return f"{MARGIN + share * (WIDTH - 2 * MARGIN):.1f}"
