"""How often the intervals hold the truth, on simulated items whose agreement is known.

An item has a chance p of a yes from any rater, drawn from a Beta distribution; its criteria share
it. Then observed agreement is E[p^2 + (1 - p)^2], the share of yes E[p], positive agreement
E[p^2] / E[p]. Run as a script for many studies: python -m tests.analysis.metrics.agreement.test_coverage
"""

import numpy as np
import pandas as pd
import pytest

from analysis.metrics.agreement import POOLED, summarise
from tests.analysis.metrics.agreement.tables import by_name

# (a, b) of the Beta distribution, items, raters an item, criteria
DESIGNS = {
    "split": ((0.8, 0.5), 60, 3, 1),
    "mostly yes": ((6.0, 0.5), 100, 2, 1),
    "three criteria": ((2.0, 0.5), 50, 3, 3),
}
NAMES = ("percent", "pabak", "ac1", "fleiss", "alpha", "positive")


def truths(a, b):
    share = a / (a + b)
    square = a * (a + 1) / ((a + b) * (a + b + 1))
    observed = 1 - 2 * share + 2 * square
    by_ac1, by_fleiss = 2 * share * (1 - share), share**2 + (1 - share) ** 2
    kappa = (observed - by_fleiss) / (1 - by_fleiss)
    return {
        "percent": observed,
        "pabak": 2 * observed - 1,
        "ac1": (observed - by_ac1) / (1 - by_ac1),
        "fleiss": kappa,
        "alpha": kappa,
        "positive": square / share,
    }


def study(rng, beta, items, raters, criteria):
    p = rng.beta(*beta, items)
    place = np.indices((items, raters, criteria)).reshape(3, -1)
    value = np.where(rng.random(place.shape[1]) < p[place[0]], "yes", "no")
    item, rater, criterion = (axis.astype(str) for axis in place)
    return pd.DataFrame({"item": item, "rater": rater, "criterion": criterion, "value": value})


def held(design, studies):
    """Shares of studies whose interval holds the truth: {(coefficient, kind): share}."""
    beta, *size = design
    truth = truths(*beta)
    found = {}
    for seed in range(studies):
        rng = np.random.default_rng([seed, 77])
        estimates = summarise(study(rng, beta, *size), ["yes", "no"], generator=rng, replicates=400)
        for name in NAMES:
            row = by_name(estimates, POOLED)[name]
            for kind, bounds in (("gwet", row), ("jack", row.jackknife), ("boot", row.bootstrap)):
                if bounds.lower is not None:
                    hit = bounds.lower <= truth[name] <= bounds.upper
                    found.setdefault((name, kind), []).append(hit)
    return {key: float(np.mean(hits)) for key, hits in found.items()}


@pytest.mark.simulations
@pytest.mark.parametrize("label", DESIGNS)
def test_intervals_hold_the_truth(label):
    found = held(DESIGNS[label], 200)
    assert len(found) == 3 * len(NAMES)
    for (name, kind), share in found.items():
        if label == "mostly yes" and name in ("fleiss", "alpha"):
            continue  # about 79 %: where one label is rare, no interval of a kappa holds (docs)
        assert share >= 0.88, (name, kind)


if __name__ == "__main__":
    for label, parts in DESIGNS.items():
        print(label, {key: round(share, 3) for key, share in held(parts, 1000).items()})
