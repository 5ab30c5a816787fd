"""The codebook of a bundle: every column of every file, and every metric."""

from collections.abc import Iterator
from pathlib import Path

from analysis.exports.labels import MEANINGS
from analysis.metrics.catalogue import METRICS, Metric
from analysis.reports.traces_files import TRACES, VOICES
from pact_site.base.csvsafe import write_rows

COLUMNS = ("file", "column", "meaning")

_ESTIMATES = {
    "table": "which family of numbers: human, alignment, regression, validation, behavior",
    "setting": "no_persona or persona; empty where no model is involved. In table validation: people, "
    "people_and_judge and difference (on items that both judged), repeats (an annotator's own). In table behavior: the stage (base, instruct), if known",
    "model": "the run's label (in table behavior its family, where it names one), or baseline:NAME for references, all:models for all together; the judge's name; empty for people",
    "frame": "personal, norm, or both (the mean of the two); empty where a group names it",
    "group": "JSON of the columns that form the group, empty for everything",
    "metric": "name, see below",
    "definition": "options that apply, key:value joined by ;",
    "value": "the estimate; empty where undefined, with the reason in note",
    "lower": "lower end of the interval",
    "upper": "upper end of the interval",
    "n_items": "items behind the value",
    "n_humans": "people behind the value",
    "n_answers": "answers behind the value",
    "n_dropped": "items or answers left out",
    "note": "reasons and remarks",
}
_HUMAN = {
    "respondent_id": "pseudonym of the participant, within this study",
    "scenario_item_id": "scenario with receiver",
    "scenario": "scenario; the receivers of a scenario share it",
    "scenario_country": "where the scenario is set",
    "receiver_age": "younger or older",
    "receiver_gender": "female or male",
    "receiver_demo": "age and gender of the receiver",
    "respondent_country": "the participant's country",
    "respondent_age_bucket": "younger or older",
    "respondent_gender": "female or male",
    "respondent_demo": "age and gender of the participant",
    "human_personal": "what I would do: A follows culture, B allows the preference",
    "human_norm": "what most consider appropriate: A culture, B preference",
    "relation": "distance of the participant's from the scenario's country",
    "theme": "area of social life",
    "importance_norm": "rating 1 to 7 of the expectation's importance",
    "importance_preference": "rating 1 to 7 of the preference's importance",
    "perceived_share": "of 100 people there, how many are thought to follow culture",
    "first_frame": "which question this participant was asked first",
    "option_order": "which action was shown first",
    "surplus": "answer beyond the cell's target; kept",
    "cohort": "real, or rehearsal: the participant is SIMULATED",
}
_PREDICTIONS = {
    "model_tag": "the run's label",
    "persona_setting": "no_persona or persona",
    "persona_country": "the persona's country, empty without",
    "persona_demo": "the persona's age and gender, empty without",
    **{name: _HUMAN[name] for name in ("scenario_item_id", "scenario", "scenario_country")},
    **{name: _HUMAN[name] for name in ("receiver_age", "receiver_gender")},
    "llm_personal": "A culture, B preference, tie for equal probabilities, empty if invalid",
    "llm_norm": "the same for what most consider appropriate",
    "prompt_style": "layout of the prompt, empty if unknown",
    "option_order": "which action was shown first, empty if unknown",
    "sample_index": "number of the repeated sample, from 0",
    "q_culture_personal": "probability of culture; empty for hard answers",
    "q_culture_norm": "the same for what most consider appropriate",
    "invalid_reason_personal": "why an answer is invalid, 'not asked' without a cell",
    "invalid_reason_norm": "the same for what most consider appropriate",
}
_COUNTS = {
    "model": "family of the run, or its label",
    "stage": "base or instruct, empty if unknown",
    "dataset": "source of the scenario",
    "scenario": "scenario",
    "eval_pref_config": "who prefers the personal option: actor_pref_only, swapped, both_prefs",
    "culture": "decisions for the cultural expectation",
    "preference": "decisions that allow the preference",
    "unknown": "decisions that are neither",
}
FILES = {
    "estimates.csv": _ESTIMATES,
    "data/human.csv": _HUMAN,
    "data/predictions.csv": _PREDICTIONS,
    "data/counts.csv": _COUNTS,
    "data/traces.csv": TRACES,
    "data/voices.csv": VOICES,
    "labels.csv": MEANINGS,
}
"""Meaning of every column, by file; predictions may be packed (.gz)."""


def write_codebook(folder: Path) -> None:
    """Write `codebook.csv` and `codebook.md`."""
    with (folder / "codebook.csv").open("w", encoding="utf-8", newline="") as stream:
        write_rows(stream, COLUMNS, _rows())
    (folder / "codebook.md").write_text("\n".join(_lines()) + "\n", encoding="utf-8")


def _rows() -> Iterator[dict[str, object]]:
    for file, columns in FILES.items():
        for column, meaning in columns.items():
            yield {"file": file, "column": column, "meaning": meaning}
    for metric in METRICS.values():
        meaning = f"{metric.title}: {metric.meaning} ({metric.unit}; {metric.orientation})"
        yield {"file": "estimates.csv", "column": f"metric={metric.name}", "meaning": meaning}


def _lines() -> Iterator[str]:
    yield "# Codebook"
    for file, columns in FILES.items():
        yield from ("", f"## {file}", "", "| column | meaning |", "|---|---|")
        yield from (f"| {column} | {meaning} |" for column, meaning in columns.items())
    yield from ("", "## Metrics", "")
    yield from (_metric(metric) for metric in METRICS.values())


def _metric(metric: Metric) -> str:
    options = f" Default options: `{metric.definition()}`." if metric.keys else ""
    return (
        f"- **{metric.name}** ({metric.title}; {metric.unit}; {metric.orientation}). "
        f"{metric.meaning}{options} Source: {metric.source}."
    )
