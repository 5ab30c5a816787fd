"""How much of the whole dataset passes, from people's verdicts on the sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from analysis.metrics import pass_rate as rates
from analysis.metrics.pass_rate import Rate
from annotation.models import Validation
from annotation.services import datasets
from annotation.services.validation.freezing import population_units
from annotation.services.validation.sampling import population_hash

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN: Final = "the file of labels does not say what its items were drawn from"
ELSEWHERE: Final = "the sample was drawn elsewhere and is taken as a simple random one"
CHANGED: Final = "the scenarios have changed since the sample was drawn"
TWO_LABELS: Final = "a verdict needs two labels, such as yes and no"
TOGETHER: Final = "small strata together"
NOBODY: Final = "nobody has rated an item yet"


@dataclass(frozen=True)
class Population:
    """Every item that the sample speaks for: frame with item, stratum and human, or why there is none.

    `versions` leads from an item to its scenario version, as far as it is known; where it is not
    known of all, `gap` says why.
    """

    frame: pd.DataFrame | None
    versions: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    gap: str = ""


def population(validation: Validation, ratings: pd.DataFrame) -> Population:
    """The population with people's verdicts: an item passes if most of its annotators say yes to
    every criterion, an even split fails it."""
    import pandas as pd

    if len(validation.labels) != 2:
        return Population(None, note=TWO_LABELS)
    if ratings.empty:
        return Population(None, note=NOBODY)
    if not validation.population_size:
        return Population(None, note=UNKNOWN)
    members, gap = _members(validation)
    frame = pd.DataFrame(members, columns=["item", "stratum", "version"])
    verdicts = rates.majority_verdicts(ratings, validation.labels).set_index("item")["human"]
    frame["human"] = frame["item"].map(verdicts)
    known = frame.dropna(subset=["version"])
    versions = dict(zip(known["item"], known["version"].astype(int), strict=True))
    elsewhere = ELSEWHERE if not validation.protocol_hash else ""
    frame["stratum"], together = _collapsed(frame)
    note = "; ".join(part for part in (elsewhere, together) if part)
    return Population(frame[["item", "stratum", "human"]], versions, note, gap)


def human_rate(found: Population, level: float = 0.95) -> Rate:
    """The share of the population that passes, from people alone."""
    if found.frame is None:
        return Rate("dataset_pass_rate", "after:none;source:human", None, note=found.note)
    rate = rates.dataset_pass_rate(found.frame, level=level)
    note = "; ".join(part for part in (rate.note, found.note) if part)
    return replace(rate, note=note)


def _collapsed(frame: pd.DataFrame) -> tuple[pd.Series[str], str]:
    """Strata in which each has a verdict: those without one are taken together with the other small
    ones (a single verdict; else the smallest stratum there is). Sizes alone decide what is small, so
    that no answer can. With it, what a remark must say."""
    judged = frame.groupby("stratum")["human"].count()
    empty = list(judged.index[judged == 0])
    if not empty or len(empty) == len(judged):
        return frame["stratum"], ""
    small = list(judged.index[judged == 1])
    if not small:
        sizes = frame.groupby("stratum").size()
        small = [sizes[judged > 0].idxmin()]
    joined = frame["stratum"].isin([*empty, *small])
    number = int(frame["stratum"].isin(empty).sum())
    note = (
        f"{len(empty)} strata ({number} items) have no rated item and are taken together with "
        f"{len(small)} small ones"
    )
    return frame["stratum"].mask(joined, TOGETHER), note


def _members(validation: Validation) -> tuple[list[tuple[str, str, int | None]], str]:
    """(item, stratum, version) of everything there was to draw from, and what is not known of it."""
    if not validation.protocol_hash:
        return [*_sample(validation), *_rest_of_dataset(validation)], ""
    units = dict(population_units(validation, validation.stratify_by))
    if population_hash(units) == validation.population_hash:
        return [(unit.key, unit.stratum, pk) for unit, pk in units.items()], ""
    return [*_sample(validation), *_nameless(validation)], CHANGED


def _sample(validation: Validation) -> list[tuple[str, str, int | None]]:
    return list(validation.items.values_list("key", "stratum", "version_id"))


def _rest_of_dataset(validation: Validation) -> Iterator[tuple[str, str, int | None]]:
    """The scenarios of a dataset that a file of labels does not speak of."""
    drawn = set(validation.items.values_list("version__scenario_id", flat=True))
    rows = datasets.current_versions(validation.dataset).values_list("scenario_id", "pk")
    return (((f"scenario {scenario}", "", pk)) for scenario, pk in rows if scenario not in drawn)


def _nameless(validation: Validation) -> Iterator[tuple[str, str, int | None]]:
    """As many items without a name as each stratum held beyond its part of the sample."""
    drawn: dict[str, int] = {}
    for _, stratum, _ in _sample(validation):
        drawn[stratum] = drawn.get(stratum, 0) + 1
    for stratum, size in validation.strata.items():
        for number in range(size - drawn.get(stratum, 0)):
            yield f"not drawn: {stratum} {number}", stratum, None
