"""Statistics of the human study and of human-model alignment: pure functions on frames.

No Django, no tables, no files. `human_table` and `alignment_table` turn the frames that
`analysis.frames` makes into lists of `Estimate`; `catalogue` says what each metric means.
"""

from analysis.metrics.alignment import alignment_table
from analysis.metrics.catalogue import METRICS, Metric, definition
from analysis.metrics.estimate import COLUMNS, Estimate, to_frame
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
