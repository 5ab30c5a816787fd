"""A model on the items of one theme, or of one kind of preference, beside the people who answered."""

from collections.abc import Iterator

from analysis.metrics import core, scores
from analysis.metrics.book import Book
from analysis.metrics.cells import Side
from analysis.metrics.core import People, Score
from analysis.metrics.scoring import Scoring


def add_areas(book: Book, frame: str, scoring: Scoring, side: Side) -> None:
    """The main statistics on the items of each area, every other item left aside."""
    for area in scoring.areas(frame):
        for score in _scores(area.people, side.within(area.items)):
            score.enter(book, frame, area.group)


def _scores(people: People, side: Side) -> Iterator[Score]:
    cells = people.cells(side)
    for metric, statistic in scores.PER_ITEM.items():
        yield core.make_score(metric, cells, statistic, target=people.target)
    majority = scores.majority("exclude", "drop", "rows")
    yield core.make_score("majority_alignment", cells, majority, target=people.target)
    yield from core.signed_gaps(people, cells)
    yield from core.human_rates(people)
    yield from core.culture_rates(people.study, people.resampler, side)
