"""Figures as files, without a browser."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import vl_convert

from analysis.figures.figure import Figure

VEGA_LITE = "6.4"
"""The Vega-Lite version that altair writes, vl-convert draws and the page loads."""

ROOM = {"left": 18, "right": 5, "top": 5, "bottom": 5}
"""Room around a drawing in px; to the left for names in a reader's letters wider than Arial's."""

DRAWN: Mapping[str, Callable[[str], bytes]] = {
    "svg": str.encode,
    "png": lambda drawn: vl_convert.svg_to_png(drawn, scale=3),
    "pdf": lambda drawn: vl_convert.svg_to_pdf(drawn),
}
"""What makes a picture of each format from a figure's SVG."""


def svg(figure: Figure) -> str:
    """The figure as an SVG document, text kept as text."""
    return drawn(figure.spec)


def drawn(spec: Mapping[str, Any]) -> str:
    """A Vega-Lite spec as an SVG document, text kept as text."""
    return str(vl_convert.vegalite_to_svg({"padding": ROOM, **spec}, vl_version=VEGA_LITE))


def write_figure(figure: Figure, folder: Path, formats: Collection[str]) -> Iterator[Path]:
    """Write a figure's spec and its picture in these formats; yields the paths.

    Pixels are three times the figure's size.
    """
    spec = json.dumps(figure.spec, ensure_ascii=False, indent=1)
    drawn = svg(figure)
    pictures = ((name, DRAWN[name](drawn)) for name in formats)
    for ending, content in (("vl.json", spec.encode()), *pictures):
        path = folder / f"{figure.name}.{ending}"
        path.write_bytes(content)
        yield path


def browser_bundle() -> str:
    """Vega, Vega-Lite and vegaEmbed as one script; needs no other file and no eval."""
    return str(vl_convert.javascript_bundle(None, VEGA_LITE))  # type: ignore[arg-type]
