"""What the traces of a study's report are made from: the lists' tops, and the words for them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from analysis.frames import traces as frames
from analysis.frames.kinds import Kinds
from analysis.frames.traces import FRAMES, Rationale, Reason
from analysis.reports.book import is_baseline
from analysis.reports.traces_rank import APART, PARTED, SPLIT, Counted, Trace, ranked
from modeling.models import Run
from survey.models import Study

ROWS: Final = 20
"""Items in a table of traces."""
CARDS: Final = 5
"""Items of which the answers themselves are shown."""
EACH_RELATION: Final = 5
RATIONALES: Final = 2
"""Rationales a model, item, question and choice."""


@dataclass(frozen=True)
class TraceList:
    """The top of one list; `of` says how many items and questions were ranked."""

    name: str
    frame: str
    traces: tuple[Trace, ...]
    of: int
    relation: str = ""


@dataclass(frozen=True)
class Traced:
    """Lists, all counts behind them, and the words; `reasons` are None where they were not wanted."""

    lists: tuple[TraceList, ...]
    counted: Counted
    kinds: Kinds
    setting: str
    level: float
    reasons: tuple[Reason, ...] | None
    rationales: tuple[Rationale, ...]


def gather_traces(
    study: Study,
    cohort: str,
    runs: Sequence[Run],
    kinds: Kinds,
    *,
    reasons: bool,
    level: float,
) -> Traced:
    """Count, rank, and read the words of the items that will be shown with their answers."""
    setting = next(iter(frames.settings_of(runs)), "")
    references = [run.label for run in runs if is_baseline(run.label)]
    items = frames.traced_items(study.release, kinds.kind)
    people = frames.people_by_item(study, cohort)
    models = frames.models_by_item(runs, setting, references)
    counted = Counted(items, people, models)
    lists = tuple(_lists(study, cohort, counted, bool(runs), level))
    shown = {trace.item.pk for one in lists for trace in one.traces[:CARDS] if not one.relation}
    return Traced(
        lists=lists,
        counted=counted,
        kinds=kinds,
        setting=setting,
        level=level,
        reasons=tuple(frames.reasons_of(study, cohort, shown)) if reasons else None,
        rationales=tuple(frames.rationales_of(_real(runs), setting, shown, RATIONALES)),
    )


def _real(runs: Iterable[Run]) -> list[Run]:
    return [run for run in runs if not is_baseline(run.label)]


def _lists(
    study: Study, cohort: str, counted: Counted, asked: bool, level: float
) -> list[TraceList]:
    found = [_top(SPLIT, counted, FRAMES, level)]
    for relation, people in frames.people_by_relation(study, cohort).items():
        near = Counted(counted.items, people, {})
        found.append(_top(SPLIT, near, FRAMES, level, relation, EACH_RELATION))
    if asked:
        found += [_top(APART, counted, (frame,), level) for frame in FRAMES]
        found.append(_top(PARTED, counted, FRAMES, level))
    return [one for one in found if one.traces]


def _top(
    name: str,
    counted: Counted,
    asked: Collection[str],
    level: float,
    relation: str = "",
    most: int = ROWS,
) -> TraceList:
    whole = ranked(name, counted, asked, level)
    frame = next(iter(asked)) if len(asked) == 1 else ""
    return TraceList(name, frame, tuple(whole[:most]), len(whole), relation)


def by_item(
    words: Iterable[Reason] | Iterable[Rationale],
) -> Mapping[int, list[Reason | Rationale]]:
    """Words by the item they are about, in their order."""
    found: dict[int, list[Reason | Rationale]] = {}
    for one in words:
        found.setdefault(one.item, []).append(one)
    return found
