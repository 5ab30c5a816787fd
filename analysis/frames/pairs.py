"""Decisions that differ in one factor alone, paired and counted, some models at a time.

All answers to a question have to meet, and they have the model and the scenario in common. Runs
that share a model are therefore read together, in as many turns as keep a turn small, each with
scenarios of its own; models of few decisions share a turn.
"""

import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

import pandas as pd
import polars as pl

from analysis.frames.coded import to_pandas
from analysis.frames.decisions import COLUMNS, FACTORS, KEYS, Contrast, decisions, named
from analysis.frames.tallies import PART_ROWS, Tally, Told
from annotation.vocab.terms import Choice
from modeling.models import Run
from modeling.services import answers

TURN_ROWS: Final = 1_000_000
"""About how many decisions are paired at once."""

_UNREAD, _CULTURE, _PREFERENCE = 0, 1, 2
_NEITHER, _FIRST, _SECOND = 0, 1, 2


@dataclass(frozen=True)
class _Turn:
    """Runs read together, and which of so many shares of their scenarios."""

    runs: frozenset[str]
    share: int
    shares: int


def paired(
    runs: Sequence[Run],
    tally: Tally,
    contrasts: Sequence[Contrast],
    told: Told,
    *,
    turn_rows: int = TURN_ROWS,
) -> dict[Contrast, pd.DataFrame]:
    """Each contrast's pairs, counted for `analysis.metrics.behaviour.flips`; `told` counts turns.

    Columns: model, stage (not where it is the factor itself), dataset, scenario, those of
    `PAIRED`, and `repeated`: questions answered more than once under one level, which are paired
    with nothing because it cannot be told with what. Models asked under one level only are left out.
    """
    if not contrasts:
        return {}
    found: dict[Contrast, list[pl.DataFrame]] = {contrast: [] for contrast in contrasts}
    turns = list(_turns(tally.held, turn_rows))
    pks = {run.public_id: run.pk for run in runs}
    with answers.reading(pks.values()):
        for number, turn in enumerate(turns):
            told(number, len(turns))
            tables = _read([pks[run] for run in sorted(turn.runs)], turn)
            sides = pl.concat([_sides(rows, contrasts, tally.names) for rows in tables])
            for contrast in contrasts:
                found[contrast].append(_counted(sides, contrast))
    return {contrast: _asked_both(pl.concat(tables)) for contrast, tables in found.items()}


def _turns(held: pl.DataFrame, most: int) -> Iterator[_Turn]:
    together: frozenset[str] = frozenset()
    size = 0
    for runs, decided in _apart(held):
        if together and size + decided > most:
            yield from _shares(together, size, most)
            together, size = frozenset(), 0
        together, size = together | runs, size + decided
    yield from _shares(together, size, most)


def _shares(runs: frozenset[str], size: int, most: int) -> Iterator[_Turn]:
    shares = max(1, math.ceil(size / most))
    return (_Turn(runs, share, shares) for share in range(shares))


def _apart(held: pl.DataFrame) -> Iterator[tuple[frozenset[str], int]]:
    """Groups of runs that have no model in common, and how many decisions each holds."""
    groups: list[tuple[set[str], set[str], int]] = []
    for run, model, size in held.select("run", "model", "decisions").iter_rows():
        met = [group for group in groups if run in group[0] or model in group[1]]
        groups = [group for group in groups if group not in met]
        runs = {run}.union(*(group[0] for group in met))
        models = {model}.union(*(group[1] for group in met))
        groups.append((runs, models, size + sum(group[2] for group in met)))
    return ((frozenset(runs), size) for runs, _, size in groups)


def _read(pks: Sequence[int], turn: _Turn) -> Iterator[pl.LazyFrame]:
    """The turn's decisions. Where it has a share of the scenarios, they are told by their words while
    the files are read; else everything is read as numbers, a part at a time."""
    if turn.shares > 1:
        mine = pl.col("scenario").hash() % turn.shares == turn.share
        yield decisions(answers.scan(pks)).filter(mine)
        return
    for part in answers.parts(pks, PART_ROWS):
        yield decisions(part.coded(COLUMNS).lazy())


