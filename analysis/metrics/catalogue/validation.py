"""How far annotators agree, and how much of a dataset passes."""

from analysis.metrics.catalogue.kind import (
    DEFINED,
    NEUTRAL,
    POINTS,
    SHARE,
    SIGNED,
    ZERO,
    Metric,
)

COEFFICIENT = "coefficient"
AGREE = {"single_rated": "include", "weights": "identity"}
TABLE = ("validation",)
BETTER = "higher is more agreement"


def _coefficient(name: str, title: str, meaning: str, source: str, **keys: str) -> Metric:
    return Metric(name, title, meaning, BETTER, COEFFICIENT, source, {**AGREE, **keys}, TABLE)


VALIDATION = (
    Metric(
        "percent",
        "Observed agreement",
        "The share of pairs of raters of the same item that gave the same label, averaged over the "
        "items with two ratings or more. With weights, labels that are close count in part.",
        BETTER,
        SHARE,
        "Gwet (2014)",
        AGREE,
        TABLE,
    ),
    _coefficient(
        "pabak",
        "PABAK (Brennan-Prediger)",
        "Observed agreement beyond what raters would reach who choose among all labels at random, "
        "as a share of what is possible. Does not fall when one label is rare.",
        "Brennan and Prediger (1981)",
    ),
    _coefficient(
        "ac1",
        "Gwet's AC1",
        "Agreement beyond chance, where chance is largest if all labels are used equally. Stays "
        "near observed agreement when almost every answer is the same.",
        "Gwet (2008, 2014)",
    ),
    _coefficient(
        "ac2",
        "Gwet's AC2",
        "AC1 with weights: labels that are close count as agreement in part.",
        "Gwet (2014)",
        weights="quadratic",
    ),
    _coefficient(
        "cohen",
        "Cohen's kappa",
        "Agreement beyond chance for two raters, chance being that of raters with their label "
        "shares. Near zero where one label is rare, even if they almost always agree.",
        "Cohen (1960, 1968)",
    ),
    _coefficient(
        "fleiss",
        "Fleiss' kappa",
        "Agreement beyond chance for any number of raters, chance being two draws from the mean "
        "label shares. Near zero where one label is rare.",
        "Fleiss (1971), missing ratings as in Gwet (2014)",
    ),
    _coefficient(
        "alpha",
        "Krippendorff's alpha",
        "As Fleiss' kappa, but ratings count instead of items and a small-sample term is added. "
        "Items with a single rating play no part.",
        "Krippendorff (1970, 2011)",
    ),
    Metric(
        "positive",
        "Positive agreement",
        "If a rater says yes, the share of the item's other raters that say so, too.",
        BETTER,
        SHARE,
        "Spitzer and Fleiss (1974)",
        AGREE,
        TABLE,
    ),
    Metric(
        "negative",
        "Negative agreement",
        "If a rater says no, the share of the item's other raters that say so, too.",
        BETTER,
        SHARE,
        "Spitzer and Fleiss (1974)",
        AGREE,
        TABLE,
    ),
    Metric(
        "prevalence_index",
        "Prevalence index",
        "The mean share of yes less the mean share of no. The further from zero, the lower kappa "
        "and alpha at the same observed agreement.",
        SIGNED,
        POINTS,
        "Byrt, Bishop and Carlin (1993), for any number of raters",
        AGREE,
        TABLE,
    ),
    Metric(
        "bias_index",
        "Bias index",
        "How far two raters' shares of yes are apart on the items both rated, pooled over all "
        "pairs of raters.",
        ZERO,
        POINTS,
        "Byrt, Bishop and Carlin (1993), for any number of raters",
        AGREE,
        TABLE,
    ),
    Metric(
        "flip_rate",
        "Flip rate",
        "How often two repeats of the judge, or two versions of its prompt, give the same item "
        "different labels.",
        ZERO,
        SHARE,
        DEFINED,
        {},
        TABLE,
    ),
    Metric(
        "pass_rate",
        "Pass rate of the sample",
        "The share of the rated items that most of their annotators find to pass, by a criterion "
        "or by all together; an even split fails an item. Of the sample alone, with Wilson's "
        "interval.",
        NEUTRAL,
        SHARE,
        DEFINED,
        {"source": "human"},
        TABLE,
    ),
    Metric(
        "dataset_pass_rate",
        "Pass rate of the dataset",
        "The share of all items that pass, from people's verdicts on a stratified sample; or the "
        "judge's rate over all items, corrected by its differences from people in the sample; or "
        "anew among the items that were kept.",
        NEUTRAL,
        SHARE,
        DEFINED,
        {"after": "none", "source": "human"},
        TABLE,
    ),
    Metric(
        "false_removal_rate",
        "False removals",
        "Of the flagged items, the share that people find acceptable.",
        ZERO,
        SHARE,
        DEFINED,
        {"side": "flagged", "source": "human"},
        TABLE,
    ),
    Metric(
        "miss_rate",
        "Misses",
        "Of the items that were not flagged, the share that people find unacceptable.",
        ZERO,
        SHARE,
        DEFINED,
        {"side": "unflagged", "source": "human"},
        TABLE,
    ),
    Metric(
        "missed_share",
        "Missed share",
        "Of all items that people would find unacceptable, the share that no flag caught.",
        ZERO,
        SHARE,
        DEFINED,
        {"side": "both", "source": "human"},
        TABLE,
    ),
)
