"""One verdict per item from its raters' labels, by a rule that is stored with it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.metrics.agreement.labels import Labels
from analysis.metrics.agreement.ratings import Ratings
from analysis.metrics.study import count_by, floats

TIES = ("fail", "pass", "drop")


def majority_verdicts(
    ratings: pd.DataFrame, labels: Sequence[str], *, ties: str = "fail"
) -> pd.DataFrame:
    """Each item's verdict: it passes if most of its raters say yes to every criterion.

    `ratings` as in `agreement.summarise`, with two labels. `ties` says what an even split on a
    criterion counts for; `drop` leaves such an item without a verdict unless another criterion
    fails it. Returns item, human (1, 0 or missing), n_raters, rule; an item without ratings has none.
    """
    if ties not in TIES:
        raise ValueError(f"ties must be one of {', '.join(TIES)}, found {ties}")
    label_set = Labels(tuple(labels))
    if len(label_set) != 2:
        raise ValueError(f"a verdict needs two labels, found {len(label_set)}")
    coded = Ratings(ratings, label_set)
    units = coded.units()
    lead = 2 * units.counts[:, label_set.positive] - units.size
    fails = lead < 0 if ties != "fail" else lead <= 0
    open_ = (lead == 0) & (ties == "drop")
    size = len(coded.items)
    failed = count_by(units.item_of, size, floats(fails)) > 0
    undecided = count_by(units.item_of, size, floats(open_)) > 0
    raters = pd.Series(units.rater).groupby(units.item_of[units.unit]).nunique()
    n_raters = raters.reindex(range(size), fill_value=0).to_numpy()
    human = np.where(failed, 0.0, np.where(undecided | (n_raters == 0), np.nan, 1.0))
    rule = f"criteria:all;label:majority;ties:{ties}"
    return pd.DataFrame({"item": coded.items, "human": human, "n_raters": n_raters, "rule": rule})
