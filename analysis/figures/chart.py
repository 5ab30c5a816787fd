"""Charts as plain Vega-Lite: a unit with its mark and channels, layers, panels.

The words are those of altair, which copies a chart's parts as often as it puts them together: it took
longer to make a figure than to compute what it shows. Nothing here changes a chart; parts are shared.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Spec = dict[str, Any]

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.4.1.json"
TYPES: Final = {"N": "nominal", "Q": "quantitative"}
_FIRST: Final = (("vconcat",), ("layer",), ("data", "facet", "spec"), ("data", "mark"))
"""What stands first in each kind of chart, told by the last of them; the rest is alphabetical."""


def channel(shorthand: str, **options: Any) -> Spec:
    """A field of the rows as x, colour or whatever is encoded: `name:N` or `value:Q`."""
    name, _, kind = shorthand.partition(":")
    return _sorted({**options, "field": name, **({"type": TYPES[kind]} if kind else {})})


def end(name: str) -> Spec:
    """The field at which a mark ends that begins at another one."""
    return {"field": name}


def constant(value: Any) -> Spec:
    """What is the same for every row."""
    return {"value": value}


def step(pixels: int) -> Spec:
    """A size in px that each row of an axis takes."""
    return {"step": pixels}


def inline(rows: Sequence[Mapping[str, Any]]) -> Spec:
    """Rows as data inside the chart, numbers of numpy as JSON's own."""
    return {"values": json.loads(json.dumps([dict(row) for row in rows], default=float))}


@dataclass(frozen=True)
class Chart:
    """A chart in the making: its parts by their names in Vega-Lite, charts inside as such."""

    parts: Spec = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]]) -> "Chart":
        """A chart of these rows, without a mark yet."""
        return cls({"data": inline(rows)})

    def __add__(self, other: "Chart") -> "Chart":
        if "layer" not in self.parts:
            return layer(self, other)
        whole = layer(*self.parts["layer"], other, data=self.parts.get("data"))
        return Chart({**self.parts, **whole.parts})

    def encode(self, **channels: Any) -> "Chart":
        """The same with these channels, added to those it has."""
        return self.having(encoding=_sorted({**self.parts.get("encoding", {}), **channels}))

    def mark(self, kind: str, **options: Any) -> "Chart":
        """The same drawn as a `rule`, `point`, `text` and so on."""
        return self.having(mark={"type": kind, **_sorted(options)})

    def filter(self, expression: str) -> "Chart":
        """The same with those rows alone for which the expression is true."""
        return self.having(transform=[*self.parts.get("transform", ()), {"filter": expression}])

    def calculate(self, name: str, expression: str) -> "Chart":
        """The same with one more field."""
        made = {"calculate": expression, "as": name}
        return self.having(transform=[*self.parts.get("transform", ()), made])

    def having(self, **parts: Any) -> "Chart":
        """The same with these parts, such as `width`, in place of its own."""
        return Chart({**self.parts, **parts})

    def panels(self, data: Spec, by: Spec, **options: Any) -> "Chart":
        """One such chart a level of `by`: a channel, or channels for `row` and `column`."""
        return Chart({"data": data, "facet": _sorted(by), "spec": self, **options})

    def spec(self) -> Spec:
        """The chart as Vega-Lite has it, keys in a fixed order."""
        first = next(names for names in _FIRST if names[-1] in self.parts)
        names = [name for name in first if name in self.parts]
        names += sorted(set(self.parts) - set(names))
        return {name: _plain(self.parts[name]) for name in names}


def layer(*charts: Chart, data: Spec | None = None) -> Chart:
    """Charts over each other; rows that all of them are made of stand with the whole."""
    found = [chart.parts.get("data", data) for chart in charts]
    common = found[0] if data is None else data
    if common is not None and all(own is common for own in found):
        return Chart({"layer": tuple(map(_without_data, charts)), "data": common})
    return Chart({"layer": charts, **({} if data is None else {"data": data})})


def _without_data(chart: Chart) -> Chart:
    return Chart({name: part for name, part in chart.parts.items() if name != "data"})


def stacked(*charts: Chart, data: Spec, spacing: int) -> Chart:
    """Charts below each other, of the same rows."""
    return Chart({"vconcat": charts, "data": data, "spacing": spacing})


def _plain(part: Any) -> Any:
    if isinstance(part, Chart):
        return part.spec()
    return [_plain(one) for one in part] if isinstance(part, tuple) else part


def _sorted(options: Mapping[str, Any]) -> Spec:
    return {
        name: _sorted(value) if isinstance(value, dict) else value
        for name, value in sorted(options.items())
    }
