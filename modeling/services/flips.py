"""Flips within a run: answers to cells that differ in exactly one thing, and part in their choice."""

from __future__ import annotations

from dataclasses import dataclass

from annotation.vocab.terms import Setting
from modeling.models import Run
from modeling.services import answers, attributes
from modeling.services.attributes import Attribute
from modeling.services.pairing import Change, PairedRows, Pairs, compact, labels_of, pair
from pact_site.base.errors import BadInput


@dataclass(frozen=True)
class Flips:
    """What changes when one attribute changes from `base`: a row for each other value, and the
    pairs of answers that part. `pairs` counts those in which both chose one label."""

    attribute: Attribute
    base: str
    rows: list[Change]
    pairs: int
    flipped: PairedRows


def varied(run: Run) -> list[tuple[Attribute, list[str]]]:
    """The attributes in which alone cells of the run differ, each with its values."""
    import polars as pl

    known = [attribute for attribute in attributes.layout_of(run).attributes if attribute.alone]
    frame = answers.scan([run.pk])
    codes = [frame.select(attribute.code().unique()) for attribute in known]
    found = zip(known, pl.collect_all(codes), strict=True)
    values = [(attribute, _sorted(rows.to_series().to_list())) for attribute, rows in found]
    return [(attribute, codes) for attribute, codes in values if len(codes) > 1]


def of(run: Run, name: str, *, base: str = "", other: str = "") -> Flips:
    """Pairs that differ in the attribute `name` alone, from `base` to `other` or to any value.

    Without `base` the first value that the run holds is taken (`no_persona` for personas).
    BadInput names an attribute or value that the run does not vary.
    """
    choices = {attribute.name: (attribute, values) for attribute, values in varied(run)}
    if name not in choices:
        known = ", ".join(choices) or "none, each takes one value alone"
        raise BadInput("The run does not vary this.", found=name, expected=known)
    attribute, values = choices[name]
    start = base or values[0]
    for code in filter(None, (start, other)):
        if code not in values:
            raise BadInput("The run has no such value.", found=code, expected=", ".join(values))
    pairs = _pairs(run, attribute, start, other)
    rows = pairs.by(attribute, second=True)
    numbers = pairs.flipped
    return Flips(attribute, start, rows, len(pairs.decided), PairedRows(run, run, numbers))


def _pairs(run: Run, attribute: Attribute, base: str, other: str) -> Pairs:
    import polars as pl

    layout = attributes.layout_of(run)
    said = compact(run, layout.identity(but=attribute))
    code = pl.col(attribute.name).cast(pl.String)
    wanted = code == other if other else code != base
    both = pair(said.filter(code == base), said.filter(wanted), code=attribute.name)
    return Pairs(both, labels_of(run)[0])


def _sorted(codes: list[str]) -> list[str]:
    """`no_persona` first, numbers by size, the rest by name."""
    return sorted(codes, key=lambda code: (code != Setting.NO_PERSONA, _size(code), code))


def _size(code: str) -> int:
    return int(code) if code.isdecimal() else 0
