"""Pooled rates of the human study: country x item cells, relations, and the persona groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from analysis.metrics.baselines import PREFIX
from analysis.metrics.book import Book
from analysis.metrics.bootstrap import Resampler
from analysis.metrics.catalogue import definition
from analysis.metrics.estimate import Estimate
from analysis.metrics.human import add_means, with_demo
from analysis.metrics.intervals import Settings, Tally
from analysis.metrics.pooling import Layout, Pool, Rates, fit
from analysis.metrics.profiles import PERSONA, make_profile
from analysis.metrics.study import FRAMES, Array, Codes, Mask, Study, divide, floats

TABLE = "human"
COUNTRY, DEMO, RELATION = "participant_country", "participant_demo", "relation"
LAYOUTS: tuple[tuple[str, ...], ...] = ((COUNTRY,), (RELATION,), (COUNTRY, DEMO))
"""The groups that are pooled: each layout is a model of its own."""
CELLS = LAYOUTS[0]
"""The layout whose cells with single items stand in the table."""

NOT_TOLD = "answers cannot tell it from noise or from another component"
NO_CELL = "no persona answer on an item that people of its group answered"


@dataclass(frozen=True)
class Pooled:
    """One layout of one question: its groups' levels, codes per answer, and the model or why none."""

    frame: str
    by: tuple[str, ...]
    rows: pd.DataFrame
    group: Codes
    levels: tuple[tuple[str | None, ...], ...]
    components: tuple[str, ...]
    pool: Pool | None
    reason: str = ""

    def name(self, code: int) -> dict[str, str | None]:
        """The group of estimates for a level."""
        return dict(zip(self.by, self.levels[code], strict=True))

    def cells(self) -> tuple[Codes, Codes, Codes]:
        """The first answer of each group x item cell, every answer's cell, and answers per cell."""
        item = codes_of(self.rows, ("item",))[0]
        key = self.group * (int(item.max()) + 1) + item
        _, first, cell, count = np.unique(
            key, return_index=True, return_inverse=True, return_counts=True
        )
        return first.astype(np.intp), cell.astype(np.intp), count.astype(np.intp)


def pools_of(human: pd.DataFrame) -> list[Pooled]:
    """Fit every layout to both questions of the HUMAN frame.

    Raises ValueError when a participant answered an item twice.
    """
    known = Study(with_demo(human)).human
    pools: list[Pooled] = []
    for frame in FRAMES:
        start: dict[str, float] = {}
        for by in LAYOUTS:
            if known[list(by)].notna().all(axis=1).any():
                pools.append(pooled_by(known, frame, by, start))
                start |= pools[-1].pool.sds if pools[-1].pool else {}
    return pools


def pooled_by(
    known: pd.DataFrame,
    frame: str,
    by: tuple[str, ...],
    start: Mapping[str, float] | None = None,
) -> Pooled:
    """Fit one layout to one question; answers without a level of the group are left out."""
    rows = known[known[frame].notna() & known[list(by)].notna().all(axis=1)].reset_index(drop=True)
    group, levels = codes_of(rows, by)
    layout = layout_of(rows, frame, by, group)
    reason = layout.undefined()
    pool = None if reason else fit(layout, start)
    return Pooled(frame, by, rows, group, levels, tuple(layout.shifts), pool, reason)


def layout_of(rows: pd.DataFrame, frame: str, by: tuple[str, ...], group: Codes) -> Layout:
    """The model of one grouping: main effects fixed, their joint shift and everything else random."""
    fixed = dict.fromkeys((*by, COUNTRY))
    shifts = {
        "item within group": codes_of(rows, (*by, "item"))[0],
        "scenario within group": codes_of(rows, (*by, "scenario"))[0],
        **({"group": group} if len(by) > 1 else {}),
        "item": codes_of(rows, ("item",))[0],
        "scenario": codes_of(rows, ("scenario",))[0],
        "person": codes_of(rows, ("participant",))[0],
    }
    return Layout(
        y=rows[frame].to_numpy(np.float64),
        fixed={name: codes_of(rows, (name,))[0] for name in fixed},
        shifts=shifts,
        nested=2,
    )


