"""The one table of metrics: name, meaning, orientation, and the definition keys each carries.

The documentation, the report's definitions and the writer of `estimates.csv` all read it. `keys`
hold the default value of every option that the metric always states; a row whose options are the
defaults is the one to quote.
"""

from functools import cache

from analysis.metrics.catalogue.alignment import ALIGNMENT
from analysis.metrics.catalogue.behaviour import BEHAVIOUR
from analysis.metrics.catalogue.explained import EXPLAINED
from analysis.metrics.catalogue.kind import (
    BITS,
    COUNT,
    HIGHER,
    NEUTRAL,
    POINTS,
    SHARE,
    SIGNED,
    SPLIT_KEYS,
    SQUARE,
    ZERO,
    Metric,
    P,
    R,
)
from analysis.metrics.catalogue.machine import MACHINE
from analysis.metrics.catalogue.people import PEOPLE
from analysis.metrics.catalogue.validation import VALIDATION

__all__ = [
    "BITS",
    "COUNT",
    "HIGHER",
    "IN_STUDIES",
    "METRICS",
    "NEUTRAL",
    "POINTS",
    "SHARE",
    "SIGNED",
    "SPLIT_KEYS",
    "SQUARE",
    "ZERO",
    "Metric",
    "P",
    "R",
    "definition",
]

METRICS = {
    metric.name: metric
    for metric in (*PEOPLE, *ALIGNMENT, *MACHINE, *EXPLAINED, *VALIDATION, *BEHAVIOUR)
}
"""Every `Metric` by its name."""

IN_STUDIES = {
    name: metric for name, metric in METRICS.items() if {"human", "alignment"} & {*metric.tables}
}
"""What the reports of a study compute, and so what can be promised before its data."""


def definition(metric: str, **tokens: str) -> str:
    """The definition string of a metric, as `to_frame` writes it: the form to quote.

    `tokens` replace defaults (`definition("majority_alignment", ties="half")`). KeyError for an
    unknown metric.
    """
    return _definition(metric, tuple(tokens.items()))


@cache
def _definition(metric: str, tokens: tuple[tuple[str, str], ...]) -> str:
    """A report asks for a few hundred of them thousands of times."""
    return METRICS[metric].definition(**dict(tokens))
