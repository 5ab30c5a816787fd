"""What models do with many decisions: rates, flips, associations, spreads.

Pure functions on decisions counted by scenario, so that tens of millions of them are no more work
than hundreds. docs/explanation/behaviour.md says how to read them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.metrics.behaviour.cspec import CSpec, c_spec
    from analysis.metrics.behaviour.dependence import (
        Association,
        FactorSpread,
        association,
        direction_share,
        factor_spread,
        two_level_effect,
    )
    from analysis.metrics.behaviour.over_models import (
        EVERYBODY,
        RateGap,
        mean_over_models,
        rate_gaps,
    )
    from analysis.metrics.behaviour.paired import Flips, flips, matched
    from analysis.metrics.behaviour.rates import Rate, allow_rates, decision_entropy, pooled

_HOME = {
    "Association": "dependence",
    "FactorSpread": "dependence",
    "association": "dependence",
    "direction_share": "dependence",
    "factor_spread": "dependence",
    "two_level_effect": "dependence",
    "CSpec": "cspec",
    "c_spec": "cspec",
    "Flips": "paired",
    "flips": "paired",
    "matched": "paired",
    "EVERYBODY": "over_models",
    "RateGap": "over_models",
    "mean_over_models": "over_models",
    "rate_gaps": "over_models",
    "Rate": "rates",
    "allow_rates": "rates",
    "decision_entropy": "rates",
    "pooled": "rates",
}

__all__ = [
    "EVERYBODY",
    "Association",
    "CSpec",
    "FactorSpread",
    "Flips",
    "Rate",
    "RateGap",
    "allow_rates",
    "association",
    "c_spec",
    "decision_entropy",
    "direction_share",
    "factor_spread",
    "flips",
    "matched",
    "mean_over_models",
    "pooled",
    "rate_gaps",
    "two_level_effect",
]


def __getattr__(name: str) -> Any:
    """Load numpy, pandas and scipy on first use: the web process only reads the names."""
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