def codes_of(
    rows: pd.DataFrame, columns: Sequence[str]
) -> tuple[Codes, tuple[tuple[str | None, ...], ...]]:
    """Each row's code for these columns together, and the sorted levels."""
    key: Codes = np.zeros(len(rows), dtype=np.intp)
    parts = []
    for name in columns:
        codes, found = pd.factorize(rows[name].astype(str), sort=True, use_na_sentinel=False)
        key = key * max(len(found), 1) + codes
        parts.append((codes, found))
    _, first, own = np.unique(key, return_index=True, return_inverse=True)
    levels = zip(*(found[codes[first]] for codes, found in parts), strict=True)
    return own.astype(np.intp), tuple(levels)


def pooled_table(
    human: pd.DataFrame,
    pools: Sequence[Pooled],
    *,
    replicates: int = 1000,
    seed: int = 20260,
    level: float = 0.95,
) -> list[Estimate]:
    """Pooled rates beside counted ones: cells of country x item, and every layout's groups."""
    settings = Settings(replicates, seed, level)
    estimates = [
        estimate
        for pooled in pools
        for part in (group_rows, cell_rows, spread_rows)
        for estimate in part(pooled, level)
    ]
    return [*estimates, *_counted_groups(human, settings)]


def _counted_groups(human: pd.DataFrame, settings: Settings) -> list[Estimate]:
    """The persona groups' rates as counted: the human table has those of the other layouts."""
    study = Study(with_demo(human))
    if study.human[DEMO].isna().all():
        return []
    codes, levels = codes_of(study.human, (COUNTRY, DEMO))
    missing = study.human[DEMO].isna().to_numpy()
    resampler, book = Resampler(study, settings), Book(TABLE)
    for code, names in enumerate(levels):
        mask: Mask = (codes == code) & ~missing
        if not mask.any():
            continue
        group = dict(zip((COUNTRY, DEMO), names, strict=True))
        for frame in FRAMES:
            answers = study.answers(frame, mask)
            add_means(book, frame, "culture_rate", resampler, answers, answers.y, group)
    book.add_mean_of_frames()
    return book.estimates(settings)


def group_rows(pooled: Pooled, level: float) -> Iterator[Estimate]:
    """The pooled rate of every group, averaged over the answers it gave."""
    rates = pooled.pool.groups(pooled.group, level) if pooled.pool else None
    counts = pooled.rows.assign(group=pooled.group).groupby("group")
    people, items = counts["participant"].nunique(), counts["item"].nunique()
    for code in range(len(pooled.levels)):
        yield Estimate(
            table=TABLE,
            metric="culture_rate_pooled",
            definition=definition("culture_rate_pooled"),
            frame=pooled.frame,
            group=pooled.name(code),
            n_items=int(items[code]),
            n_humans=int(people[code]),
            n_answers=int((pooled.group == code).sum()),
            note=pooled.reason,
            **_numbers(rates, code),
        )


def cell_rows(pooled: Pooled, level: float) -> Iterator[Estimate]:
    """Country x item: the share as counted with Wilson's interval, and the pooled rate."""
    if pooled.by != CELLS or pooled.pool is None:
        return
    first, cell, count = pooled.cells()
    chosen = np.bincount(cell, weights=pooled.rows[pooled.frame])
    share = chosen / count
    lower, upper = proportion_confint(chosen, count, alpha=1 - level, method="wilson")
    counted = Rates(share, floats(lower), floats(upper))
    both = (
        ("culture_rate_cell", counted),
        ("culture_rate_pooled", pooled.pool.cells(first, level)),
    )
    items = pooled.rows["item"].to_numpy()[first]
    for place, answer in enumerate(first):
        group = {**pooled.name(pooled.group[answer]), "item": str(items[place])}
        for metric, rates in both:
            yield Estimate(
                table=TABLE,
                metric=metric,
                definition=definition(metric),
                frame=pooled.frame,
                group=group,
                n_items=1,
                n_humans=int(count[place]),
                n_answers=int(count[place]),
                **_numbers(rates, place),
            )


