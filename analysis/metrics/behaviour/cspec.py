"""C-SPEC: does adapting a model to a culture help that culture most?"""

import math
from dataclasses import dataclass

import pandas as pd

from analysis.metrics.study import divide_or_nan, floats


@dataclass(frozen=True)
class CSpec:
    """The mean of the diagonal after each column was divided by its largest value.

    `by_culture` has each culture's own share, None where its column is all zero.
    """

    value: float | None
    by_culture: dict[str, float | None]
    note: str = ""


def c_spec(scores: pd.DataFrame) -> CSpec:
    """C-SPEC of a square table: rows are adapted cultures, columns test cultures, names equal.

    1 means that for every test culture the model adapted to it is the best. Raises ValueError where
    rows and columns do not name the same cultures, or a score is negative or missing.
    """
    names = [str(name) for name in scores.columns]
    if sorted(map(str, scores.index)) != sorted(names) or len(set(names)) < len(names):
        raise ValueError("rows and columns must name the same cultures, each once")
    table = floats(scores.set_axis(scores.index.map(str)).loc[names].to_numpy())
    if not (table >= 0).all():  # missing values are not >= 0 either
        raise ValueError("scores must be numbers from 0")
    own = divide_or_nan(table.diagonal(), table.max(axis=0))
    by_culture = {
        name: None if math.isnan(share) else share
        for name, share in zip(names, own.tolist(), strict=True)
    }
    empty = [name for name, share in by_culture.items() if share is None]
    if empty or not names:
        note = f"no model scores on {', '.join(empty)}" if empty else "there is no culture"
        return CSpec(None, by_culture, note)
    return CSpec(float(own.mean()), by_culture)
