"""Figures as files, without a browser."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import vl_convert

from analysis.figures.figure import Figure

VEGA_LITE = "6.4"
"""The Vega-Lite version that altair writes, vl-convert draws and the page loads."""


def svg(figure: Figure) -> str:
    """The figure as an SVG document, text kept as text."""
    return drawn(figure.spec)


def drawn(spec: Mapping[str, Any]) -> str:
    """A Vega-Lite spec as an SVG document, text kept as text."""
    return str(vl_convert.vegalite_to_svg(dict(spec), vl_version=VEGA_LITE))


def write_figure(figure: Figure, folder: Path) -> Iterator[Path]:
    """Write a figure's spec, SVG, PNG (at three times its size) and PDF; yields the paths."""
    drawn = svg(figure)
    files = {
        ".vl.json": json.dumps(figure.spec, ensure_ascii=False, indent=1).encode(),
        ".svg": drawn.encode(),
        ".png": vl_convert.svg_to_png(drawn, scale=3),
        ".pdf": vl_convert.svg_to_pdf(drawn),
    }
    for ending, content in files.items():
        path = folder / f"{figure.name}{ending}"
        path.write_bytes(content)
        yield path


def browser_bundle() -> str:
    """Vega, Vega-Lite and vegaEmbed as one script; needs no other file and no eval."""
    return str(vl_convert.javascript_bundle(None, VEGA_LITE))  # type: ignore[arg-type]
