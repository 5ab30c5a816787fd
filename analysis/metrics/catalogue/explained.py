"""What goes with a choice: the factors of regressions, and the parts of models' variance."""

from analysis.metrics.catalogue.kind import (
    COUNT,
    DEFINED,
    NEUTRAL,
    POINTS,
    SHARE,
    SQUARE,
    Metric,
    P,
)

TABLE = ("regression",)
FACTOR = {"effects": "scenario_country"}
FAMILY = {**FACTOR, "family": "regression"}
VARIANCE = {"invalid": "drop", "scale": "probability"}
DEVIANCE = "deviance"


def _of_factor(name: str, title: str, meaning: str, unit: str, source: str = DEFINED) -> Metric:
    return Metric(name, title, meaning, NEUTRAL, unit, source, FACTOR, TABLE)


REGRESSIONS = (
    _of_factor(
        "drop_one_deviance",
        "Drop-one deviance",
        "How much worse a logistic regression of the choice fits without the factor, all other "
        "factors kept: the increase in deviance.",
        DEVIANCE,
        f"{DEFINED}; paper Tables 16, 17",
    ),
    _of_factor(
        "df",
        "Degrees of freedom",
        "By how much the rank of the design falls without the factor. 0 means that the other "
        "factors already say what it says, so that it cannot be tested beside them.",
        COUNT,
    ),
    _of_factor(
        "deviance_per_df",
        "Deviance per degree of freedom",
        "The drop-one deviance over its degrees of freedom. A factor that has nothing to do with the "
        "choice has 1 on average, if answers were independent.",
        DEVIANCE,
    ),
    _of_factor(
        "deviance_share",
        "Share of the deviance",
        "The drop-one deviance as a share of all there is to explain: the deviance of a model that "
        "gives every answer the same probability.",
        SHARE,
    ),
    _of_factor(
        "adjusted_rate",
        "Adjusted culture rate",
        "The mean fitted chance of choosing culture when every answer is given this level of the "
        "factor and keeps everything else. Intervals take participants and scenarios as clusters.",
        SHARE,
        "predictive margins, Lane and Nelder (1982)",
    ),
    _of_factor(
        "adjusted_range",
        "Largest adjusted difference",
        "How far the adjusted culture rates of the factor's two most different levels lie apart; of "
        "an interaction, its two most different combinations.",
        POINTS,
    ),
    _of_factor(
        "wald_f",
        "Cluster-robust F",
        "Wald's test that the factor's coefficients are zero, over its degrees of freedom; answers of "
        "one participant and of one scenario may go together.",
        "F",
        "Cameron, Gelbach and Miller (2011)",
    ),
    _of_factor(
        "p_wald",
        "p, cluster-robust",
        "The p of that test, with as many denominator degrees of freedom as the rarer kind of cluster "
        "has clusters, less one.",
        P,
        "Cameron, Gelbach and Miller (2011)",
    ),
    _of_factor(
        "p_permutation",
        "p, dealing out scenarios",
        "How often dealing the scenarios out to the countries anew gives as large a score statistic. "
        "Never below 1 / (deals + 1).",
        P,
    ),
    _of_factor(
        "alone_deviance",
        "Deviance without interactions",
        "The drop-one deviance in the model without the interactions that contain the factor.",
        DEVIANCE,
    ),
    _of_factor(
        "alone_df",
        "Degrees of freedom without interactions",
        "The degrees of freedom of the test of the factor without the interactions that contain it.",
        COUNT,
    ),
    _of_factor(
        "alone_p",
        "p without interactions",
        "The p of the test of the factor without the interactions that contain it.",
        P,
    ),
)

PARTS = (
    Metric(
        "answer_variance",
        "Variance of the answers",
        "The variance of a model's probabilities of culture (or hard choices) over all its answers.",
        NEUTRAL,
        SQUARE,
        DEFINED,
        VARIANCE,
    ),
    Metric(
        "variance_share",
        "Share of the variance",
        "The part of a model's variance that one source makes by itself: the variance of its levels' "
        "means. Interactions and repeated sampling have the rest; the parts add up to 1.",
        NEUTRAL,
        SHARE,
        f"{DEFINED}; analysis of variance",
        VARIANCE,
    ),
    Metric(
        "variance_total_share",
        "Share of the variance with interactions",
        "The part of a model's variance that would go if the source were held still: what it makes "
        "by itself and together with others. These parts overlap and add up to more than 1.",
        NEUTRAL,
        SHARE,
        "total effects, Homma and Saltelli (1996)",
        VARIANCE,
    ),
)

EXPLAINED = (*REGRESSIONS, *PARTS)
"""Metrics of the table `regression`, and the variance split in the table `alignment`."""
