"""The human study: rates, gaps, agreement and importance, overall and by group."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.metrics import terms
from analysis.metrics.book import Book, Group
from analysis.metrics.bootstrap import Resampler
from analysis.metrics.cells import Cells, Side, keep_people, make_cells
from analysis.metrics.estimate import Estimate
from analysis.metrics.intervals import Settings, Tally, jackknife, mix, tally
from analysis.metrics.perceived import PERCEIVED, local_rates
from analysis.metrics.study import FRAMES, Answers, Array, Codes, Mask, Study
from analysis.metrics.terms import Statistic

NO_ANSWERS = "no valid answers"
NO_PAIRS = "no item was answered by two people"
NO_CONTRAST = "no scenario was shown in both relations"

# Columns that form groups, each by itself; relation also within each participant country.
GROUPINGS: tuple[tuple[str, ...], ...] = (
    ("participant_country",),
    ("relation",),
    ("participant_country", "relation"),
    ("scenario_country",),
    ("receiver_age",),
    ("receiver_gender",),
    ("participant_age",),
    ("participant_gender",),
    ("participant_demo",),
    ("theme",),
    ("preference_type",),
)

PAIR_AGREEMENT = Statistic(terms.pair_agreement, terms.ratio, 0, 1, NO_PAIRS)
POOLED_PAIRS = Statistic(terms.pooled_pair_agreement, terms.ratio_weighted, 0, 1, NO_PAIRS)
MAJORITY_SHARE = Statistic(terms.majority_share, terms.ratio, 0.5, 1, NO_ANSWERS)
ITEM_RATE = Statistic(terms.item_rate, terms.ratio, 0, 1, NO_ANSWERS)
CHOICE_R = Statistic(
    terms.correlation_terms(lambda k, n: k + 0 * n, lambda q: q),
    terms.pearson,
    -1,
    1,
    "no spread in the ratings or in the choices",
)


def human_table(
    human: pd.DataFrame, *, replicates: int = 1000, seed: int = 20260, level: float = 0.95
) -> list[Estimate]:
    """All estimates of table `human` from the HUMAN frame, one row a participant x item.

    `human` has columns participant, item, scenario, scenario_country, receiver_age, receiver_gender,
    participant_country, participant_age, participant_gender, relation, theme, first_frame (text),
    personal and norm (1.0 culture, 0.0 preference, NaN), importance_norm, importance_preference
    (ratings or NaN) and perceived_share (0 to 1 or NaN), as `release.read_human` makes them. Shares
    run from 0 to 1, gaps from -1 to 1. Intervals hold the `level`, from `replicates` draws of
    scenarios and participants with this `seed` or from leaving each out. Raises ValueError when a
    participant answered an item twice.
    """
    settings = Settings(replicates, seed, level)
    study = Study(with_demo(human))
    resampler = Resampler(study, settings)
    book = Book("human")
    for group, mask in groups(study.human):
        add_frames(book, study, resampler, group, mask)
        add_gap(book, study, resampler, group, mask)
        add_importance(book, study, resampler, group, mask)
        add_perceived(book, study, resampler, group, mask)
    for frame in FRAMES:
        add_contrasts(book, study, frame)
    book.add_mean_of_frames()
    return book.estimates(settings)


def with_demo(human: pd.DataFrame) -> pd.DataFrame:
    """Add the participant's demographic cell, written as in the release (`younger_female`).

    It is None where age or gender is unknown.
    """
    age, gender = human["participant_age"], human["participant_gender"]
    demo = age.astype(str) + "_" + gender.astype(str)
    known = age.notna() & gender.notna() & (age != "") & (gender != "")
    return human.assign(participant_demo=demo.astype(object).where(known, None))


def groups(human: pd.DataFrame) -> Iterator[tuple[Group, Mask]]:
    """The overall group, then every level of every grouping with the rows that belong to it."""
    yield {}, np.ones(len(human), dtype=bool)
    for columns in GROUPINGS:
        yield from levels(human, columns)


def levels(human: pd.DataFrame, columns: tuple[str, ...]) -> Iterator[tuple[Group, Mask]]:
    """Every combination of these columns' levels that occurs, with the rows that belong to it.

    A missing level, empty text too, is a group of its own (null) unless all are missing.
    """
    if not set(columns) <= set(human.columns):
        return
    filled = human[list(columns)].astype(object)
    filled = filled.where(filled.notna() & (filled != ""), None)
    if filled.isna().all(axis=None):
        return
    keys = list(filled.itertuples(index=False, name=None))
    found = sorted(set(keys), key=lambda level: tuple(map(str, level)))
    place = {level: code for code, level in enumerate(found)}
    codes = np.fromiter((place[key] for key in keys), dtype=np.intp, count=len(keys))
    for code, level in enumerate(found):
        yield dict(zip(columns, level, strict=True)), codes == code


def add_frames(book: Book, study: Study, resampler: Resampler, group: Group, mask: Mask) -> None:
    """Culture rates and agreement of one group in each frame."""
    for frame in FRAMES:
        answers = study.answers(frame, mask)
        cells = make_cells(study, answers)
        add_means(book, frame, "culture_rate", resampler, answers, answers.y, group)
        for average, statistic in (("items", PAIR_AGREEMENT), ("pairs", POOLED_PAIRS)):
            add(book, frame, "pair_agreement", cells, statistic, group, average=average)
        add(book, frame, "majority_share", cells, MAJORITY_SHARE, group)


def add(
    book: Book,
    frame: str,
    metric: str,
    cells: Cells,
    statistic: Statistic,
    group: Group,
    **tokens: str,
) -> None:
    """Enter a jackknifed statistic of people."""
    book.add(
        frame,
        metric,
        jackknife(cells, statistic),
        group=group,
        low=statistic.low,
        high=statistic.high,
        undefined=statistic.undefined,
        tokens=tokens,
    )


def add_means(
    book: Book,
    frame: str,
    metric: str,
    resampler: Resampler,
    answers: Answers,
    values: Array,
    group: Group,
    low: float = 0.0,
    high: float = 1.0,
) -> None:
    """Enter the mean of a value over answers and over the items' own means."""
    cells = make_cells(resampler.study, answers)
    for weight, drawn in (
        ("answers", resampler.answer_mean(answers, values)),
        ("items", resampler.item_mean(answers, values)),
    ):
        counts = tally(cells, cells.n > 0, drawn)
        book.add(
            frame,
            metric,
            counts,
            group=group,
            low=low,
            high=high,
            undefined=NO_ANSWERS,
            tokens={"weight": weight},
        )


