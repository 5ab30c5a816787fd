"""What models do with many decisions of the benchmark."""

from analysis.metrics.catalogue.explained import FACTOR, FAMILY
from analysis.metrics.catalogue.kind import (
    BITS,
    COUNT,
    DEFINED,
    NEUTRAL,
    SHARE,
    SIGNED,
    ZERO,
    Metric,
    P,
)

TABLE = ("behavior",)
PERCENT_POINTS, COEFFICIENT = "percentage points", "coefficient"
POOL = {"pool": "datasets"}
BY_SCENARIO = "Intervals take scenarios as clusters."


def _share(name: str, title: str, meaning: str, orientation: str = NEUTRAL) -> Metric:
    return Metric(name, title, f"{meaning} {BY_SCENARIO}", orientation, SHARE, DEFINED, POOL, TABLE)


def _flip(name: str, title: str, meaning: str) -> Metric:
    return Metric(name, title, meaning, NEUTRAL, SHARE, DEFINED, {}, TABLE)


BEHAVIOUR = (
    _share(
        "allow_rate",
        "Allow rate",
        "The share of valid decisions that allow the personal preference. A pool of datasets is the "
        "plain mean of the datasets' rates.",
    ),
    _share("unknown_rate", "Unknown", "The share of decisions that are neither choice.", ZERO),
    Metric(
        "decision_entropy",
        "Decision entropy",
        "How undecided a scenario leaves the model over its dyads, roles and prompts: the mean "
        f"entropy of a scenario's decisions. {BY_SCENARIO}",
        NEUTRAL,
        BITS,
        DEFINED,
        {},
        TABLE,
    ),
    Metric(
        "conflict_share",
        "Scenarios in conflict",
        f"The share of scenarios on which the model chose both ways at least once. {BY_SCENARIO}",
        NEUTRAL,
        SHARE,
        DEFINED,
        {},
        TABLE,
    ),
    Metric(
        "allow_diff_pp",
        "Difference",
        "The allow rate under the second of two levels less that under the first, over questions "
        f"that differ in this alone. {BY_SCENARIO}",
        SIGNED,
        PERCENT_POINTS,
        DEFINED,
        {},
        TABLE,
    ),
    Metric(
        "allow_gap_pp",
        "Difference of rates",
        "One group's allow rate less another's, each over its own decisions: what is compared may "
        f"differ in more than its name. {BY_SCENARIO}",
        SIGNED,
        PERCENT_POINTS,
        DEFINED,
        {},
        TABLE,
    ),
    _flip(
        "flip_to_preference",
        "To preference",
        "Of questions asked under both levels, the share that moved from culture to preference.",
    ),
    _flip(
        "flip_to_culture",
        "To culture",
        "Of questions asked under both levels, the share that moved from preference to culture.",
    ),
    _flip(
        "unchanged",
        "Unchanged",
        "Of questions asked under both levels, the share that was answered alike.",
    ),
    Metric(
        "p",
        "p",
        "How often flipping the signs of whole scenarios' differences, or chance in a table of "
        "independent decisions, gives an effect as large; of a factor in a regression, how often "
        "chance gives as large a drop-one deviance. With many decisions everything is small: order "
        "by the size of effects.",
        NEUTRAL,
        P,
        DEFINED,
        {},
        (*TABLE, "regression"),
        {"regression": FACTOR},
    ),
    Metric(
        "p_bh",
        "p, Benjamini-Hochberg",
        "The p value corrected for the number of tests in its table. In regressions the family is "
        "stated: the testable factors of one regression, or all factors of all three, untestable "
        "ones as p = 1 (paper form).",
        NEUTRAL,
        P,
        "Benjamini and Hochberg (1995)",
        {},
        (*TABLE, "regression"),
        {"regression": FAMILY},
    ),
    Metric(
        "chi2",
        "Chi-square",
        "Pearson's statistic of decision by level, as if decisions were independent.",
        NEUTRAL,
        COUNT,
        "Pearson (1900)",
        {},
        TABLE,
    ),
    Metric(
        "cramers_v",
        "Cramer's V",
        "How strongly the decision depends on a factor, from 0 to 1; does not grow with the number "
        "of decisions.",
        NEUTRAL,
        COEFFICIENT,
        "Cramer (1946)",
        {},
        TABLE,
    ),
    Metric(
        "factor_spread_pp",
        "Spread of a factor",
        "Over a factor's levels, the standard deviation of their allow rates; for age and gender "
        "the mean of the actor's and the receiver's absolute difference.",
        NEUTRAL,
        PERCENT_POINTS,
        DEFINED + "; the project page's headline figures",
        {},
        TABLE,
    ),
    Metric(
        "factor_gap_pp",
        "Mean difference of two levels",
        "Over a factor's levels, the mean absolute difference of any two levels' allow rates.",
        NEUTRAL,
        PERCENT_POINTS,
        DEFINED,
        {},
        TABLE,
    ),
    Metric(
        "direction_share",
        "Same direction",
        "In which share of the models the difference has the commoner sign.",
        NEUTRAL,
        SHARE,
        DEFINED,
        {},
        TABLE,
    ),
)
