"""The list behind `analysis.reports.paper`: one entry a figure or table of the PACT paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Part:
    """A figure or table of the paper, and what answers to it.

    `tables` and `figures` are names in our reports of the given `kinds`; one that ends in a star
    stands for all that begin so. `form` says which definition is used, `needs` what the data must
    hold, `reason` why nothing answers to it.
    """

    name: str
    shows: str
    kinds: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    form: str = ""
    needs: str = ""
    reason: str = ""

    @staticmethod
    def has(name: str, wanted: Sequence[str]) -> bool:
        """Whether a name is one of those wanted."""
        return any(
            name == one or (one.endswith("*") and name.startswith(one[:-1])) for one in wanted
        )


BEHAVIOUR, HUMAN, ALIGNMENT = ("behavior",), ("human", "alignment"), ("alignment",)
TRACES, CARDS = ("human", "alignment"), ("behavior", "alignment")
PERSONAS = "models asked as personas"
CLUSTERS = "intervals take scenarios as clusters"

PARTS: Final = (
    Part(
        "Figure 3", "Allow rates of tuned models, overall and by who prefers", BEHAVIOUR,
        ("models", "by-eval-pref-config", "by-dataset-eval-pref-config"), ("allow-by-role",),
        f"valid decisions; datasets count alike; {CLUSTERS}",
    ),
    Part(
        "Figure 4", "Base against instruct", BEHAVIOUR, ("tuning",), ("tuning",),
        "the same questions paired; flips both ways beside the difference",
        "base and instruct runs of a family",
    ),
    Part(
        "Figure 5A", "Allow rates by age of actor and receiver", BEHAVIOUR,
        ("by-actor-age", "by-receiver-age"), ("contrasts",),
        "full_demo prompts; the contrast holds all else equal", "prompts that tell ages",
    ),
    Part(
        "Figure 5B", "Allow rates by gender of actor and receiver", BEHAVIOUR,
        ("by-actor-gender", "by-receiver-gender"), ("contrasts",),
        "full_demo prompts; the contrast holds all else equal", "prompts that tell genders",
    ),
    Part(
        "Figure 5C", "Allow rates by country and by distance of the countries", BEHAVIOUR,
        ("by-receiver-country", "by-actor-country", "country-ends", "by-scenario-type"),
        ("countries",), f"each model and the mean of models; {CLUSTERS}",
    ),
    Part(
        "Figure 6A", "Norm-personal gap by participants' country", HUMAN,
        ("people-by-participant-country", "norm-personal-gaps"), ("norm-personal-gaps",),
        "norm_personal_gap, paired within participant and item",
    ),
    Part(
        "Figure 6B", "Agreement by country and distance of the scenario", HUMAN,
        ("agreement-by-country",), ("agreement-by-relation",),
        "pair_agreement (unbiased at every n); majority_share is the paper's form",
        "known distances",
    ),
    Part(
        "Figure 7A", "Majority-choice alignment", ALIGNMENT, ("paper-measures-*",), ("majority",),
        "majority_alignment, ties:culture (paper) and ties:exclude (ours)",
    ),
    Part(
        "Figure 7B", "Rate alignment MAE", ALIGNMENT, ("paper-measures-*",), ("rate-gap",),
        "rate_gap_abs; personas group_mean_rate_gap_abs, target:subgroup",
    ),
    Part(
        "Figure 7C", "Signed preference-rate gap", ALIGNMENT, ("paper-measures-*", "leaning"),
        ("signed-culture-gaps",), "signed_culture_gap; the paper turns its sign",
    ),
    Part(
        "Figure 7D", "Uncertainty alignment", ALIGNMENT, ("paper-measures-persona",),
        ("uncertainty",),
        "uncertainty_r, scale:hard; undefined, with its reason, without spread", PERSONAS,
    ),
    Part(
        "Figure 12", "Age and gender of actor and receiver, model by model", BEHAVIOUR,
        ("contrasts", "directions"), ("contrasts",),
        "allow_diff_pp, all else equal; direction_share over models", "prompts that tell both",
    ),
    Part(
        "Figure 13", "What participants are told", HUMAN, ("instructions",), (),
        "the texts of the version that most of them saw; the study's own pages show them in place",
        "people who answered on pages of ours",
    ),
    Part(
        "Figure 14", "Items on which personal choice and norm part, by country", HUMAN,
        ("gap-examples",), (), "items with the widest gap, by a lower bound", "three answers an item",
    ),
    Part(
        "Figure 15", "Without and with personas: distance and gap", ALIGNMENT,
        ("persona-effect", "persona-gain"), ("persona-effect",),
        "rate gaps as in Table 22; persona_gain compares like with like", PERSONAS,
    ),
    Part(
        "Figure 16", "Without and with personas by the persona's country", ALIGNMENT,
        ("persona-country-effect", "persona-countries", "c-spec"), (),
        "rate_gap_abs, target:subgroup, mean of models; c_spec on the confusion. The caption is "
        "missing from the text we have: taken for appendix F.4's second part", PERSONAS,
    ),
    Part(
        "Table 2", "Validation by people: pass rates and agreement", ("validation",),
        ("pass-rates", "dataset-pass-rate", "agreement*"), ("agreement",),
        "observed agreement, PABAK, AC1 and positive agreement with intervals",
    ),
    Part(
        "Table 3", "What model cards say of tuning", CARDS, ("model-cards",), (),
        "notes that people keep on each model, with their sources; the change itself is Figure 4's",
    ),
    Part(
        "Table 4", "Single decisions that turn with an age or gender", BEHAVIOUR,
        ("traces-turned",), (),
        "pairs that differ in this alone, with what models wrote; ranked by a lower bound of the "
        "share that turned", "prompts that tell ages or genders",
    ),
    Part(
        "Table 5", "Balance against no balance", BEHAVIOUR,
        ("balance", "by-dataset-prompt"), ("contrasts",),
        "the same questions under both prompts; CultureAtlas alone in by-dataset-prompt",
        "both prompts",
    ),
    Part(
        "Table 6", "Age pairs and gender pairs", BEHAVIOUR,
        ("by-actor-age-receiver-age", "by-actor-gender-receiver-gender"), (),
        "actor → receiver; the average is over models", "prompts that tell both",
    ),
    Part(
        "Table 7", "What the prompt says of people", BEHAVIOUR, ("by-eval-demo-config",), (),
        "allow rates by demographic condition",
    ),
    Part(
        "Table 8", "What telling of people changes, by role", BEHAVIOUR,
        ("told-of-people", "by-eval-pref-config-eval-demo-config"), (),
        "allow_gap_pp against no_demo", "prompts with and without people's ages",
    ),
    Part(
        "Table 9", "Strength of preference", BEHAVIOUR,
        ("by-preference-strength", "strong-less-low-stakes"), (),
        "keywords, full_demo prompts; mean of models", "preferences as texts",
    ),
    Part(
        "Table 10", "Kind of preference", BEHAVIOUR, ("by-preference-type",),
        ("preference-types",), "keywords, full_demo prompts; mean of models", "preferences as texts",
    ),
    Part(
        "Table 11", "Patterns of strength by country", BEHAVIOUR,
        ("strength-patterns", "strength-by-country"), (),
        "allow_gap_pp of strong less low-stakes in each receiver's country, mean of models",
        "preferences as texts",
    ),
    Part(
        "Table 12", "Small against large models", BEHAVIOUR, ("scale", "scale-by-role"), (),
        "smallest and largest of a family, by the sizes in the models' names",
        "two sizes of a family",
    ),
    Part(
        "Table 13", "Significance and effect size of every factor", BEHAVIOUR,
        ("together", "dependence", "spreads"), (),
        "Cramer's V, differences in points, p by sign flips of scenarios; ordered by effect",
        "several models",
    ),
    Part(
        "Table 14", "Source datasets apart", BEHAVIOUR, ("by-dataset",), (),
        "allow rates by dataset",
    ),
    Part(
        "Table 15", "Allow rates and gap by participants' country", HUMAN,
        ("allow-by-country",), (),
        "weight:answers; the paper's individualism scores are not reproduced",
    ),
    Part(
        "Table 16", "What explains people's answers", HUMAN, ("regression-people*",), (),
        "drop-one deviance; factors that cannot be tested say so",
    ),
    Part(
        "Table 17", "What explains models' answers", ALIGNMENT, ("regression-models*",), (),
        "drop-one deviance; clusters are scenarios",
    ),
    Part(
        "Table 18", "Models' allow rates by setting and question", ALIGNMENT, ("allow-rates",),
        (), "one less model_culture_rate, weight:answers",
    ),
    Part(
        "Table 19", "Models' norm-personal gap, mean of models", ALIGNMENT, ("allow-means",), (),
        "mean of models; model_norm_personal_gap of each under “Both questions together”",
    ),
    Part(
        "Table 20", "Consensus over personas", ALIGNMENT, ("consensus",), (),
        "mean over items of the larger share of hard choices", PERSONAS,
    ),
    Part(
        "Table 21", "The same choice in both questions", ALIGNMENT, ("consistency",), (),
        "personal_norm_consistency, paired within the same persona",
    ),
    Part(
        "Table 22", "Rate alignment MAE by setting and question", ALIGNMENT, ("rate-gaps",), (),
        "rate_gap_abs; personas group_mean_rate_gap_abs, target:subgroup",
    ),
    Part(
        "Table 23", "Prompt styles with examples", ALIGNMENT, ("prompt-styles", "by-style"), (),
        "our wording of the five styles; distances by style where several were asked",
    ),
    Part(
        "Table 24", "Option position", ALIGNMENT, ("position-audit", "option-order"), (),
        "paired difference, sign flips by scenario, McNemar; unpaired z is the paper's form",
        "both orders of the options",
    ),
    Part(
        "Table 25", "Patterns in models' traces", BEHAVIOUR,
        ("by-eval-pref-config", "by-preference-type", "by-theme", "traces-roles"), (),
        "the rates behind the patterns by role, kind and theme, and the scenarios in which roles part most, with what "
        "models wrote",
    ),
    Part(
        "Table 26", "Items on which models part", (*BEHAVIOUR, *ALIGNMENT), ("traces-models",), (),
        "ranked by a lower bound",
    ),
    Part(
        "Table 27", "Items on which people are split", TRACES, ("traces-split*",), (),
        "ranked by a lower bound",
    ),
    Part(
        "Table 28", "Rates and agreement by distance", HUMAN,
        ("relations", "people-by-relation", "relation-contrasts", "relations-without"), (),
        "culture_rate, pair_agreement, majority_share (paper); within scenarios, and without each "
        "country", "known distances",
    ),
    Part(
        "Table 29", "Items by distance of the country", TRACES, ("traces-split-by-relation",), (),
        "people's answers of one relation alone",
    ),
    Part(
        "Table 30", "Items on which models and people part", ALIGNMENT,
        ("items-apart", "traces-apart*"), (), "largest difference of rates first",
    ),
)  # fmt: skip
