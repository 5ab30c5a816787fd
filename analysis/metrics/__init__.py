"""Statistics of the human study and of human-model alignment: pure functions on frames.

No Django and no tables. `human_table` and `alignment_table` turn the frames that `release` reads
from files (and `analysis.frames` from the database) into lists of `Estimate`, `to_frame` those into
the rows of ``estimates.csv``; `METRICS` says what each metric means.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from analysis.metrics.catalogue import METRICS, Metric, definition
from analysis.metrics.estimate import COLUMNS, Estimate, to_frame

if TYPE_CHECKING:
    from analysis.metrics.alignment import alignment_table
    from analysis.metrics.human import human_table
    from analysis.metrics.intervals import Settings

__all__ = [
    "COLUMNS",
    "METRICS",
    "Estimate",
    "Metric",
    "Settings",
    "alignment_table",
    "definition",
    "human_table",
    "to_frame",
]

_COMPUTING = {
    "Settings": "analysis.metrics.intervals",
    "alignment_table": "analysis.metrics.alignment",
    "human_table": "analysis.metrics.human",
}


def __getattr__(name: str) -> Any:
    """Load numpy, pandas and scipy on first use: the web process only reads the catalogue."""
    if name in _COMPUTING:
        return getattr(import_module(_COMPUTING[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
