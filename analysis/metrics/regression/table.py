"""The table `regression`: every factor's tests as estimates, of people and of all models."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.metrics.baselines import PREFIX
from analysis.metrics.catalogue import METRICS
from analysis.metrics.estimate import ALL_MODELS, Estimate
from analysis.metrics.regression.dropone import CONSTANT, NO_ANSWERS, regress
from analysis.metrics.regression.factors import (
    HUMAN,
    HUMAN_COMBINED,
    MODEL,
    MODEL_COMBINED,
    SCENARIO_COUNTRY,
)
from analysis.metrics.regression.multiplicity import FAMILIES, adjust
from analysis.metrics.regression.permutation import Permutation
from analysis.metrics.regression.result import Adjusted, FactorTest
from analysis.metrics.regression.within import regress_within
from analysis.metrics.study import FRAMES

TABLE = "regression"
COMBINED = "combined"
REGRESSIONS = (*FRAMES, COMBINED)
NO_LEVELS = "not given: with few answers each, how far many countries lie apart is mostly chance"
NO_RATES = "fewer than two levels have a rate"


@dataclass(frozen=True)
class Counts:
    """What stands behind one regression's rows."""

    n_items: int
    n_humans: int
    n_answers: int
    n_dropped: int


def human_regressions(
    human: pd.DataFrame, *, replicates: int = 1000, seed: int = 20260, level: float = 0.95
) -> list[Estimate]:
    """Personal, norm and combined regressions of the HUMAN frame, with country and item effects."""
    long = human.melt(
        [name for name in human.columns if name not in FRAMES], list(FRAMES), "frame", "y"
    )
    factors = dict.fromkeys(FRAMES, HUMAN) | {COMBINED: HUMAN_COMBINED}
    clusters = ("participant", "scenario")
    how = Permutation(replicates, seed)
    between: list[FactorTest] = []
    within: list[FactorTest] = []
    for name in REGRESSIONS:
        rows = part_of(long, name)
        between += regress(
            rows, "y", factors[name], name=name, clusters=clusters, permutation=how, level=level
        )
        within += regress_within(rows, "y", factors[name], name=name)
    counts = {name: counts_of(part_of(long, name), "participant") for name in REGRESSIONS}
    return [
        *estimates(between, counts, "scenario_country", ""),
        *estimates(within, counts, "item", ""),
    ]


def model_regressions(
    model: pd.DataFrame, *, replicates: int = 1000, seed: int = 20260, level: float = 0.95
) -> list[Estimate]:
    """Personal, norm and combined regressions of all models' hard choices; references stay out.

    Each model is a family of its own. Clusters are scenarios.
    """
    asked = model[~model["model"].astype(str).str.startswith(PREFIX)]
    asked = asked.assign(model_family=asked["model"], y=asked["choice"])
    factors = dict.fromkeys(FRAMES, MODEL) | {COMBINED: MODEL_COMBINED}
    how = Permutation(replicates, seed)
    tests: list[FactorTest] = []
    for name in REGRESSIONS:
        rows = part_of(asked, name)
        tests += regress(
            rows,
            "y",
            factors[name],
            name=name,
            clusters=("scenario",),
            permutation=how,
            level=level,
        )
    counts = {name: counts_of(part_of(asked, name)) for name in REGRESSIONS}
    return estimates(tests, counts, "scenario_country", ALL_MODELS)


def part_of(long: pd.DataFrame, name: str) -> pd.DataFrame:
    """The answers of one regression."""
    return long if name == COMBINED else long[long["frame"] == name]


def counts_of(rows: pd.DataFrame, person: str = "") -> Counts:
    """Items, people and answers that enter, and answers that do not (ties, invalid ones)."""
    kept = rows[np.isin(rows["y"].to_numpy(np.float64), (0.0, 1.0))]
    people = int(kept[person].nunique()) if person else 0
    return Counts(int(kept["item"].nunique()), people, len(kept), len(rows) - len(kept))


def estimates(
    tests: Sequence[FactorTest], counts: Mapping[str, Counts], effects: str, model: str
) -> list[Estimate]:
    """Every test's rows; `effects` says what stands for the scenarios, `model` whose answers."""
    families = {family: adjust(tests, family) for family in FAMILIES}
    out: list[Estimate] = []
    for place, test in enumerate(tests):
        corrected = {family: found[place].p_bh for family, found in families.items()}
        rows = _Rows(test, counts[test.regression], effects, model)
        out += rows.deviance()
        out += rows.corrected(corrected)
        if effects == SCENARIO_COUNTRY.name:
            out += [*rows.robust(), *rows.levels()]
        out += rows.alone()
        if test.factor == SCENARIO_COUNTRY.name and effects == SCENARIO_COUNTRY.name:
            out += rows.dealt()
    return out