def spread_rows(pooled: Pooled, level: float) -> Iterator[Estimate]:
    """How far components spread: what decides how much is pooled."""
    sds = pooled.pool.sds if pooled.pool else {}
    for name in pooled.components:
        yield Estimate(
            table=TABLE,
            metric="pooled_sd",
            definition=definition("pooled_sd"),
            frame=pooled.frame,
            group={"component": name, "pooled_by": " x ".join(pooled.by)},
            value=sds.get(name),
            n_items=int(pooled.rows["item"].nunique()),
            n_humans=int(pooled.rows["participant"].nunique()),
            n_answers=len(pooled.rows),
            note="" if name in sds else pooled.reason or NOT_TOLD,
        )


def _numbers(rates: Rates | None, place: int) -> dict[str, Any]:
    if rates is None:
        return {}
    return {name: float(getattr(rates, name)[place]) for name in ("value", "lower", "upper")}


def pooled_distances(
    human: pd.DataFrame,
    model: pd.DataFrame,
    pools: Sequence[Pooled],
    *,
    replicates: int = 1000,
    seed: int = 20260,
    level: float = 0.95,
) -> list[Estimate]:
    """Each model's persona answers beside the pooled rates of the same country, age and gender."""
    settings = Settings(replicates, seed, level)
    asked = model[model["setting"] == PERSONA]
    resampler = Resampler(Study(with_demo(human), model), settings)
    targets = {pooled.frame: pooled for pooled in pools if pooled.by == (COUNTRY, DEMO)}
    estimates = []
    labels = sorted(set(asked["model"].astype(str)))
    for label in (name for name in labels if not name.startswith(PREFIX)):
        book = Book("alignment", PERSONA, label)
        mine = asked[asked["model"].astype(str) == label]
        for frame, pooled in targets.items():
            rows = mine[mine["frame"] == frame]
            if len(rows):
                _add_distance(book, resampler, rows, pooled, level)
        book.add_mean_of_frames()
        estimates += book.estimates(settings)
    return estimates


def _add_distance(
    book: Book, resampler: Resampler, rows: pd.DataFrame, pooled: Pooled, level: float
) -> None:
    """Mean distance over the cells that people answered; their rates are held fixed."""
    study = resampler.study
    profile = make_profile(study, rows)
    rate, people = target_rates(study, pooled, profile.groups, level)
    valid = profile.rows > 0
    cells = valid & np.isfinite(rate)
    distance = np.where(cells, np.abs(divide(profile.q, profile.rows) - np.nan_to_num(rate)), 0.0)
    scenario = np.broadcast_to(study.item_scenario, cells.shape).ravel()
    drawn = resampler.scenario_mean(scenario, distance.ravel(), floats(cells).ravel())
    tally = Tally(
        drawn,
        n_items=int(cells.sum()),
        n_humans=int(pooled.rows["participant"].nunique()),
        n_answers=int(people[cells].sum()),
        n_dropped=int((valid & ~cells).sum()),
    )
    book.add(
        pooled.frame, "item_mae_pooled", tally, low=0, high=1, undefined=pooled.reason or NO_CELL
    )


def target_rates(
    study: Study, pooled: Pooled, groups: Sequence[tuple[str, str]], level: float
) -> tuple[Array, Array]:
    """Pooled rate and people per persona group and item, NaN and 0 where nobody answered."""
    rate = np.full((len(groups), study.n_items), np.nan)
    people = np.zeros_like(rate)
    if pooled.pool is None:
        return rate, people
    place = {group: index for index, group in enumerate(groups)}
    first, _, count = pooled.cells()
    rates = pooled.pool.cells(first, level)
    item = study.item_codes(pooled.rows["item"].iloc[first])
    for number, answer in enumerate(first):
        index = place.get(pooled.levels[pooled.group[answer]])
        if index is not None:
            rate[index, item[number]] = rates.value[number]
            people[index, item[number]] = count[number]
    return rate, people
