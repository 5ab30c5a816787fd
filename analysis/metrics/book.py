"""Collects tallies under their names and turns them into estimates."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite

import numpy as np

from analysis.metrics.catalogue import METRICS, P, definition
from analysis.metrics.estimate import Estimate, group_text
from analysis.metrics.intervals import Interval, Plain, Settings, Tally, mean
from analysis.metrics.study import FRAMES

# Below this many people a row says so: its interval rests on next to nobody.
FEW_PEOPLE = 5
FEW = "too few people to say much: {}"

Group = Mapping[str, str | None]


@dataclass(frozen=True)
class Entry:
    """One tally with its name, its group, its natural range and the reason if undefined."""

    metric: str
    definition: str
    group: Group
    tally: Tally
    low: float
    high: float
    undefined: str
    note: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What the entries of two frames have in common."""
        return self.metric, self.definition, group_text(self.group)

    @property
    def defined(self) -> bool:
        """Whether there is a value to print."""
        return isfinite(self.tally.spread.value)


@dataclass
class Book:
    """The entries of one table, setting and model, by frame."""

    table: str
    setting: str = ""
    model: str = ""
    pages: dict[str, list[Entry]] = field(default_factory=dict)

    def add(
        self,
        frame: str,
        metric: str,
        tally: Tally,
        *,
        group: Group | None = None,
        low: float = -np.inf,
        high: float = np.inf,
        undefined: str = "no observations",
        note: str = "",
        tokens: Mapping[str, str] | None = None,
    ) -> None:
        """Enter a tally; `tokens` are the definition options that differ from the default."""
        text = definition(metric, **(tokens or {}))
        entry = Entry(metric, text, group or {}, tally, low, high, undefined, note)
        self.pages.setdefault(frame, []).append(entry)

    def add_mean_of_frames(self) -> None:
        """Enter the mean of both frames for what stands on either page; p values have no mean."""
        pages = [{entry.key: entry for entry in self.pages.get(name, [])} for name in FRAMES]
        for key in {**pages[0], **pages[1]}:
            if METRICS[key[0]].unit == P:
                continue
            pair = [page[key] for page in pages if key in page]
            self.pages.setdefault("both", []).append(mean_entry(pair))

    def estimates(self, settings: Settings) -> list[Estimate]:
        """Every entry as an estimate with its interval."""
        return [
            self._estimate(frame, entry, settings)
            for frame, entries in self.pages.items()
            for entry in entries
        ]

    def _estimate(self, frame: str, entry: Entry, settings: Settings) -> Estimate:
        tally = entry.tally
        interval = Interval(note=entry.undefined)
        few = ""
        if entry.defined:
            few = FEW.format(tally.n_humans) if 0 < tally.n_humans < FEW_PEOPLE else ""
            interval = tally.spread.interval(settings.level, entry.low, entry.high)
        return Estimate(
            table=self.table,
            setting=self.setting,
            model=self.model,
            frame=frame,
            group=entry.group,
            metric=entry.metric,
            definition=entry.definition,
            value=float(tally.spread.value) if entry.defined else None,
            lower=interval.lower,
            upper=interval.upper,
            n_items=tally.n_items,
            n_humans=tally.n_humans,
            n_answers=tally.n_answers,
            n_dropped=tally.n_dropped,
            note="; ".join(text for text in (entry.note, interval.note, few) if text),
        )


def mean_entry(pair: list[Entry]) -> Entry:
    """The mean over the two frames; undefined when it is missing or undefined in one of them.

    Items and people are those of the frame with more of them, answers and drops are sums.
    """
    first = pair[0]
    counts = Tally(
        Plain(float("nan")),
        n_items=max(entry.tally.n_items for entry in pair),
        n_humans=max(entry.tally.n_humans for entry in pair),
        n_answers=sum(entry.tally.n_answers for entry in pair),
        n_dropped=sum(entry.tally.n_dropped for entry in pair),
    )
    missing = [entry.undefined for entry in pair if not entry.defined]
    if missing or len(pair) < 2:
        reason = f"undefined in a frame: {missing[0]}" if missing else "only one frame was asked"
        return replace(first, tally=counts, undefined=reason)
    spread = mean([entry.tally.spread for entry in pair])
    return replace(first, tally=replace(counts, spread=spread))
