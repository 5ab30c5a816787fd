"""The one table of metrics: name, meaning, orientation, and the definition keys each carries.

The documentation, the report's definitions and the writer of `estimates.csv` all read it. `keys`
hold the default value of every option that the metric always states; a row whose options are the
defaults is the one to quote.
"""

from dataclasses import dataclass, field

from analysis.metrics.estimate import definition_text

HIGHER = "higher is closer"
ZERO = "zero is best"
SIGNED = "signed: zero is no difference"
NEUTRAL = "describes, neither good nor bad"

SHARE, POINTS, BITS, R, COUNT, P = "share", "share points", "bits", "correlation", "count", "p"
SQUARE = "squared share"

# Rows that are not pooled over prompt styles or option orders carry these further tokens.
SPLIT_KEYS = ("order", "sample", "style")

DEFINED = "definitions, section 3"
DEFINED_HUMAN = "definitions, section 2"


@dataclass(frozen=True)
class Metric:
    """What a reader of one number needs to know about it."""

    name: str
    title: str
    meaning: str
    orientation: str
    unit: str
    source: str
    keys: dict[str, str] = field(default_factory=dict)
    tables: tuple[str, ...] = ("alignment",)

    def definition(self, **tokens: str) -> str:
        """The definition string with these options in place of the defaults.

        Raises ValueError for an option the metric does not carry.
        """
        unknown = set(tokens) - set(self.keys) - set(SPLIT_KEYS)
        if unknown:
            raise ValueError(f"{self.name} has no option {', '.join(sorted(unknown))}")
        return definition_text({**self.keys, **tokens})


_MODEL = {"invalid": "drop", "scale": "probability", "target": "all"}
_ITEMS = {**_MODEL, "average": "items"}
_ROWS = {"average": "rows", "invalid": "drop", "scale": "hard", "target": "all"}
_HUMAN = ("human",)

