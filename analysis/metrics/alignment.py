"""The alignment table: every model, setting and frame beside the people."""

from collections.abc import Callable, Iterator

import pandas as pd

from analysis.metrics import (
    areas,
    baselines,
    contrasts,
    core,
    floors,
    order,
    other_country,
    persona,
    scores,
    variance,
)
from analysis.metrics.book import Book
from analysis.metrics.cells import make_cells
from analysis.metrics.estimate import Estimate
from analysis.metrics.human import with_demo
from analysis.metrics.intervals import Plain, Settings, Tally
from analysis.metrics.profiles import NO_PERSONA, PERSONA, Profile, make_profile, splits
from analysis.metrics.scoring import Scoring, add_overall, add_split
from analysis.metrics.study import FRAMES, Study

TABLE = "alignment"
Progress = Callable[[int, int], None]


def alignment_table(
    human: pd.DataFrame,
    model: pd.DataFrame,
    *,
    replicates: int = 1000,
    seed: int = 20260,
    level: float = 0.95,
    progress: Progress | None = None,
) -> list[Estimate]:
    """All estimates of table `alignment` from the HUMAN and MODEL frames.

    `human` is as for `human_table`; `model` has one row an answer with columns model, setting
    (no_persona, persona), persona_country, persona_demo, item, scenario, scenario_country,
    receiver_age, receiver_gender, frame (personal, norm), prompt_style, option_order, q (probability
    of culture or NaN), choice (1.0 culture, 0.0 preference, .5 a tie or NaN) and invalid_reason, as
    `release.read_predictions` makes them. The people's floors and the baselines come along, as rows
    without a model and of models `baseline:NAME`. `progress` is called with the parts done and the
    parts in all. Raises ValueError when a participant answered an item twice.
    """
    settings = Settings(replicates, seed, level)
    scoring = Scoring(Study(with_demo(human), model), settings)
    labels = sorted(set(model["model"].astype(str)))
    estimates: list[Estimate] = []
    parts = len(labels) + 2
    for done, books in enumerate(table_parts(scoring, model, labels)):
        for book in books:
            estimates += book.estimates(settings)
        if progress is not None:
            progress(done + 1, parts)
    return estimates


def table_parts(scoring: Scoring, model: pd.DataFrame, labels: list[str]) -> Iterator[list[Book]]:
    """The books of the people's floors, of each model, and of the baselines."""
    yield [people_book(scoring)]
    consensus = []
    for label in labels:
        books = model_books(scoring, label, model[model["model"].astype(str) == label])
        if not label.startswith(baselines.PREFIX):
            consensus.append(persona.consensus_entries(books))
        yield [book for book in books if not baselines.is_constant(book)]
    yield [
        *baselines.baseline_books(scoring),
        persona.mean_consensus(consensus),
        *variance.pooled_books(scoring.study, model, TABLE),
    ]


def people_book(scoring: Scoring) -> Book:
    """Floors and ceilings, which depend on the people alone (empty setting and model)."""
    book = Book(TABLE)
    for frame, people in scoring.people.items():
        cells = make_cells(scoring.study, people.answers)
        for metric, statistic in {**floors.FLOORS, "brier_floor": scores.BRIER_FLOOR}.items():
            core.make_score(metric, cells, statistic).enter(book, frame)
        for score in core.human_rates(people):
            score.enter(book, frame)
        ceiling = floors.uncertainty_ceiling(scoring.study, people.answers, scoring.settings)
        counts = Tally(Plain(ceiling), n_items=int((cells.n >= 2).sum()))
        book.add(frame, "uncertainty_ceiling", counts, undefined=floors.NO_RELIABILITY)
    book.add_mean_of_frames()
    return book


def model_books(scoring: Scoring, label: str, rows: pd.DataFrame) -> list[Book]:
    """One book per setting; comparisons between settings stand on the persona book."""
    profiles: dict[str, dict[str, Profile]] = {}
    books = []
    for setting in (NO_PERSONA, PERSONA):
        asked = rows[rows["setting"] == setting]
        if asked.empty:
            continue
        profiles[setting] = frame_profiles(scoring.study, asked)
        book = Book(TABLE, setting, label)
        fill_book(book, scoring, asked, profiles[setting])
        if setting == PERSONA:
            fill_persona(book, scoring, profiles)
        book.add_mean_of_frames()
        books.append(book)
    return books


def frame_profiles(study: Study, rows: pd.DataFrame) -> dict[str, Profile]:
    """The profile of each frame that was asked."""
    by_frame = {frame: rows[rows["frame"] == frame] for frame in FRAMES}
    return {frame: make_profile(study, part) for frame, part in by_frame.items() if len(part)}


def fill_book(
    book: Book, scoring: Scoring, rows: pd.DataFrame, profiles: dict[str, Profile]
) -> None:
    """Everything one setting of one model gets."""
    for frame, profile in profiles.items():
        people = scoring.people[frame]
        add_overall(book, frame, people, profile)
        asked = rows[rows["frame"] == frame]
        other_country.add_rescored(book, frame, scoring, profile.pooled())
        areas.add_areas(book, frame, scoring, profile.pooled())
        for tokens, part in splits(asked):
            add_split(book, frame, people, make_profile(scoring.study, part), tokens)
        order.add_order_effect(book, frame, scoring.resampler, asked, scoring.settings)
        variance.add_split(book, frame, scoring.study, asked)
    if len(profiles) == len(FRAMES):
        pair = [profiles[frame] for frame in FRAMES]
        contrasts.add_gap_alignment(book, scoring.study, *pair)
        contrasts.add_model_gap(book, scoring.resampler, *pair)
        contrasts.add_consistency(book, scoring.resampler, rows)


def fill_persona(book: Book, scoring: Scoring, profiles: dict[str, dict[str, Profile]]) -> None:
    """Persona groups, consensus, gains over no persona, and whose people personas resemble."""
    for frame, profile in profiles[PERSONA].items():
        people = scoring.people[frame]
        parts = scoring.subgroups(frame)
        persona.add_groups(book, frame, profile, people, parts)
        persona.add_consensus(book, frame, scoring.study, profile)
        persona.add_confusion(book, frame, profile, people)
        plain = profiles.get(NO_PERSONA, {}).get(frame)
        if plain is not None:
            persona.add_gain(book, frame, plain, profile, people)
