"""The rows that sections 2, 3 and 10 of the definitions promise for any study."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from tests.reference.judge import Judge, tokens
from tests.reference.reading import FRAMES

EVERY_FRAME = (*FRAMES, "both")
PER_FRAME = (
    *("majority_alignment", "row_mae", "item_mae", "item_mse_unbiased", "rate_gap_abs"),
    *("signed_culture_gap", "uncertainty_r", "uncertainty_spearman", "uncertainty_r_min5"),
    *("entropy_error_signed", "entropy_error_abs", "brier", "brier_floor"),
    *("model_culture_rate", "human_culture_rate", "invalid_rate"),
)
PERSONAS_ONLY = ("group_mean_rate_gap_abs", "persona_gain", "persona_ensemble", "consensus")
OF_BOTH_FRAMES = (
    *("gap_alignment_r", "gap_alignment_mae"),
    *("personal_norm_consistency", "model_norm_personal_gap"),
)
BASELINES = (
    *("baseline:uniform", "baseline:always_culture", "baseline:always_preference"),
    *("baseline:pooled_human", "baseline:human_majority", "baseline:other_country"),
)
HUMAN_GROUPS = (
    *("participant_country", "relation", "scenario_country"),
    *("receiver_age", "receiver_gender", "theme"),
)
HUMAN_METRICS = (
    *(("culture_rate", "weight:answers"), ("culture_rate", "weight:items")),
    *(("pair_agreement", "average:items"), ("pair_agreement", "average:pairs")),
    ("majority_share", "average:items"),
)
Wanted = dict[str, str]


def _group(**columns: str) -> str:
    return json.dumps(columns, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def promised(judge: Judge) -> Iterator[Wanted]:
    """Column values (and tokens, as `definition`) that some row must have."""
    yield from _human(judge)
    for model, setting in sorted({(r.model, r.setting) for r in judge.replies}):
        yield from _model(model, setting)
        if setting == "persona":
            yield from _personas(judge, model)
    for name, frame in product(BASELINES, EVERY_FRAME):
        base = {"table": "alignment", "model": name, "group": ""}
        yield {**base, "frame": frame, "metric": "item_mae"}


def _human(judge: Judge) -> Iterator[Wanted]:
    groups = {""} | {
        _group(**{column: person.traits[column]})
        for person in judge.people
        for column in HUMAN_GROUPS
        if person.traits[column]
    }
    for group in sorted(groups):
        base = {"table": "human", "group": group}
        yield {**base, "metric": "norm_personal_gap"}
        for (metric, definition), frame in product(HUMAN_METRICS, EVERY_FRAME):
            yield {**base, "frame": frame, "metric": metric, "definition": definition}


def _model(model: str, setting: str) -> Iterator[Wanted]:
    base = {"table": "alignment", "model": model, "setting": setting, "group": ""}
    for metric, frame in product(PER_FRAME, EVERY_FRAME):
        yield {**base, "metric": metric, "frame": frame}
    for tie, invalid, frame in product(("exclude", "culture", "half"), ("drop", "miss"), FRAMES):
        definition = f"invalid:{invalid};target:all;ties:{tie}"
        yield {**base, "metric": "majority_alignment", "frame": frame, "definition": definition}
    for frame in FRAMES:
        yield {**base, "metric": "ties", "frame": frame}
    for metric in OF_BOTH_FRAMES:
        yield {**base, "metric": metric}


def _personas(judge: Judge, model: str) -> Iterator[Wanted]:
    base = {"table": "alignment", "model": model, "setting": "persona"}
    for metric, frame in product(PERSONAS_ONLY, FRAMES):
        yield {**base, "group": "", "metric": metric, "frame": frame}
    scored = ("majority_alignment", "row_mae", "item_mae", "rate_gap_abs")
    for metric, frame in product(scored, FRAMES):
        wanted = {**base, "group": "", "metric": metric, "frame": frame}
        yield {**wanted, "definition": "target:subgroup"}
    personas = sorted({r.persona for r in judge.replies if r.model == model and r.persona[0]})
    for (land, demo), metric in product(personas, scored):
        group = _group(persona_country=land, persona_demo=demo)
        for target in ("all", "subgroup"):
            definition = f"target:{target}"
            yield {**base, "group": group, "metric": metric, "definition": definition}


def missing(judge: Judge, rows: Sequence[Mapping[str, str]]) -> list[Wanted]:
    """Promises that no row keeps."""
    index: dict[tuple[str, str, str], list[Mapping[str, str]]] = defaultdict(list)
    for row in rows:
        index[row["table"], row["metric"], row["group"]].append(row)
    return [
        wanted
        for wanted in promised(judge)
        if not _kept(wanted, index[wanted["table"], wanted["metric"], wanted["group"]])
    ]


def _kept(wanted: Wanted, rows: Sequence[Mapping[str, str]]) -> bool:
    plain = {name: value for name, value in wanted.items() if name != "definition"}
    options = tokens(wanted.get("definition", "")).items()
    return any(
        all(row[name] == value for name, value in plain.items())
        and options <= tokens(row["definition"]).items()
        for row in rows
    )
