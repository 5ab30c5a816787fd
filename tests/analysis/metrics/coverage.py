"""Simulated studies with known truth: how often do the intervals hold it?

Scenarios and participants are drawn afresh for every study. On the logit scale an answer is the
scenario's level, the receiver's shift, the participant's lean and the country's shift; the model
knows the level with noise of its own. Run as a script for many studies:

    python -m tests.analysis.metrics.coverage STUDIES
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.metrics.bootstrap import Resampler
from analysis.metrics.cells import make_cells
from analysis.metrics.core import People, signed_gaps
from analysis.metrics.human import PAIR_AGREEMENT
from analysis.metrics.intervals import Interval, Settings, jackknife
from analysis.metrics.profiles import make_profile
from analysis.metrics.scores import ITEM_MSE, RATE_GAP, ROW_MAE, majority
from analysis.metrics.study import Study

RECEIVERS = 4
LEAN = 0.6
COUNTRY_SHIFTS = np.array([-0.5, -0.2, 0.0, 0.2, 0.5])
RECEIVER_SD = 0.3
MODEL_NOISE = 0.8
TRUTH_DRAWS = 25
LEVEL = {"personal": (0.9, 1.0), "norm": (1.2, 0.8)}


@dataclass(frozen=True)
class Design:
    """Size of the simulated studies."""

    people: int = 200
    scenarios: int = 63
    per_person: int = 7


def expit(x):
    """The logistic function."""
    return 1 / (1 + np.exp(-x))


def rates(logit):
    """Culture rate of a random person for items of this logit, by quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    leans = nodes * LEAN
    shifts = (leans[:, None] + COUNTRY_SHIFTS[None, :]).ravel()
    chance = np.repeat(weights / weights.sum(), len(COUNTRY_SHIFTS)) / len(COUNTRY_SHIFTS)
    return expit(logit[..., None] + shifts) @ chance


def draw_items(rng, scenarios):
    """Logits (2 frames, items) and the model's q (2 frames, items)."""
    level = np.stack([rng.normal(*LEVEL[f], scenarios) for f in LEVEL])
    logit = np.repeat(level, RECEIVERS, axis=1)
    logit = logit + rng.normal(0, RECEIVER_SD, logit.shape)
    noise = np.repeat(rng.normal(0.3, MODEL_NOISE, level.shape), RECEIVERS, axis=1)
    return logit, expit(logit + noise)


def draw_study(rng, design):
    """HUMAN and MODEL (one model, no personas) of one study."""
    logit, q = draw_items(rng, design.scenarios)
    chosen = np.argsort(rng.random((design.people, design.scenarios)), axis=1)
    scenario = chosen[:, : design.per_person].ravel()
    person = np.repeat(np.arange(design.people), design.per_person)
    item = scenario * RECEIVERS + rng.integers(0, RECEIVERS, len(scenario))
    lean = rng.normal(0, LEAN, design.people) + COUNTRY_SHIFTS[np.arange(design.people) % 5]
    y = rng.random((2, len(item))) < expit(logit[:, item] + lean[person])
    human = pd.DataFrame(
        {
            "participant": person.astype(str),
            "participant_country": (person % 5).astype(str),
            "item": item.astype(str),
            "scenario": scenario.astype(str),
            "personal": y[0] * 1.0,
            "norm": y[1] * 1.0,
        }
    )
    items = np.arange(design.scenarios * RECEIVERS)
    model = pd.DataFrame(
        {
            "item": items.astype(str),
            "scenario": (items // RECEIVERS).astype(str),
            "persona_country": "",
            "persona_demo": "",
            "q": q[0],
            "choice": (q[0] > 0.5) * 1.0,
        }
    )
    return human, model


def estimates(human, model, settings) -> Iterator[tuple[str, float, Interval]]:
    """The headline metrics of one study: name, value, interval."""
    study = Study(human, model)
    resampler = Resampler(study, settings)
    answers = study.answers("personal")
    people = People(resampler, answers)
    cells = people.cells(make_profile(study, model).pooled())
    gap = study.column("norm") - study.column("personal")
    linear = {
        "culture_rate answers": resampler.answer_mean(answers, answers.y),
        "culture_rate items": resampler.item_mean(answers, answers.y),
        "norm_personal_gap answers": resampler.answer_mean(answers, gap),
        "signed_culture_gap": next(signed_gaps(people, cells)).tally.spread,
    }
    other = {
        "pair_agreement": (make_cells(study, answers), PAIR_AGREEMENT),
        "item_mse_unbiased": (cells, ITEM_MSE),
        "rate_gap_abs": (cells, RATE_GAP),
        "row_mae": (cells, ROW_MAE),
        "majority_alignment": (cells, majority("exclude", "drop", "rows")),
    }
    for name, draws in linear.items():
        yield name, draws.value, draws.interval(settings.level)
    for name, (where, statistic) in other.items():
        spread = jackknife(where, statistic).spread
        bounds = (statistic.low, statistic.high)
        yield name, spread.value, spread.interval(settings.level, *bounds)


def truths() -> dict[str, float]:
    """What the metrics would be with everybody asked about endless scenarios."""
    draws = [_truth(np.random.default_rng([99, part])) for part in range(TRUTH_DRAWS)]
    means = pd.DataFrame(draws).mean().to_dict()
    return {**means, "rate_gap_abs": abs(means["signed_culture_gap"])}


def _truth(rng):
    """One draw of 20,000 scenarios towards `truths`."""
    logit, q = draw_items(rng, 20_000)
    p = rates(logit)
    choice = q[0] > 0.5
    return {
        "culture_rate answers": float(p[0].mean()),
        "culture_rate items": float(p[0].mean()),
        "norm_personal_gap answers": float((p[1] - p[0]).mean()),
        "signed_culture_gap": float((q[0] - p[0]).mean()),
        "pair_agreement": float((p[0] ** 2 + (1 - p[0]) ** 2).mean()),
        "item_mse_unbiased": float(((q[0] - p[0]) ** 2).mean()),
        "row_mae": float(np.where(choice, 1 - p[0], p[0]).mean()),
    }


def coverage(studies: int, seed: int = 1, design: Design = Design(), replicates: int = 400):
    """Share of studies whose interval holds the truth, mean width and mean error, per metric.

    Majority alignment depends on how many people each item has; its truth is the mean over all
    the simulated studies (the expected value at this design).
    """
    rows = []
    for number in range(studies):
        human, model = draw_study(np.random.default_rng([seed, number]), design)
        for name, value, interval in estimates(human, model, Settings(replicates, number)):
            rows.append((name, value, interval.lower, interval.upper))
    table = pd.DataFrame(rows, columns=["metric", "value", "lower", "upper"])
    truth = {**table.groupby("metric")["value"].mean(), **truths()}
    table["truth"] = table["metric"].map(truth)
    table["held"] = (table["lower"] <= table["truth"]) & (table["truth"] <= table["upper"])
    table["width"] = table["upper"] - table["lower"]
    grouped = table.groupby("metric")
    return grouped[["held", "width", "value", "truth"]].mean().assign(sd=grouped["value"].std())


if __name__ == "__main__":
    print(coverage(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1).to_string())
