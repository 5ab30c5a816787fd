"""A figure: its chart, the rows it is drawn from, and the words beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from analysis.figures.palette import INK, MUTED, PAPER, RULE

Rows = Sequence[Mapping[str, Any]]

FONT = "Inter, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
COLUMN_WIDTH = 250
"""Width of the plotting area in px: with its labels a figure fits a paper's column."""


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
    dressed = chart.properties(description=alt_text, usermeta={"fluid": fluid})
    spec = dressed.configure(**_config()).to_dict(validate=True)
    return Figure(name, title, caption, alt_text, rows, spec)


def data(rows: Rows) -> alt.Data:
    """Rows as inline data, keys in a fixed order so that a spec is the same every time."""
    return alt.Data(values=[dict(row) for row in rows])  # type: ignore[no-untyped-call]


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
        "axisY": {"labelColor": INK, "labelLimit": 150, "ticks": False, "labelPadding": 8},
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
