"""How many items of a dataset are acceptable, from people's checks of a sample and a judge's of all.

Pure functions on a frame of the whole population. docs/explanation/agreement.md explains them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from analysis.metrics.pass_rate.result import Beside, Rate

if TYPE_CHECKING:
    from analysis.metrics.pass_rate.judge import beside_people, flip_rate
    from analysis.metrics.pass_rate.population import (
        dataset_pass_rate,
        judge_assisted,
        rate_after_removal,
    )
    from analysis.metrics.pass_rate.removal import kept_rate, removal_errors
    from analysis.metrics.pass_rate.verdicts import majority_verdicts

__all__ = [
    "Beside",
    "Rate",
    "beside_people",
    "dataset_pass_rate",
    "flip_rate",
    "judge_assisted",
    "kept_rate",
    "majority_verdicts",
    "rate_after_removal",
    "removal_errors",
]

_COMPUTING = {
    "beside_people": "judge",
    "dataset_pass_rate": "population",
    "flip_rate": "judge",
    "judge_assisted": "population",
    "kept_rate": "removal",
    "majority_verdicts": "verdicts",
    "rate_after_removal": "population",
    "removal_errors": "removal",
}


def __getattr__(name: str) -> Any:
    """Load numpy, pandas and scipy on first use: the web process only reads the names."""
    if name in _COMPUTING:
        return getattr(import_module(f"analysis.metrics.pass_rate.{_COMPUTING[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
