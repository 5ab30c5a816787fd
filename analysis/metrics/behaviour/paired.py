"""The same question under two conditions: how often the decision flips, and which way.

Base to instruct, no balance to balance, younger to older with everything else equal: pairs are
matched decision by decision; here they arrive counted by scenario.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.metrics.behaviour.rates import NO_DECISIONS, ratio_interval
from analysis.metrics.intervals import Settings
from analysis.metrics.order import sign_flip_p
from analysis.metrics.study import floats

PAIRED = ("stayed_culture", "stayed_preference", "to_preference", "to_culture", "unpaired")


@dataclass(frozen=True)
class Flips:
    """What became of the decisions from the first condition to the second.

    Rates are shares of pairs; `allow_diff_pp` is the second allow rate less the first, in
    percentage points, with its interval; `p` that of flipping the signs of whole scenarios.
    `n_unpaired` decisions have no valid counterpart and enter nothing.
    """

    n_pairs: int
    n_scenarios: int
    n_unpaired: int
    allow_first: float | None = None
    allow_second: float | None = None
    flip_to_preference: float | None = None
    flip_to_culture: float | None = None
    unchanged: float | None = None
    allow_diff_pp: float | None = None
    lower: float | None = None
    upper: float | None = None
    p: float | None = None
    note: str = ""


def flips(frame: pd.DataFrame, settings: Settings | None = None) -> Flips:
    """Flips from counts by scenario: columns scenario and those of `PAIRED`.

    Raises ValueError for missing columns.
    """
    missing = [name for name in ("scenario", *PAIRED) if name not in frame]
    if missing:
        raise ValueError(f"the counts lack the columns {', '.join(missing)}")
    how = settings or Settings()
    sums = frame.groupby("scenario", sort=True)[list(PAIRED)].sum()
    culture, preference, to_preference, to_culture, unpaired = (
        sums[name].to_numpy(np.float64) for name in PAIRED
    )
    pairs = culture + preference + to_preference + to_culture
    total, alone = float(pairs.sum()), int(unpaired.sum())
    if not total:
        return Flips(0, 0, alone, note=NO_DECISIONS)
    used = pairs > 0
    change = (to_preference - to_culture)[used]
    diff = float(change.sum()) / total
    lower, upper, note = ratio_interval(change, pairs[used], diff, how.level)
    p, how_p = sign_flip_p(change, how)
    return Flips(
        n_pairs=int(total),
        n_scenarios=int(used.sum()),
        n_unpaired=alone,
        allow_first=float((preference + to_culture).sum()) / total,
        allow_second=float((preference + to_preference).sum()) / total,
        flip_to_preference=float(to_preference.sum()) / total,
        flip_to_culture=float(to_culture.sum()) / total,
        unchanged=float((culture + preference).sum()) / total,
        allow_diff_pp=100 * diff,
        lower=None if lower is None else 100 * lower,
        upper=None if upper is None else 100 * upper,
        p=p,
        note="; ".join(part for part in (note, how_p) if part),
    )


def matched(
    decisions: pd.DataFrame, condition: str, first: str, second: str, keys: Sequence[str]
) -> pd.DataFrame:
    """Counts for `flips` from a long frame: one row a decision, columns scenario, `condition`,
    `keys` (what must be equal) and decision (culture, preference, or empty for none).

    Raises ValueError where the same keys occur twice under one condition: such decisions cannot be
    told apart, and pairing them by position would be a guess.
    """
    index = ["scenario", *(key for key in keys if key != "scenario")]
    rows = decisions[decisions[condition].isin([first, second])]
    if rows.duplicated([*index, condition]).any():
        raise ValueError(f"decisions with equal {', '.join(index)} occur twice in one {condition}")
    wide = rows.set_index([*index, condition])["decision"].unstack(condition)
    wide = wide.reindex(columns=[first, second]).where(lambda table: table != "")
    one, two = wide[first], wide[second]
    both = one.notna() & two.notna()
    told = {
        "stayed_culture": both & (one == "culture") & (two == "culture"),
        "stayed_preference": both & (one == "preference") & (two == "preference"),
        "to_preference": both & (one == "culture") & (two == "preference"),
        "to_culture": both & (one == "preference") & (two == "culture"),
        "unpaired": ~both & (one.notna() | two.notna()),
    }
    table = pd.DataFrame({name: floats(values) for name, values in told.items()}, index=wide.index)
    return table.groupby(level="scenario").sum().reset_index()