_METRICS = (
    # --- people
    Metric(
        "culture_rate",
        "Culture rate",
        "The share of valid answers that follow the cultural expectation. Averaged over all "
        "answers, or over the items' own rates.",
        NEUTRAL,
        SHARE,
        f"{DEFINED_HUMAN}; paper Table 15 (answers), Table 22 (items)",
        {"weight": "answers"},
        _HUMAN,
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
        _HUMAN,
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
        _HUMAN,
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
        _HUMAN,
    ),
    Metric(
        "importance_norm",
        "Importance of the norm",
        "The mean rating of how important it is to follow the expectation.",
        NEUTRAL,
        "rating",
        DEFINED_HUMAN,
        {"weight": "answers"},
        _HUMAN,
    ),
    Metric(
        "importance_preference",
        "Importance of the preference",
        "The mean rating of how important it is to follow the personal preference.",
        NEUTRAL,
        "rating",
        DEFINED_HUMAN,
        {"weight": "answers"},
        _HUMAN,
    ),
    Metric(
        "importance_difference",
        "Importance: norm less preference",
        "The mean difference of the two ratings, paired within each answer sheet.",
        SIGNED,
        "rating",
        DEFINED_HUMAN,
        {"weight": "answers"},
        _HUMAN,
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
        _HUMAN,
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
        _HUMAN,
    ),
    Metric(
        "pair_agreement_contrast",
        "Agreement between relations, within scenarios",
        "The difference of pair agreement between two relations, taken inside each scenario that "
        "was shown in both and averaged over those scenarios.",
        SIGNED,
        POINTS,
        DEFINED_HUMAN,
        {"average": "items"},
        _HUMAN,
    ),
    # --- people beside a model
    Metric(
        "majority_alignment",
        "Majority alignment",
        "The share of the model's choices that equal the answer most people gave to the item. "
        "What happens to items on which people are evenly split is an option, and they are "
        "counted.",
        HIGHER,
        SHARE,
        f"{DEFINED}; paper Fig. 7A (ties:culture)",
        {**_ROWS, "ties": "exclude"},
    ),
    Metric(
        "row_mae",
        "Distance of hard answers",
        "The mean distance between each single hard answer and the people's rate on its item. A "
        "confident model scores lowest, so read it beside its floor.",
        ZERO,
        SHARE,
        f"{DEFINED}; the release's distributional MAE",
        _ROWS,
    ),
    Metric(
        "row_mae_floor",
        "Least distance any hard answer can have",
        "One less the mean majority share on the same rows: what always choosing the people's "
        "majority would score.",
        ZERO,
        SHARE,
        DEFINED,
        _ROWS,
    ),
    Metric(
        "item_mae",
        "Distance of rates per item",
        "The mean over items of the distance between the model's and the people's rate of "
        "choosing culture. It still holds the people's own sampling noise.",
        ZERO,
        SHARE,
        DEFINED,
        _ITEMS,
    ),
    Metric(
        "item_mse_unbiased",
        "Squared distance to the people behind the sample",
        "The mean squared distance between the two rates, less the part that comes from having "
        "asked only some people. Slightly negative by chance when a model is very close.",
        ZERO,
        SQUARE,
        DEFINED,
        _ITEMS,
    ),
    Metric(
        "rate_gap_abs",
        "Gap between the overall rates",
        "The distance between the model's and the people's mean rate over the items. Errors on "
        "single items can cancel.",
        ZERO,
        SHARE,
        f"{DEFINED}; paper Fig. 7B and the no-persona half of Table 22",
        {**_MODEL, "weight": "items"},
    ),
    Metric(
        "group_mean_rate_gap_abs",
        "Gap between overall rates, mean over personas",
        "Each persona group's gap between overall rates, averaged over the groups.",
        ZERO,
        SHARE,
        f"{DEFINED}; paper Table 22, persona half",
        {**_MODEL, "average": "groups", "weight": "items"},
    ),
    Metric(
        "signed_culture_gap",
        "Signed culture gap",
        "The mean over items of the model's rate less the people's. Positive: the model chooses "
        "culture more often than people do.",
        SIGNED,
        POINTS,
        f"{DEFINED}; paper Fig. 7C with the opposite sign",
        _ITEMS,
    ),
    Metric(
        "uncertainty_r",
        "Uncertainty alignment",
        "The correlation over items between how much people agree and how decided the model is.",
        HIGHER,
        R,
        f"{DEFINED}; paper Fig. 7D (scale:hard over personas)",
        _MODEL,
    ),
    Metric(
        "uncertainty_spearman",
        "Uncertainty alignment by ranks",
        "The rank correlation over items between the entropies of people and model.",
        HIGHER,
        R,
        DEFINED,
        _MODEL,
    ),
    Metric(
        "uncertainty_r_min5",
        "Uncertainty alignment, five people or more",
        "The same correlation on items that at least five people answered.",
        HIGHER,
        R,
        DEFINED,
        _MODEL,
    ),
    Metric(
        "uncertainty_r_variance",
        "Uncertainty alignment by variances",
        "The correlation over items between the people's variance, freed of the number of people, "
        "and the model's.",
        HIGHER,
        R,
        DEFINED,
        _MODEL,
    ),
    Metric(
        "uncertainty_r_partial",
        "Uncertainty alignment given the number of people",
        "The partial correlation of both agreements once the number of people per item is "
        "accounted for.",
        HIGHER,
        R,
        DEFINED,
        _MODEL,
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
        {**_MODEL, "weight": "answers"},
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
        _ITEMS,
    ),
    Metric(
        "entropy_error_abs",
        "Entropy error, absolute",
        "The mean over items of the distance between the two entropies.",
        ZERO,
        BITS,
        DEFINED,
        _ITEMS,
    ),
    Metric(
        "gap_alignment_r",
        "Does the model share the people's gaps",
        "The correlation over items between the people's and the model's norm-personal gap.",
        HIGHER,
        R,
        DEFINED,
        _MODEL,
    ),
    Metric(
        "gap_alignment_mae",
        "Distance of gaps per item",
        "The mean over items of the distance between the people's and the model's norm-personal "
        "gap.",
        ZERO,
        SHARE,
        DEFINED,
        _ITEMS,
    ),
    Metric(
        "persona_gain",
        "Gain from personas, like with like",
        "How much smaller the distance per item becomes with personas, against the same people: "
        "label probabilities on both sides, or each persona scored by itself and then averaged.",
        "higher is better",
        POINTS,
        DEFINED,
        _ITEMS,
    ),
    Metric(
        "persona_ensemble",
        "Gain from averaging personas' hard answers",
        "The same difference when the personas' hard answers are first averaged to a rate. "
        "Averaging alone makes this positive; it is not a gain from personas.",
        NEUTRAL,
        POINTS,
        DEFINED,
        {**_ITEMS, "scale": "hard"},
    ),
    Metric(
        "persona_country_mae",
        "Which country's people a persona is closest to",
        "The distance per item between the answers of one country's personas and the people of "
        "one country; the smallest in a row names the closest people.",
        ZERO,
        SHARE,
        DEFINED,
        {**_ITEMS, "target": "subgroup"},
    ),
    Metric(
        "personal_norm_consistency",
        "Same choice in both questions",
        "The share of items on which the model gives the same choice for itself and for what is "
        "appropriate, paired within the same persona, prompt and sample.",
        NEUTRAL,
        SHARE,
        f"{DEFINED}; paper Tables 20, 21",
        {"average": "rows", "invalid": "drop", "scale": "hard"},
    ),
    Metric(
        "model_norm_personal_gap",
        "Norm-personal gap of the model",
        "The model's allow rate for itself less its allow rate for what is appropriate.",
        SIGNED,
        POINTS,
        f"{DEFINED}; paper Tables 18, 19",
        {"invalid": "drop", "scale": "probability", "weight": "answers"},
    ),
    Metric(
        "consensus",
        "Consensus over personas",
        "The mean over items of the share of personas that make the more common hard choice.",
        NEUTRAL,
        SHARE,
        f"{DEFINED}; paper Table 20",
        {"average": "items", "invalid": "drop", "scale": "hard"},
    ),
    Metric(
        "order_effect",
        "Effect of the option order",
        "The model's rate of choosing culture when culture is shown first, less the rate when it "
        "is shown second, paired on everything else.",
        SIGNED,
        POINTS,
        f"{DEFINED}; paper appendix F.6",
        {"invalid": "drop", "scale": "probability"},
    ),
    Metric(
        "order_effect_p",
        "Option order: p by sign flips",
        "How often flipping the sign of whole scenarios gives a mean paired difference at least "
        "as large. Never below 1 / (flips + 1).",
        NEUTRAL,
        P,
        DEFINED,
        {"invalid": "drop", "scale": "probability"},
    ),
    Metric(
        "order_effect_p_mcnemar",
        "Option order: McNemar's exact p",
        "Exact test of the discordant pairs, where every scenario has one hard pair.",
        NEUTRAL,
        P,
        DEFINED,
        {"invalid": "drop", "scale": "hard"},
    ),
    Metric(
        "order_effect_p_z",
        "Option order: unpaired z (paper form)",
        "Two-proportion z test with a pooled rate, which ignores the pairing.",
        NEUTRAL,
        P,
        f"{DEFINED}; paper appendix F.6",
        {"invalid": "drop", "scale": "hard"},
    ),
    Metric(
        "model_culture_rate",
        "Culture rate of the model",
        "The model's rate of choosing culture over its valid answers (or over items' own rates).",
        NEUTRAL,
        SHARE,
        DEFINED,
        {"invalid": "drop", "scale": "probability", "weight": "answers"},
    ),
    Metric(
        "human_culture_rate",
        "Culture rate of the people",
        "The people's rate of choosing culture over their answers (or over items' own rates).",
        NEUTRAL,
        SHARE,
        DEFINED,
        {"target": "all", "weight": "answers"},
    ),
    Metric(
        "invalid_rate",
        "Invalid answers",
        "The share of the model's answers that could not be read as either choice.",
        ZERO,
        SHARE,
        DEFINED,
    ),
    Metric(
        "ties",
        "Items on which people are evenly split",
        "How many scored items have exactly as many people on either side.",
        NEUTRAL,
        COUNT,
        DEFINED,
        {"target": "all"},
    ),
    Metric(
        "model_ties",
        "Model answers exactly between both choices",
        "How many valid answers give both choices the same probability; each scores a half.",
        NEUTRAL,
        COUNT,
        DEFINED,
    ),
    Metric(
        "floor_perfect_model",
        "What a perfect model would score",
        "The distance per item that a model knowing the people's true rates would still show, "
        "from random halves of each item's people: their mean absolute difference / 2.",
        NEUTRAL,
        SHARE,
        DEFINED,
        {"average": "items", "target": "all"},
    ),
    Metric(
        "floor_another_sample",
        "What another sample of people would score",
        "The distance per item that a second sample of equally many people would show: the mean "
        "absolute difference of random halves / sqrt(2).",
        NEUTRAL,
        SHARE,
        DEFINED,
        {"average": "items", "target": "all"},
    ),
    Metric(
        "rescaled_score",
        "Score between chance and perfect",
        "The distance per item rescaled so that a perfect model scores 1 and answering .5 "
        "everywhere scores 0, on items with two or more people. Not clipped.",
        "higher is better",
        "score",
        DEFINED,
        _ITEMS,
    ),
)

METRICS = {metric.name: metric for metric in _METRICS}


def definition(metric: str, **tokens: str) -> str:
    """The definition string of a metric, defaults filled in; KeyError for an unknown name."""
    return METRICS[metric].definition(**tokens)
