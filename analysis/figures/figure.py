"""A figure: its chart, the rows it is drawn from, and the words beside it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
from altair.utils.schemapi import disable_debug_mode

from analysis.figures.palette import INK, MUTED, PAPER, RULE

# Every part of a chart would be checked against the schema as it is made; tests check whole ones.
# Channels are objects (`alt.X("value:Q")`): for each text altair goes through all of its classes.
disable_debug_mode()

Rows = Sequence[Mapping[str, Any]]

FONT = "Inter, 'Helvetica Neue', Arial, sans-serif"
"""The renderer's own letters are as wide as Arial's: so a drawing is laid out alike on every machine.
A font that a machine may have, such as DejaVu Sans, would be read anew for every letter."""

COLUMN_WIDTH = 250
"""Width of the plotting area in px: with its labels a figure fits a paper's column."""


LABEL_CHARACTERS = 28
"""What a label holds at most: every reference's name stands whole."""


def short_label(characters: int = LABEL_CHARACTERS) -> str:
    """Vega's expression for a label that keeps both ends of a long name."""
    head, tail = _ends(characters)
    return (
        f"length(datum.label) > {characters} ? "
        f"slice(datum.label, 0, {head}) + '…' + slice(datum.label, -{tail}) : datum.label"
    )


def shortened(name: str, characters: int = LABEL_CHARACTERS) -> str:
    """The same done here, for what Vega has no expression for: titles."""
    head, tail = _ends(characters)
    return name if len(name) <= characters else f"{name[:head]}…{name[-tail:]}"


def _ends(characters: int) -> tuple[int, int]:
    tail = characters // 2
    return characters - tail - 1, tail


@dataclass(frozen=True)
class Figure:
    """One chart with the rows it shows; `spec` is complete Vega-Lite, data included."""

    name: str
    title: str
    caption: str
    alt_text: str
    rows: Rows
    spec: dict[str, Any]


def make_figure(
    *,
    name: str,
    title: str,
    caption: str,
    alt_text: str,
    rows: Rows,
    chart: Any,
    fluid: bool = True,
) -> Figure:
    """Dress a chart in the house's style and put its rows into it.

    `fluid` charts take the width of the page they are shown in; small multiples keep theirs.
    """
    chart.description, chart.usermeta = alt_text, {"fluid": fluid}
    chart.config = alt.Config(**_config())
    spec = chart.to_dict(validate=False)  # tests do: it takes longer than all the rest
    _finish(spec)
    return Figure(name, title, caption, alt_text, rows, spec)


def _finish(spec: Any) -> None:
    """Unpack the rows of `data`, and let every axis of names cut a long one in its middle: models
    differ at both ends."""
    if isinstance(spec, list):
        for part in spec:
            _finish(part)
    elif isinstance(spec, dict):
        for part in spec.values():
            _finish(part)
        down = spec.get("y")
        if isinstance(down, dict) and down.get("type") == "nominal" and "field" in down:
            down.setdefault("axis", {}).setdefault("labelExpr", short_label())
        if "values" in spec and isinstance(spec["values"], str):
            spec["values"] = json.loads(spec["values"])


def data(rows: Rows) -> alt.Data:
    """Rows as inline data, keys in a fixed order so that a spec is the same every time.

    They stay one text until the chart is whole: altair copies its parts again and again.
    """
    text = json.dumps([dict(row) for row in rows], default=float)  # numbers of numpy too
    return alt.Data(values=text)  # type: ignore[no-untyped-call]


def _config() -> dict[str, Any]:
    text = {"labelFont": FONT, "titleFont": FONT, "labelColor": MUTED, "titleColor": INK}
    return {
        "background": PAPER,
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            **text,
            "labelFontSize": 10.5,
            "titleFontSize": 11,
            "titleFontWeight": 500,
            "titlePadding": 8,
            "gridColor": RULE,
            "domain": False,
            "tickColor": RULE,
            "labelFlush": False,
        },
        "axisY": {"labelColor": INK, "labelLimit": 240, "ticks": False, "labelPadding": 8},
        "legend": {
            **text,
            "labelColor": INK,
            "labelFontSize": 11,
            "orient": "top",
            "title": None,
            "symbolSize": 70,
            "offset": 6,
            "labelLimit": 0,
        },
        "header": {
            "labelFont": FONT,
            "labelColor": INK,
            "labelFontSize": 11,
            "labelFontWeight": 600,
            "title": None,
        },
        "text": {"font": FONT, "fontSize": 10.5, "color": INK},
    }
