"""Everything one profile gets in one frame, beside everybody's answers."""

from dataclasses import dataclass, field, replace

import numpy as np

from analysis.metrics import core, scores
from analysis.metrics.book import Book, Group
from analysis.metrics.bootstrap import Resampler
from analysis.metrics.cells import Cells, keep_people
from analysis.metrics.core import People
from analysis.metrics.human import levels
from analysis.metrics.intervals import Settings
from analysis.metrics.profiles import Profile
from analysis.metrics.ranks import spearman
from analysis.metrics.scores import scaled
from analysis.metrics.study import FRAMES, Array, Mask, Study
from analysis.metrics.subgroups import Subgroups

AREAS = ("theme", "preference_type")
"""Columns of the people's frame that say what an item is about."""


@dataclass(frozen=True)
class Area:
    """The items of one theme or kind of preference, and the people who answered them."""

    group: Group
    people: People
    items: Mask


@dataclass
class Scoring:
    """What every part of the table needs: the study, its people by frame, how sure to be."""

    study: Study
    settings: Settings
    resampler: Resampler = field(init=False)
    people: dict[str, People] = field(init=False)

    def __post_init__(self) -> None:
        self.resampler = Resampler(self.study, self.settings)
        self.people = {frame: People(self.resampler, self.study.answers(frame)) for frame in FRAMES}
        self._subgroups: dict[str, Subgroups] = {}
        self._areas: dict[str, list[Area]] = {}

    def subgroups(self, frame: str) -> Subgroups:
        """The frame's people split as personas are, made when first asked for."""
        if frame not in self._subgroups:
            self._subgroups[frame] = Subgroups(self.resampler, frame)
        return self._subgroups[frame]

    def areas(self, frame: str) -> list[Area]:
        """The frame's people split by what items are about, made when first asked for."""
        if frame not in self._areas:
            self._areas[frame] = [
                self._area(frame, group, rows)
                for column in AREAS
                for group, rows in levels(self.study.human, (column,))
            ]
        return self._areas[frame]

    def _area(self, frame: str, group: Group, rows: Mask) -> Area:
        items = np.isin(np.arange(self.study.n_items), self.study.item[rows])
        return Area(group, People(self.resampler, self.study.answers(frame, rows)), items)


def add_overall(
    book: Book, frame: str, people: People, profile: Profile, own_brier: Array | None = None
) -> None:
    """All statistics of the whole model in one frame, everyone's answers beside it.

    `own_brier` holds a prediction per human answer for baselines that leave its giver out.
    """
    side = profile.pooled()
    cells = people.cells(side)
    for score in core.core_scores(people, side, ("rows", "items")):
        score.enter(book, frame)
    ties = float(profile.ties.sum())
    for score in core.model_rates(people.study, people.resampler, side, ties):
        score.enter(book, frame)
    for score in core.human_rates(people):
        score.enter(book, frame)
    shared = keep_people(cells, side.rows > 0)
    core.make_score("brier_floor", shared, scores.BRIER_FLOOR).enter(book, frame)
    for scale in core.SCALES:
        add_shape(book, frame, scaled(cells, scale), scale)
        constant = own_brier is not None
        add_correlations(book, frame, scaled(cells, scale), scale, constant=constant)
        q = None if scale == "hard" else own_brier
        core.brier(people, scaled(cells, scale), q, scale=scale).enter(book, frame)


def add_shape(book: Book, frame: str, cells: Cells, scale: str) -> None:
    """Entropies and the rescaled score."""
    for metric, statistic in {**scores.ENTROPIES, "rescaled_score": scores.RESCALED}.items():
        core.make_score(metric, cells, statistic, scale=scale).enter(book, frame)


def add_correlations(
    book: Book, frame: str, cells: Cells, scale: str, *, constant: bool = False
) -> None:
    """Uncertainty alignment in all its forms.

    `constant` says that q varies only because people were left out of it: no spread.
    """
    if constant:
        side = replace(cells.side, q=np.full_like(cells.side.q, 0.5))
        cells = replace(cells, side=side)
    for metric, statistic in scores.CORRELATIONS.items():
        core.make_score(metric, cells, statistic, scale=scale).enter(book, frame)
    rank = spearman(cells)
    book.add(
        frame,
        "uncertainty_spearman",
        rank,
        low=-1.0,
        high=1.0,
        undefined=scores.NO_SPREAD,
        tokens={"scale": scale},
    )


def add_split(
    book: Book, frame: str, people: People, profile: Profile, tokens: dict[str, str]
) -> None:
    """The common statistics of one prompt style or option order alone."""
    side = profile.pooled()
    for score in core.core_scores(people, side):
        score.enter(book, frame, tokens=tokens)
    ties = float(profile.ties.sum())
    for score in core.model_rates(people.study, people.resampler, side, ties):
        score.enter(book, frame, tokens=tokens)