def add_gap(book: Book, study: Study, resampler: Resampler, group: Group, mask: Mask) -> None:
    """The norm-personal gap over answer sheets that hold both answers."""
    personal, norm = study.column("personal"), study.column("norm")
    paired = mask & ~np.isnan(personal) & ~np.isnan(norm)
    answers = study.answers("norm", paired)
    gap = (norm - personal)[paired]
    add_means(book, "both", "norm_personal_gap", resampler, answers, gap, group, -1, 1)


def add_importance(
    book: Book, study: Study, resampler: Resampler, group: Group, mask: Mask
) -> None:
    """Means of the two importance ratings, their difference, and what it says of the choice."""
    norm, preference = study.column("importance_norm"), study.column("importance_preference")
    if np.isnan(norm).all() and np.isnan(preference).all():
        return
    columns = {
        "importance_norm": norm,
        "importance_preference": preference,
        "importance_difference": norm - preference,
    }
    for metric, values in columns.items():
        rated = mask & ~np.isnan(values)
        answers = Answers(study.person[rated], study.item[rated], study.pair[rated], values[rated])
        add_means(book, "", metric, resampler, answers, answers.y, group, low=-np.inf, high=np.inf)
    for frame in FRAMES:
        cells = rating_cells(study, frame, norm - preference, mask)
        add(book, frame, "importance_choice_r", cells, CHOICE_R, group)


def add_perceived(book: Book, study: Study, resampler: Resampler, group: Group, mask: Mask) -> None:
    """What people think that people there would choose, and how far that is from what those do."""
    if PERCEIVED not in study.human or study.human[PERCEIVED].isna().all():
        return
    guess = study.column(PERCEIVED)
    for metric, values, low in (
        ("perceived_rate", guess, 0.0),
        ("perceived_gap", guess - local_rates(study), -1.0),
    ):
        known = mask & ~np.isnan(values)
        answers = Answers(study.person[known], study.item[known], study.pair[known], values[known])
        add_means(book, "", metric, resampler, answers, answers.y, group, low)


def rating_cells(study: Study, frame: str, rating: Array, mask: Mask) -> Cells:
    """One cell per answer: the choice beside the rating difference."""
    rated = mask & ~np.isnan(rating)
    answers = study.answers(frame, rated)
    values = rating[rated & ~np.isnan(study.column(frame))]
    ones = np.ones(len(values))
    side = Side(values, ones, ones, 0 * ones)
    own = np.arange(len(values))
    return make_cells(study, answers, side, own, study.item_scenario[answers.item])


def add_contrasts(book: Book, study: Study, frame: str) -> None:
    """Relations against each other, inside the scenarios (items) that were shown in both."""
    relations = sorted(study.human["relation"].dropna().astype(str).unique())
    for one, other in combinations(relations, 2):
        group = {"relation": one, "relation_reference": other}
        sides = [study.answers(frame, relation_mask(study, name)) for name in (one, other)]
        rate = contrast([by_scenario(study, side) for side in sides], ITEM_RATE, least=1)
        pairs = contrast([make_cells(study, side) for side in sides], PAIR_AGREEMENT, least=2)
        for metric, counts in (
            ("culture_rate_contrast", rate),
            ("pair_agreement_contrast", pairs),
        ):
            book.add(frame, metric, counts, group=group, low=-1, high=1, undefined=NO_CONTRAST)


def relation_mask(study: Study, name: str) -> Mask:
    """Rows of one relation."""
    return np.asarray(study.human["relation"] == name, dtype=bool)


def by_scenario(study: Study, answers: Answers) -> Cells:
    """Cells that pool a scenario's receivers."""
    scenarios: Codes = np.arange(study.n_scenarios)
    cell = study.item_scenario[answers.item]
    return make_cells(study, answers, cell=cell, scenario=scenarios)


def contrast(sides: list[Cells], statistic: Statistic, least: int) -> Tally:
    """The difference of a per-cell mean between two sets of people over the cells both fill."""
    shared = (sides[0].n >= least) & (sides[1].n >= least)
    parts = [jackknife(keep_people(side, shared), statistic) for side in sides]
    return replace(
        parts[0],
        spread=mix([1.0, -1.0], [part.spread for part in parts]),
        n_humans=len(np.union1d(*(side.answer_person[shared[side.answer_cell]] for side in sides))),
        n_answers=sum(part.n_answers for part in parts),
        n_dropped=int((((sides[0].n > 0) | (sides[1].n > 0)) & ~shared).sum()),
    )
