"""C-SPEC of closeness: is a country's persona the one closest to that country's people?

Whatever a cluster's absence does to each distance, it does to their C-SPEC: the jackknife of the
distances is carried through, replicate by replicate.
"""

from collections.abc import Mapping

import numpy as np

from analysis.metrics.book import Book
from analysis.metrics.intervals import Plain, Spread, Tally
from analysis.metrics.study import Array, Mask, divide_or_nan, floats

Tallies = dict[tuple[str, str], Tally]
"""(Persona's country, people's country) -> distance per item, jackknifed."""

NO_PAIR = "fewer than two countries have both personas and people"
EMPTY = "a country's personas and people have no item in common, or no closeness at all"


def enter(book: Book, frame: str, found: Mapping[tuple[str, str], Tally], scale: str) -> None:
    """Enter the C-SPEC of the countries that have both personas and people."""
    names = sorted({one for one, _ in found} & {other for _, other in found})
    table = [[found[persona, people] for people in names] for persona in names]
    counts, reason = c_spec_tally(table) if len(names) > 1 else (Tally(Plain(np.nan)), NO_PAIR)
    book.add(frame, "c_spec", counts, low=0.0, high=1.0, undefined=reason, tokens={"scale": scale})


def c_spec_tally(table: list[list[Tally]]) -> tuple[Tally, str]:
    """The C-SPEC of a square table of distances (rows personas), and why it is undefined if so."""
    spreads = [[one.spread for one in row] for row in table]
    parts = [[one for one in row if isinstance(one, Spread)] for row in spreads]
    own = [table[place][place] for place in range(len(table))]
    return Tally(
        c_spec_spread(parts),
        n_items=max(one.n_items for one in own),
        n_humans=sum(one.n_humans for one in own),
        n_answers=sum(one.n_answers for one in own),
    ), EMPTY


def c_spec_spread(table: list[list[Spread]]) -> Spread:
    """1 - distance, each column divided by its maximum, mean of the diagonal; each replicate too."""

    def through(name: str) -> Array:
        return c_spec_of(floats([[getattr(one, name) for one in row] for row in table]))

    def used(name: str) -> Mask:
        masks = np.array([[getattr(one, name) for one in row] for row in table], dtype=bool)
        return np.asarray(masks.any(axis=(0, 1)))

    return Spread(
        float(through("value")),
        through("scenario"),
        through("person"),
        through("pair"),
        used("scenario_used"),
        used("person_used"),
        used("pair_used"),
    )


def c_spec_of(distances: Array) -> Array:
    """C-SPEC over the first two axes (personas, people) of distances from 0 to 1."""
    near = 1 - distances
    own = np.einsum("ii...->i...", near)
    share: Array = divide_or_nan(own, near.max(axis=0)).mean(axis=0)
    return share
