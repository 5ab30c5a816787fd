"""Perceived against actual: what people guess of people there, and what those choose."""

import numpy as np

from analysis.metrics.study import Array, Study, count_by, divide_or_nan

PERCEIVED = "perceived_share"


def local_rates(study: Study) -> Array:
    """The personal culture rate, on each row's item, of the people who live where it is set.

    One value a human row, NaN where nobody else of that country answered the item: a local's own
    answer never stands against the local's own guess.
    """
    personal = study.column("personal")
    home = (study.human["participant_country"] == study.human["scenario_country"]).to_numpy()
    counted = home & ~np.isnan(personal)
    answers = np.where(counted, personal, 0.0)
    total = count_by(study.item, study.n_items, answers)[study.item] - answers
    number = count_by(study.item, study.n_items, counted.astype(float))[study.item] - counted
    return divide_or_nan(total, number)
