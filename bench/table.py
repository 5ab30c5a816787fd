"""Figures of all benchmarks in one shape, for one table: `bench/all.py` collects what scripts tell.

A script prints for whoever runs it alone, and tells its figures besides. They go, a JSON object a
line, into the file that BENCH_FIGURES names; without it nothing happens.
"""

import json
import operator
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "BENCH_FIGURES"
COMPARE = {"<=": operator.le, ">=": operator.ge}
SIGN = {"<=": "≤", ">=": "≥"}


@dataclass(frozen=True)
class Figure:
    """A measured value, and what it is held against.

    `ratio` is to what `beside` names, ours divided by theirs. `wish` is a comparison and a bound of
    the value, or of the ratio where it ends in "x": "<= 60", ">= 0.6x". `size` is how much work it
    was (rows, prompts, items), so that runs of several sizes show how cost grows.
    """

    name: str
    value: float
    unit: str
    ratio: float | None = None
    beside: str = ""
    wish: str = ""
    size: float = 0

    @property
    def met(self) -> bool | None:
        """Whether the wish is reached; None where there is none."""
        if not self.wish:
            return None
        sign, bound = self.wish.split()
        held = self.ratio if bound.endswith("x") else self.value
        return held is not None and COMPARE[sign](held, float(bound.removesuffix("x")))


def tell(*figures: Figure) -> None:
    """Hand figures to whoever collects them."""
    if path := os.environ.get(FILE):
        with Path(path).open("a", encoding="utf-8") as stream:
            stream.writelines(json.dumps(asdict(figure)) + "\n" for figure in figures)


def told(path: Path) -> list[Figure]:
    """What scripts have told into a file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [Figure(**json.loads(line)) for line in lines]


def markdown(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table for a page."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)


def line(figure: Figure) -> list[str]:
    """A figure's cells below name, value, ratio, wish, reached."""
    ratio = "" if figure.ratio is None else f"{number(figure.ratio)} × {figure.beside}"
    met = {None: "", True: "yes", False: "**no**"}[figure.met]
    return [figure.name, f"{number(figure.value)} {figure.unit}", ratio, _wish(figure.wish), met]


def _wish(wish: str) -> str:
    if not wish:
        return ""
    sign, bound = wish.split()
    plain = number(float(bound.removesuffix("x")))
    return f"{SIGN[sign]} {plain}{' ×' if bound.endswith('x') else ''}"


def number(value: float) -> str:
    """Three digits that mean something, and all of a large number's."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
