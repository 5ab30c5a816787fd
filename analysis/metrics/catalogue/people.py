"""What people chose, and how far they agree."""

from analysis.metrics.catalogue.kind import (
    DEFINED_HUMAN,
    NEUTRAL,
    POINTS,
    SHARE,
    SIGNED,
    Metric,
    R,
)

PEOPLE = (
    Metric(
        "culture_rate",
        "Culture rate",
        "The share of valid answers that follow the cultural expectation. Averaged over all "
        "answers, or over the items' own rates.",
        NEUTRAL,
        SHARE,
        f"{DEFINED_HUMAN}; paper Table 15 (answers), Table 22 (items)",
        {"weight": "answers"},
        ("human",),
    ),
    Metric(
        "culture_rate_cell",
        "Culture rate of one cell, as counted",
        "The share of one country's answers on one item that follow culture, with Wilson's interval. "
        "Two people can only give 0, a half or 1.",
        NEUTRAL,
        SHARE,
        DEFINED_HUMAN,
        {"weight": "answers"},
        ("human",),
    ),
    Metric(
        "culture_rate_pooled",
        "Culture rate, pooled",
        "The same rate from a multilevel model of all answers: cells with few people borrow from "
        "their item, their scenario and their group, the more the fewer they are. Of a person drawn "
        "at random; averaged over the answers that a group gave. The interval is posterior.",
        NEUTRAL,
        SHARE,
        DEFINED_HUMAN,
        {"weight": "answers"},
        ("human",),
    ),
    Metric(
        "pooled_sd",
        "Spread of a component",
        "The standard deviation, in logits, of one component of the pooling model (person, "
        "scenario, item, and these within groups). Where that of items within groups is small, "
        "cells are pulled far.",
        NEUTRAL,
        "logits",
        DEFINED_HUMAN,
        {},
        ("human",),
    ),
    Metric(
        "norm_personal_gap",
        "Norm-personal gap of people",
        "How much more often people allow the preference for themselves than they think most "
        "people would find appropriate, paired within each participant and item. Positive: more "
        "preference-allowing for oneself.",
        SIGNED,
        POINTS,
        f"{DEFINED_HUMAN}; paper Fig. 6A",
        {"weight": "answers"},
        ("human",),
    ),
    Metric(
        "pair_agreement",
        "Agreement between two people",
        "The chance that two different people who saw the same item gave the same answer, from "
        "all pairs of different people. Does not depend on how many people answered.",
        NEUTRAL,
        SHARE,
        DEFINED_HUMAN,
        {"average": "items"},
        ("human",),
    ),
    Metric(
        "majority_share",
        "Majority share (paper form)",
        "The mean over items of the share of the more common answer. It falls as more people "
        "answer, even for coin flips, so it is only comparable at equal numbers of people.",
        NEUTRAL,
        SHARE,
        f"{DEFINED_HUMAN}; paper Fig. 6B",
        {"average": "items"},
        ("human",),
    ),
    Metric(
        "importance_norm",
        "Importance of the norm",
        "The mean rating of how important it is to follow the expectation.",
        NEUTRAL,
        "rating",
        DEFINED_HUMAN,
        {"weight": "answers"},
        ("human",),
    ),
    Metric(
        "importance_preference",
        "Importance of the preference",
        "The mean rating of how important it is to follow the personal preference.",
        NEUTRAL,
        "rating",
        DEFINED_HUMAN,
        {"weight": "answers"},
        ("human",),
    ),
    Metric(
        "importance_difference",
        "Importance: norm less preference",
        "The mean difference of the two ratings, paired within each answer sheet.",
        SIGNED,
        "rating",
        DEFINED_HUMAN,
        {"weight": "answers"},
        ("human",),
    ),
    Metric(
        "importance_choice_r",
        "Importance and choice",
        "The correlation between the difference of the two ratings and choosing culture, over "
        "answers: do people choose what they call important?",
        NEUTRAL,
        R,
        DEFINED_HUMAN,
        {"weight": "answers"},
        ("human",),
    ),
    Metric(
        "perceived_rate",
        "Perceived culture rate",
        "The mean guess of how many of 100 people there would choose the culture-following action, "
        "as a share.",
        NEUTRAL,
        SHARE,
        DEFINED_HUMAN,
        {"weight": "answers"},
        ("human",),
    ),
    Metric(
        "perceived_gap",
        "Perceived less actual",
        "The guess less the personal culture rate of the people who live in the scenario's country, "
        "on the same item, the guesser left out. Positive: people are thought to follow the norm "
        "more often than they do. Their rates are held fixed in the interval.",
        SIGNED,
        POINTS,
        DEFINED_HUMAN,
        {"weight": "answers"},
        ("human",),
    ),
    Metric(
        "culture_rate_contrast",
        "Culture rate between relations, within scenarios",
        "The difference of culture rates between two relations, taken inside each scenario that "
        "was shown in both and averaged over those scenarios, so that harder scenarios cannot "
        "pass for distance.",
        SIGNED,
        POINTS,
        DEFINED_HUMAN,
        {"average": "items"},
        ("human",),
    ),
    Metric(
        "pair_agreement_contrast",
        "Agreement between relations, within items",
        "The difference of pair agreement between two relations, taken inside each item that two "
        "people in each of the relations answered and averaged over those items.",
        SIGNED,
        POINTS,
        DEFINED_HUMAN,
        {"average": "items"},
        ("human",),
    ),
    Metric(
        "indicator_r",
        "Correlation with an indicator",
        "Pearson's correlation, over countries, of their rate and a figure about them that somebody "
        "brought. From six countries on, with Fisher's interval; rates count as known.",
        NEUTRAL,
        R,
        DEFINED_HUMAN,
        {},
        ("human", "behavior"),
    ),
    Metric(
        "indicator_spearman",
        "Rank correlation with an indicator",
        "The same over ranks (Spearman), with the interval of Bonett and Wright (2000).",
        NEUTRAL,
        R,
        DEFINED_HUMAN,
        {},
        ("human", "behavior"),
    ),
    Metric(
        "detectable_difference",
        "Smallest detectable difference",
        "The smallest true difference that a study of this size would find with 80 % power at the "
        "intervals' level, from the width of its own intervals. Smaller differences may exist unseen.",
        NEUTRAL,
        POINTS,
        DEFINED_HUMAN,
        {},
        ("human", "alignment", "behavior"),
    ),
)
