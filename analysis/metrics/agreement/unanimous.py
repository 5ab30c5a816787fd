"""Intervals where all pairs of raters agree, or none do: a width of zero would claim certainty.

That all n items were unanimous leaves room for items that are not. Wilson's bound says how many:
with 95 % confidence at most d = 3.84 / (n + 3.84) of them (the rule of three, by another road), n
counting items, since the criteria of one item are not independent. The other end of a
coefficient's interval is what it would be if d of the pairs disagreed; or agreed, where none do: that
lies d of the way from the value to 1, whatever the chance agreement is.
"""

from dataclasses import dataclass

from analysis.metrics.agreement.coefficients import LEAST, Chance, corrected
from analysis.metrics.agreement.labels import Labels
from analysis.metrics.agreement.result import Bounds
from analysis.metrics.agreement.spread import Sums, wilson
from analysis.metrics.study import Array, floats

ALL_AGREE = "all pairs of raters agree: the lower bound is Wilson's"
NONE_AGREE = "no pair of raters agrees: the upper bound is Wilson's"
ONE_LABEL = "only one label was given: the other bound is Wilson's"
NO_BIAS = "all pairs of raters agree: the upper bound is Wilson's"


def edge(sums: Sums, value: float, level: float) -> Bounds | None:
    """Bounds of a coefficient at the edge of what is possible; None where it is not at one."""
    if sums.coefficient.chance is None:
        return _of_two_labels(sums, value, level)
    paired = sums.units.overlapping
    if not paired.n_units:
        return None
    overall = sums.units.shares.mean(axis=0)
    pool = Pool(sums.units.labels, overall, paired.scores, paired.n_items)
    return corrected_edge(sums.coefficient.chance, pool, value, level)


@dataclass(frozen=True)
class Pool:
    """Mean label shares (q,), each unit's agreement, and the number of items the units are of."""

    labels: Labels
    overall: Array
    scores: Array
    n_items: int


def corrected_edge(chance: Chance, pool: Pool, value: float, level: float) -> Bounds | None:
    """Bounds of a chance-corrected coefficient where all units agree fully, or none at all."""
    share = wilson(pool.n_items, level)
    if (pool.scores > 1 - LEAST).all():
        return Bounds(None, max(_lowest(chance, pool, share), -1.0), value, ALL_AGREE)
    if (pool.scores < LEAST).all():
        highest = value + (1 - share) * (1 - value)  # (d - chance) / (1 - chance): its own chance
        return Bounds(None, max(value, -1.0), max(highest, -1.0), NONE_AGREE)
    return None


def _of_two_labels(sums: Sums, value: float, level: float) -> Bounds | None:
    share = wilson(sums.units.n_items, level)
    if sums.coefficient.name == "prevalence_index" and abs(value) > 1 - LEAST:
        bounds = (2 * share - 1, 1.0) if value > 0 else (-1.0, 1 - 2 * share)
        return Bounds(None, *bounds, ONE_LABEL)
    if sums.coefficient.name == "bias_index" and (sums.units.scores > 1 - LEAST).all():
        return Bounds(None, 0.0, 1 - share, NO_BIAS)
    is_specific = sums.coefficient.name in ("positive", "negative")
    return _specific(sums, value, level) if is_specific else None


def _specific(sums: Sums, value: float, level: float) -> Bounds | None:
    """Among items with the label: 2 s / (1 + s) where a share s of their pairs agree on it."""
    if LEAST < value < 1 - LEAST:
        return None
    share = wilson(int((sums.by_item[:, 1] > 0).sum()), level)
    if value > 0.5:
        return Bounds(None, 2 * share / (1 + share), 1.0, ALL_AGREE)
    return Bounds(None, 0.0, 2 * (1 - share) / (2 - share), NONE_AGREE)


def _lowest(chance: Chance, pool: Pool, observed: float) -> float:
    """The coefficient at this observed agreement, label shares held or moved, the lower of both.

    Pairs that disagree have a different label on one of their sides, so half their share moves
    from the commonest to the rarest label.
    """
    moved = pool.overall.copy()
    half = (1 - observed) / 2
    moved[pool.overall.argmax()] -= half
    moved[pool.overall.argmin()] += half
    return min(_at(chance, pool.labels, where, observed) for where in (pool.overall, moved))


def _at(chance: Chance, labels: Labels, overall: Array, observed: float) -> float:
    return float(corrected(floats([observed]), chance.overall(labels, overall[None, :]))[0])
