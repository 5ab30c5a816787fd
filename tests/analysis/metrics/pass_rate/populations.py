"""Populations of items: made by hand, or simulated with known truth."""

import numpy as np
import pandas as pd


def population(rows, columns):
    """A frame with an item for every row; None is missing."""
    frame = pd.DataFrame(rows, columns=columns.split())
    return frame.assign(item=[f"i{place}" for place in range(len(frame))])


def simulated(seed, sizes, sampled, rates, judge_errs):
    """Strata with so many items, so many of them judged by people, and so many that pass.

    Adds `truth`, what people would say of every item, and `judge`, who errs at random.
    """
    rng = np.random.default_rng(seed)
    parts = []
    for stratum, (size, n, rate) in enumerate(zip(sizes, sampled, rates, strict=True)):
        truth = rng.random(size) < rate
        chosen = np.isin(np.arange(size), rng.choice(size, n, replace=False))
        judge = np.where(rng.random(size) < judge_errs, ~truth, truth)
        human = np.where(chosen, truth * 1.0, np.nan)
        columns = {"stratum": stratum, "truth": truth, "human": human, "judge": judge * 1.0}
        parts.append(pd.DataFrame(columns))
    whole = pd.concat(parts, ignore_index=True)
    return whole.assign(item=whole.index.astype(str))
