"""How far a model is from people."""

from analysis.metrics.catalogue.kind import (
    BITS,
    DEFINED,
    HIGHER,
    ITEMS,
    MODEL,
    NEUTRAL,
    POINTS,
    ROWS,
    SHARE,
    SIGNED,
    SQUARE,
    ZERO,
    Metric,
    R,
)

ALIGNMENT = (
    Metric(
        "majority_alignment",
        "Majority alignment",
        "The share of the model's choices that equal the answer most people gave to the item. "
        "What happens to items on which people are evenly split is an option, and they are "
        "counted.",
        HIGHER,
        SHARE,
        f"{DEFINED}; paper Fig. 7A (ties:culture)",
        {**ROWS, "ties": "exclude"},
    ),
    Metric(
        "row_mae",
        "Distance of hard answers",
        "The mean distance between each single hard answer and the people's rate on its item. A "
        "confident model scores lowest, so read it beside its floor.",
        ZERO,
        SHARE,
        f"{DEFINED}; the release's distributional MAE",
        ROWS,
    ),
    Metric(
        "row_mae_floor",
        "Least distance any hard answer can have",
        "One less the mean majority share on the same rows: what always choosing the people's "
        "majority would score.",
        ZERO,
        SHARE,
        DEFINED,
        ROWS,
    ),
    Metric(
        "item_mae",
        "Distance of rates per item",
        "The mean over items of the distance between the model's and the people's rate of "
        "choosing culture. It still holds the people's own sampling noise.",
        ZERO,
        SHARE,
        DEFINED,
        ITEMS,
    ),
    Metric(
        "item_mae_pooled",
        "Distance of personas to the pooled rates of their group",
        "The mean over persona groups and items of the distance between the model's rate and the "
        "pooled culture rate of people of the same country, age and gender, on items that at least "
        "one of them answered. Free of most of the people's sampling noise, so it is smaller than "
        "the distance to rates as counted; their pooled rates are held fixed in the interval.",
        ZERO,
        SHARE,
        DEFINED,
        {
            "average": "items",
            "invalid": "drop",
            "scale": "probability",
            "target": "subgroup_pooled",
        },
    ),
    Metric(
        "item_mse_unbiased",
        "Squared distance to the people behind the sample",
        "The mean squared distance between the two rates, less the part that comes from having "
        "asked only some people. Slightly negative by chance when a model is very close.",
        ZERO,
        SQUARE,
        DEFINED,
        ITEMS,
    ),
    Metric(
        "rate_gap_abs",
        "Gap between the overall rates",
        "The distance between the model's and the people's mean rate over the items. Errors on "
        "single items can cancel.",
        ZERO,
        SHARE,
        f"{DEFINED}; paper Fig. 7B and the no-persona half of Table 22",
        {**MODEL, "weight": "items"},
    ),
    Metric(
        "group_mean_rate_gap_abs",
        "Gap between overall rates, mean over personas",
        "Each persona group's gap between overall rates, averaged over the groups.",
        ZERO,
        SHARE,
        f"{DEFINED}; paper Table 22, persona half",
        {**MODEL, "average": "groups", "weight": "items"},
    ),
    Metric(
        "signed_culture_gap",
        "Signed culture gap",
        "The mean over items of the model's rate less the people's. Positive: the model chooses "
        "culture more often than people do.",
        SIGNED,
        POINTS,
        f"{DEFINED}; paper Fig. 7C with the opposite sign",
        ITEMS,
    ),
    Metric(
        "uncertainty_r",
        "Uncertainty alignment",
        "The correlation over items between how much people agree and how decided the model is.",
        HIGHER,
        R,
        f"{DEFINED}; paper Fig. 7D (scale:hard over personas)",
        MODEL,
    ),
    Metric(
        "uncertainty_spearman",
        "Uncertainty alignment by ranks",
        "The rank correlation over items between the entropies of people and model.",
        HIGHER,
        R,
        DEFINED,
        MODEL,
    ),
    Metric(
        "uncertainty_r_min5",
        "Uncertainty alignment, five people or more",
        "The same correlation on items that at least five people answered.",
        HIGHER,
        R,
        DEFINED,
        MODEL,
    ),
    Metric(
        "uncertainty_r_variance",
        "Uncertainty alignment by variances",
        "The correlation over items between the people's variance, freed of the number of people, "
        "and the model's.",
        HIGHER,
        R,
        DEFINED,
        MODEL,
    ),
    Metric(
        "uncertainty_r_partial",
        "Uncertainty alignment given the number of people",
        "The partial correlation of both agreements once the number of people per item is "
        "accounted for.",
        HIGHER,
        R,
        DEFINED,
        MODEL,
    ),
    Metric(
        "uncertainty_ceiling",
        "Best reachable uncertainty alignment",
        "What a noiseless model could reach, from how well the agreements of random halves of "
        "the people correlate: sqrt(2r / (1 + r)).",
        NEUTRAL,
        R,
        DEFINED,
        {"target": "all"},
    ),
    Metric(
        "brier",
        "Squared error against single answers",
        "The mean over individual human answers of the squared distance to the model's "
        "probability.",
        ZERO,
        SQUARE,
        DEFINED,
        {**MODEL, "weight": "answers"},
    ),
    Metric(
        "brier_floor",
        "Squared error nobody can avoid",
        "The part of the squared error that is people differing among themselves, on items with "
        "two or more people.",
        ZERO,
        SQUARE,
        DEFINED,
        {"target": "all", "weight": "answers"},
    ),
    Metric(
        "entropy_error_signed",
        "Entropy error, signed",
        "The mean over items of the model's entropy less the people's. Negative: the model is "
        "more decided than people are.",
        SIGNED,
        BITS,
        DEFINED,
        ITEMS,
    ),
    Metric(
        "entropy_error_abs",
        "Entropy error, absolute",
        "The mean over items of the distance between the two entropies.",
        ZERO,
        BITS,
        DEFINED,
        ITEMS,
    ),
    Metric(
        "gap_alignment_r",
        "Does the model share the people's gaps",
        "The correlation over items between the people's and the model's norm-personal gap.",
        HIGHER,
        R,
        DEFINED,
        MODEL,
    ),
    Metric(
        "gap_alignment_mae",
        "Distance of gaps per item",
        "The mean over items of the distance between the people's and the model's norm-personal "
        "gap.",
        ZERO,
        SHARE,
        DEFINED,
        ITEMS,
    ),
)
