"""Statistics of the human study and of human-model alignment: pure functions on frames.

No Django, no tables, no files. `human_table` and `alignment_table` turn the frames that
`analysis.frames` makes into lists of `Estimate`; `catalogue` says what each metric means.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from analysis.metrics.catalogue import METRICS, Metric, definition
from analysis.metrics.estimate import COLUMNS, Estimate, to_frame

if TYPE_CHECKING:
    from analysis.metrics.alignment import alignment_table
    from analysis.metrics.human import human_table

__all__ = [
    "COLUMNS",
    "METRICS",
    "Estimate",
    "Metric",
    "alignment_table",
    "definition",
    "human_table",
    "to_frame",
]

_COMPUTING = {
    "alignment_table": "analysis.metrics.alignment",
    "human_table": "analysis.metrics.human",
}


def __getattr__(name: str) -> Any:
    """Load numpy, pandas and scipy on first use: the web process only reads the catalogue."""
    if name in _COMPUTING:
        return getattr(import_module(_COMPUTING[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
