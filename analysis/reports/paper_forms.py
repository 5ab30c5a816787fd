"""Estimates turned into the forms that the PACT paper prints, and means over models."""

from collections.abc import Iterable
from dataclasses import replace

from analysis.metrics.estimate import Estimate

CONSERVATIVE = (
    "Means over models: their interval is the mean of the models' intervals, which is too wide "
    "rather than too narrow, because models answer to the same people."
)


def allowing(rate: Estimate | None) -> Estimate | None:
    """A culture rate as the allow rate: one less it."""
    if rate is None or rate.value is None:
        return rate
    lower, upper = (None if end is None else 1 - end for end in (rate.upper, rate.lower))
    return replace(rate, metric="allow_rate", value=1 - rate.value, lower=lower, upper=upper)


def turned(gap: Estimate | None) -> Estimate | None:
    """A signed gap seen from the other side: preference instead of culture."""
    if gap is None or gap.value is None:
        return gap
    lower, upper = (None if end is None else -end for end in (gap.upper, gap.lower))
    return replace(gap, value=-gap.value, lower=lower, upper=upper)


def less(first: Estimate | None, second: Estimate | None) -> float | None:
    """The second value less the first; None where either is missing or undefined."""
    if first is None or second is None or first.value is None or second.value is None:
        return None
    return second.value - first.value


def mean_of(found: Iterable[Estimate | None]) -> Estimate | None:
    """The plain mean of estimates of one quantity, with the mean of their intervals.

    Undefined ones are left out and counted in the note; None without a defined one.
    """
    given = [one for one in found if one is not None]
    known = [(one, one.value) for one in given if one.value is not None]
    if not known:
        return None
    first = known[0][0]
    lowers = [one.lower for one, _ in known if one.lower is not None]
    uppers = [one.upper for one, _ in known if one.upper is not None]
    bounded = len(lowers) == len(uppers) == len(known)
    note = f"mean of {len(known)}"
    if len(known) < len(given):
        note += f"; {len(given) - len(known)} undefined, left out"
    return replace(
        first,
        model="",
        value=sum(value for _, value in known) / len(known),
        lower=sum(lowers) / len(known) if bounded else None,
        upper=sum(uppers) / len(known) if bounded else None,
        n_items=max(one.n_items for one, _ in known),
        n_humans=max(one.n_humans for one, _ in known),
        n_answers=sum(one.n_answers for one, _ in known),
        n_dropped=sum(one.n_dropped for one, _ in known),
        note=note,
    )
