"""Statistics that compare the two frames of one model."""

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.metrics import scores, terms
from analysis.metrics.book import Book
from analysis.metrics.bootstrap import Resampler
from analysis.metrics.cells import Side, make_cells
from analysis.metrics.intervals import Tally, jackknife, mix
from analysis.metrics.profiles import Profile
from analysis.metrics.study import FRAMES, Answers, Study, count_by, divide, floats

CELL_KEYS = [
    "persona_country",
    "persona_demo",
    "item",
    "prompt_style",
    "option_order",
    "sample_index",
]
NO_PAIRED = "no item with valid answers in both frames"

GAP_R = scores.correlation(terms.correlation_terms(lambda k, n: divide(k, n), lambda q: q))
GAP_MAE = replace(scores.ITEM_MAE, high=2.0)


def paired_people(study: Study) -> Answers:
    """Answer sheets with both frames; y is norm less personal."""
    personal, norm = study.column("personal"), study.column("norm")
    sheet = ~np.isnan(personal) & ~np.isnan(norm)
    gap = (norm - personal)[sheet]
    return Answers(study.person[sheet], study.item[sheet], study.pair[sheet], gap)


def gap_side(personal: Side, norm: Side) -> Side:
    """The model's norm less personal rate per item, where both frames are valid."""
    rows = floats((personal.rows > 0) & (norm.rows > 0))
    invalid = floats((rows == 0) & (personal.rows + personal.invalid + norm.rows > 0))
    return Side(norm.q - personal.q, np.zeros_like(rows), rows, invalid)


def add_gap_alignment(book: Book, study: Study, personal: Profile, norm: Profile) -> None:
    """Does the model show the people's norm-personal gap, item by item."""
    people = paired_people(study)
    for scale in ("probability", "hard"):
        sides = [profile.pooled() for profile in (personal, norm)]
        if scale == "hard":
            sides = [side.hard() for side in sides]
        cells = make_cells(study, people, gap_side(*sides))
        for metric, statistic in (("gap_alignment_r", GAP_R), ("gap_alignment_mae", GAP_MAE)):
            book.add(
                "both",
                metric,
                jackknife(cells, statistic),
                low=statistic.low,
                high=statistic.high,
                undefined=statistic.undefined,
                tokens={"scale": scale},
            )


def add_model_gap(book: Book, resampler: Resampler, personal: Profile, norm: Profile) -> None:
    """The model's personal allow rate less its norm allow rate, over answers and over items."""
    scenario = resampler.study.item_scenario
    sides = [norm.pooled(), personal.pooled()]
    for scale in ("probability", "hard"):
        if scale == "hard":
            sides = [side.hard() for side in sides]
        for weight in ("answers", "items"):
            parts = []
            for side in sides:
                bottom = side.rows if weight == "answers" else floats(side.rows > 0)
                parts.append(resampler.scenario_mean(scenario, side.q * bottom, bottom))
            counts = Tally(
                mix([1.0, -1.0], parts),
                n_items=int(((sides[0].rows > 0) | (sides[1].rows > 0)).sum()),
                n_answers=int(sum(side.rows.sum() for side in sides)),
                n_dropped=int(sum(side.invalid.sum() for side in sides)),
            )
            book.add(
                "both",
                "model_norm_personal_gap",
                counts,
                low=-1.0,
                high=1.0,
                undefined="no valid model answer in one of the frames",
                tokens={"scale": scale, "weight": weight},
            )


def add_consistency(book: Book, resampler: Resampler, rows: pd.DataFrame) -> None:
    """How often the model chooses the same in both frames, everything else being equal.

    An exact tie in either frame scores a half.
    """
    wide = paired(rows, "frame", "choice")
    valid = wide[wide.notna().all(axis=1)] if set(FRAMES) <= set(wide) else wide.iloc[:0]
    item = resampler.study.item_codes(valid.index.get_level_values("item").to_series())
    score = np.zeros(0)
    if len(valid):
        one, other = (valid[name].to_numpy(np.float64) for name in FRAMES)
        tied = (one == 0.5) | (other == 0.5)
        score = np.where(tied, 0.5, (one == other) * 1.0)
    size = resampler.study.n_items
    same = count_by(item, size, score)
    pairs = count_by(item, size)
    scenario = resampler.study.item_scenario
    for average in ("rows", "items"):
        counted = floats(pairs > 0)
        top, bottom = (same, pairs) if average == "rows" else (divide(same, pairs), counted)
        counts = Tally(
            resampler.scenario_mean(scenario, top, bottom),
            n_items=int(counted.sum()),
            n_answers=len(valid),
            n_dropped=len(wide) - len(valid),
        )
        name = "personal_norm_consistency"
        book.add(
            "both", name, counts, low=0, high=1, undefined=NO_PAIRED, tokens={"average": average}
        )


def paired(rows: pd.DataFrame, over: str, value: str) -> pd.DataFrame:
    """One column per level of `over`, one row per otherwise equal cell; repeats are averaged."""
    keys = [key for key in (*CELL_KEYS, "frame") if key != over]
    filled = rows[[*keys, over, value]]
    return filled.groupby([*keys, over], sort=True, dropna=False)[value].mean().unstack(over)