def _sides(
    rows: pl.LazyFrame, contrasts: Sequence[Contrast], names: Mapping[str, str]
) -> pl.DataFrame:
    """One row a decision, small: KEYS, `code` (what was chosen), and for each contrast, under its
    name, on which side the decision stands, and under `question <name>` which question it answers.
    """
    # One number stands for everything that must be equal: within a scenario no two of its few
    # hundred questions share a 64-bit hash. Each column has its own seed, so that the hash of all
    # but one is that of all without that one's.
    columns = (*FACTORS, "sample_index")
    hashes = {name: pl.col(name).hash(seed) for seed, name in enumerate(columns)}
    every = reduce(operator.xor, hashes.values())
    choice = pl.col("choice")
    code = (
        pl.when(choice == Choice.PREFERENCE.value).then(_PREFERENCE)
        .when(choice == Choice.CULTURE.value).then(_CULTURE)
        .otherwise(_UNREAD).cast(pl.UInt8).alias("code")
    )  # fmt: skip
    wanted = [code]
    for contrast in contrasts:
        level, one = pl.col(contrast.factor), hashes.get(contrast.factor)
        side = (
            pl.when(level == contrast.first).then(_FIRST)
            .when(level == contrast.second).then(_SECOND)
            .otherwise(_NEITHER).cast(pl.UInt8).alias(contrast.name)
        )  # fmt: skip
        question = every if one is None else every ^ one
        wanted += [side, question.alias(f"question {contrast.name}")]
    model = named(names).cast(pl.Categorical)
    known = rows.with_columns(pl.col("family", "model").cast(pl.String)).with_columns(model)
    keys = (pl.col(name).cast(pl.Categorical) for name in KEYS)
    return known.select(*keys, *wanted).collect(engine="streaming")


def _counted(sides: pl.DataFrame, contrast: Contrast) -> pl.DataFrame:
    """Answers are added up as numbers, which is faster than to look for the first and the same
    where there is one."""
    keys = [name for name in KEYS if name != contrast.factor]
    side, code = pl.col(contrast.name), pl.col("code").cast(pl.UInt32)
    answered = [
        expression
        for name, here in (("first", side == _FIRST), ("second", side == _SECOND))
        for expression in (here.sum().alias(f"n_{name}"), (code * here).sum().alias(name))
    ]
    rows = sides.lazy().filter(side != _NEITHER)
    questions = rows.group_by(*keys, f"question {contrast.name}").agg(*answered)
    counts = questions.group_by(keys).agg(*_changes())
    return counts.collect(engine="streaming")


def _asked_both(counts: pl.DataFrame) -> pd.DataFrame:
    """Without the models that were asked under one level only."""
    found = to_pandas(counts)
    asked = found.groupby("model")[["asked_first", "asked_second"]].transform("sum")
    return found[(asked > 0).all(axis=1)]


def _changes() -> list[pl.Expr]:
    first, second = pl.col("first"), pl.col("second")
    repeated = (pl.col("n_first") > 1) | (pl.col("n_second") > 1)
    single = ~repeated

    def moved(before: int, after: int) -> pl.Expr:
        return (single & (first == before) & (second == after)).sum()

    alone = single & ((first == _UNREAD) ^ (second == _UNREAD))
    return [
        moved(_CULTURE, _CULTURE).alias("stayed_culture"),
        moved(_PREFERENCE, _PREFERENCE).alias("stayed_preference"),
        moved(_CULTURE, _PREFERENCE).alias("to_preference"),
        moved(_PREFERENCE, _CULTURE).alias("to_culture"),
        alone.sum().alias("unpaired"),
        repeated.sum().alias("repeated"),
        pl.col("n_first").sum().alias("asked_first"),
        pl.col("n_second").sum().alias("asked_second"),
    ]
