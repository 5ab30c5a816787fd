"""A study's frames turned into integer codes, so that statistics are sums over arrays."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

FRAMES = ("personal", "norm")


def count_by(codes: Codes, size: int, weights: Array | None = None) -> Array:
    """How often each of `size` codes occurs, or the sum of its weights."""
    return np.bincount(codes, weights=weights, minlength=size).astype(np.float64, copy=False)


def divide(top: Array, bottom: Array) -> Array:
    """Divide where the bottom is not zero, else 0 (callers mask those entries)."""
    out: Array = np.zeros(np.broadcast(top, bottom).shape)
    np.divide(top, bottom, out=out, where=bottom != 0)
    return out


def divide_or_nan(top: Array, bottom: Array, least: float = 0.0) -> Array:
    """Divide where the bottom's size is above `least`, else NaN (never a warning)."""
    out: Array = np.full(bottom.shape, np.nan)
    np.divide(top, bottom, out=out, where=np.abs(bottom) > least)
    return out


def floats(values: npt.ArrayLike) -> Array:
    """Numbers or truth values as floats."""
    return np.asarray(values, dtype=np.float64)


@dataclass(frozen=True)
class Answers:
    """Some human answers of one frame: parallel arrays, one entry an answer."""

    person: Codes
    item: Codes
    pair: Codes
    y: Array

    def where(self, mask: Mask) -> "Answers":
        """Keep the answers for which the mask is true."""
        return Answers(self.person[mask], self.item[mask], self.pair[mask], self.y[mask])


class Study:
    """Codes shared by a study's human answers and its models' answers.

    Takes HUMAN and optionally MODEL (columns as in `analysis.frames`). A scenario is the
    cluster of an item; a pair is a participant's answers within one scenario, the
    intersection of the two kinds of cluster. Raises ValueError when a participant answers the same
    item twice: two answers of one person are not two people.
    """

    def __init__(self, human: pd.DataFrame, model: pd.DataFrame | None = None) -> None:
        human = human.reset_index(drop=True)
        if human.duplicated(["participant", "item"]).any():
            raise ValueError("a participant occurs more than once on the same item")
        order = human[["participant", "item"]].astype(str).sort_values(["participant", "item"])
        self.human = human.loc[order.index].reset_index(drop=True)
        known = [human[["item", "scenario"]]]
        if model is not None:
            known.append(model[["item", "scenario"]])
        items = pd.concat(known).astype(str).drop_duplicates("item").sort_values("item")
        self.items = pd.Index(items["item"])
        scenario, names = pd.factorize(items["scenario"], sort=True)
        self.item_scenario: Codes = scenario.astype(np.intp)
        self.n_scenarios = len(names)
        person, people = pd.factorize(self.human["participant"].astype(str), sort=True)
        self.person: Codes = person.astype(np.intp)
        self.n_people = len(people)
        self.item: Codes = self.item_codes(self.human["item"])

    def item_codes(self, items: "pd.Series[str]") -> Codes:
        """Give each item name its place in `items`."""
        codes: Codes = self.items.get_indexer(pd.Index(items.astype(str))).astype(np.intp)
        return codes

    @property
    def n_items(self) -> int:
        """How many items people or models answered."""
        return len(self.items)

    @cached_property
    def pair(self) -> Codes:
        """Participant-by-scenario code of each human row."""
        keys = self.person * self.n_scenarios + self.item_scenario[self.item]
        codes: Codes = np.unique(keys, return_inverse=True)[1].astype(np.intp)
        return codes

    @cached_property
    def n_pairs(self) -> int:
        """How many participant-by-scenario pairs occur."""
        return int(self.pair.max()) + 1 if len(self.pair) else 0

    @cached_property
    def person_country(self) -> Codes:
        """Country code of each participant, the stratum within which people are resampled."""
        codes = pd.factorize(self.human["participant_country"].astype(str), sort=True)[0]
        country = np.zeros(self.n_people, dtype=np.intp)
        country[self.person] = codes
        return country

    def column(self, name: str) -> Array:
        """One numeric human column, NaN where missing."""
        return self.human[name].to_numpy(dtype=np.float64, na_value=np.nan)

    def answers(self, frame: str, mask: Mask | None = None) -> Answers:
        """The valid answers of a frame, optionally only the rows of `mask`."""
        y = self.column(frame)
        keep = ~np.isnan(y) if mask is None else ~np.isnan(y) & mask
        return Answers(self.person[keep], self.item[keep], self.pair[keep], y[keep])