@dataclass(frozen=True)
class _Rows:
    """One test's numbers under their names."""

    test: FactorTest
    counts: Counts
    effects: str
    model: str

    def _row(
        self,
        metric: str,
        value: float | None,
        note: str = "",
        *,
        family: str = "",
        level: Adjusted | None = None,
    ) -> Estimate:
        group = {"regression": self.test.regression, "factor": self.test.factor}
        counts = self.counts
        tokens = {"effects": self.effects} | ({"family": family} if family else {})
        return Estimate(
            table=TABLE,
            metric=metric,
            model=self.model,
            group=group | ({"level": level_of(level)} if level else {}),
            definition=METRICS[metric].definition(**tokens),
            value=value,
            lower=level.lower if level else None,
            upper=level.upper if level else None,
            n_items=counts.n_items,
            n_humans=counts.n_humans,
            n_answers=level.n_answers if level else counts.n_answers,
            n_dropped=counts.n_dropped,
            note=note,
        )

    def deviance(self) -> Iterator[Estimate]:
        """The test itself, and its size per degree of freedom and of all there is to explain."""
        test, found = self.test, self.test.dropped
        note = test.note
        if test.separated and found.deviance is not None:
            note = "; ".join(text for text in (note, _unanimous(test.separated)) if text)
        yield self._row("drop_one_deviance", found.deviance, note)
        yield self._row("df", float(found.df), test.note)
        yield self._row("p", found.p, test.note)
        per = None if found.deviance is None else found.deviance / found.df
        yield self._row("deviance_per_df", per, test.note)
        if self.effects == SCENARIO_COUNTRY.name:
            share = None
            if found.deviance is not None and test.null_deviance:
                share = found.deviance / test.null_deviance
            yield self._row("deviance_share", share, test.note)

    def corrected(self, values: Mapping[str, float | None]) -> Iterator[Estimate]:
        """The corrected p by either family."""
        for family, value in values.items():
            yield self._row("p_bh", value, self.test.note, family=family)

    def robust(self) -> Iterator[Estimate]:
        """The clustered test; its denominator's degrees of freedom stand in the note."""
        found = self.test.wald
        reason = found.note or self.test.note
        note = reason
        if found.p is not None:
            note = f"F with {found.df} and {found.df_clusters} degrees of freedom"
            note = "; ".join(text for text in (note, found.note) if text)
        yield self._row("wald_f", found.f, note or reason)
        yield self._row("p_wald", found.p, note or reason)

    def alone(self) -> Iterator[Estimate]:
        """The test without the interactions that contain the factor, where there are such."""
        found = self.test.alone
        if found is None:
            return
        note = "" if found.df else self.test.note
        yield self._row("alone_deviance", found.deviance, note)
        yield self._row("alone_df", float(found.df), note)
        yield self._row("alone_p", found.p, note)

    def dealt(self) -> Iterator[Estimate]:
        """The permutation of scenarios over countries."""
        test = self.test
        yield self._row("p_permutation", test.permutation_p, test.permutation_note or test.note)

    def levels(self) -> Iterator[Estimate]:
        """The adjusted rate of every level, and how far they lie apart."""
        for one in self.test.adjusted:
            yield self._row("adjusted_rate", one.rate, one.note, level=one)
        reason = self.test.note if self.test.note in (NO_ANSWERS, CONSTANT) else NO_RATES
        if self.test.factor == SCENARIO_COUNTRY.name:
            reason = NO_LEVELS
        apart = farthest(self.test.adjusted)
        yield self._row("adjusted_range", apart, reason if apart is None else "")


def farthest(found: Sequence[Adjusted]) -> float | None:
    """How far the two most different levels of one part lie apart; None without two rates."""
    rates: dict[tuple[str, ...], list[float]] = {}
    for one in found:
        if one.rate is not None:
            rates.setdefault(one.part, []).append(one.rate)
    return max((max(part) - min(part) for part in rates.values() if len(part) > 1), default=None)


def level_of(one: Adjusted) -> str:
    """A level's name, with its column where a factor has several."""
    return f"{' x '.join(one.part)}: {one.cell}"


def _unanimous(cells: Sequence[str]) -> str:
    shown = ", ".join(cells[:5]) + (f" and {len(cells) - 5} more" if len(cells) > 5 else "")
    return f"everybody chose the same at {shown}"
