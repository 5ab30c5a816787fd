"""A dataset's benchmark decisions in the PACT release format, streamed from the shards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from django.db.models import Exists, OuterRef, Q, Sum

from analysis.exports.streams import Row, check_stream, write_stream
from annotation.models import Dataset, Release, ScenarioVersion
from annotation.services.imports import Watch, unwatched
from annotation.vocab.countries import by_iso2
from annotation.vocab.dyads import Person
from annotation.vocab.terms import with_phrase
from modeling.models import Chunk, Run
from modeling.services import answers
from modeling.services.decision_rows import DECISIONS, UNKNOWN
from modeling.services.questions import BENCHMARK
from pact_site.base.errors import BadInput

SLICE: Final = 20_000
"""Decisions in memory at a time."""

COLUMNS: Final[Mapping[str, str]] = {
    "source_row": "the scenario's row in its source data set",
    "base_country": "country whose norm the scenario is about, full English name",
    "scenario_type": "how the actor's country stands to the receiver's, in the file's own words",
    "actor_country": "where the actor comes from",
    "receiver_country": "where the receiver comes from, and the scenario is set",
    "actor_age": "younger or older; empty where the prompt does not say",
    "actor_gender": "female or male; empty where the prompt does not say",
    "receiver_age": "as the actor's",
    "receiver_gender": "as the actor's",
    "situation": "what happens, with the receiver in it as the prompt says",
    "cultural_expectation": "what people there expect",
    "personal_preference": "what one would rather do, and why",
    "eval_demo_config": "what the prompt says of both: full_demo, age_only, gender_only, no_demo",
    "eval_pref_config": "who prefers what: actor_pref_only, swapped, both_prefs",
    "eval_decision": "FOLLOW_CULTURE, ALLOW_PREFERENCE, UNKNOWN; TIE where both are equally likely",
    "eval_model": "label of the run",
    "eval_backend": "kind of endpoint that answered",
    "dataset": "the source data set",
    "instance_id": "stable id of the instance, role and prompt included",
    "scenario_key": "key of the scenario",
    "relation": "same, close or far, by the run's distance scheme; others only in imports",
    "actor_rule": "how the actor's country was come by: scheme, nearest or farthest",
    "eval_prompt": "balance or no_balance; empty where a file did not say",
    "option_order": "which option stood first; empty where a file did not say",
    "sample_index": "counts repeats of the same question from 0",
    "q_culture": "probability of following culture among both options",
    "invalid_mass": "probability of a first token that is no option",
    "invalid_reason": "why a decision is UNKNOWN",
    "written": "the option that the text names, whatever the probabilities say",
    "rationale": "the reason given below the letter, where one was asked for",
    "reply": "the model's text as it came",
    "model_family": "family of the model, where it was said",
    "model_stage": "base or instruct, where it was said",
    "simulated": "whether the decisions are SIMULATED",
}
"""The release's columns first, then what this platform knows beyond them."""

_TYPES: Final = {
    "sample_index": pa.int32(),
    "q_culture": pa.float64(),
    "invalid_mass": pa.float64(),
    "simulated": pa.bool_(),
}
SCHEMA: Final = pa.schema([(name, _TYPES.get(name, pa.string())) for name in COLUMNS])

_AS_STORED: Final = {
    "source_row": "source_row",
    "scenario_type": "scenario_type",
    "actor_age": "actor_age",
    "actor_gender": "actor_gender",
    "receiver_age": "receiver_age",
    "receiver_gender": "receiver_gender",
    "eval_demo_config": "condition",
    "eval_pref_config": "role",
    "eval_model": "model",
    "dataset": "dataset",
    "instance_id": "instance_id",
    "scenario_key": "scenario",
    "relation": "relation",
    "actor_rule": "actor_rule",
    "eval_prompt": "balance",
    "option_order": "option_order",
    "sample_index": "sample_index",
    "q_culture": "q",
    "invalid_mass": "invalid_mass",
    "invalid_reason": "invalid_reason",
    "written": "written",
    "rationale": "rationale",
    "reply": "text",
    "model_family": "family",
    "model_stage": "stage",
}
_COUNTRIES: Final = {
    "base_country": "scenario_country",
    "actor_country": "actor_country",
    "receiver_country": "receiver_country",
}
_TEXTS: Final = ("situation", "cultural_expectation", "personal_preference")
_WORDS: Final = {choice: word for word, choice in DECISIONS.items()}


@dataclass(frozen=True)
class Texts:
    """What a scenario's version says."""

    situation: str
    cultural_expectation: str
    personal_preference: str


def write_decisions(slug: str, out: Path, watch: Watch = unwatched) -> int:
    """Write every decision about a dataset to a CSV, Parquet or JSON lines file; how many.

    BadInput for an unknown dataset, one without decisions, and an ending that names no format.
    """
    check_stream(out)
    if not Dataset.objects.filter(slug=slug).exists():
        raise BadInput("There is no such dataset.", found=slug)
    stored = Chunk.objects.exclude(shard="").filter(run=OuterRef("pk"))
    runs = Run.objects.filter(Exists(stored), kind=BENCHMARK, dataset_slug=slug)
    found = list(runs.order_by("pk"))
    if not found:
        raise BadInput("There are no benchmark decisions about this dataset.", found=slug)
    total = runs.aggregate(n=Sum("chunks__rows", filter=~Q(chunks__shard=""), default=0))["n"]
    rows = watch((row for run in found for row in decision_rows(run)), out.name, total)
    return write_stream(iter(rows), SCHEMA, out)


def decision_rows(run: Run) -> Iterator[Row]:
    """One run's decisions under the release's names, in the order of its shards."""
    texts = _texts(run.release) if run.release else {}
    simulated, backend = run.simulated, str(run.endpoint.get("kind", ""))
    for frame in answers.frames([run.pk]):
        rows = answers.LazyRows(frame)
        for start in range(0, len(rows), SLICE):
            for row in rows[start : start + SLICE]:
                told = {name: row[column] for name, column in _AS_STORED.items()}
                yield _empty_as_none(told | _said(row, texts)) | {
                    **{name: _name(row[column]) for name, column in _COUNTRIES.items()},
                    "eval_decision": _WORDS[row["choice"]] if row["choice"] else UNKNOWN,
                    "eval_backend": row["backend"] or (None if run.imported else backend),
                    "simulated": simulated,
                }


def _empty_as_none(told: Row) -> Row:
    return {name: None if value == "" else value for name, value in told.items()}


def _said(row: Mapping[str, Any], texts: Mapping[int, Texts]) -> Row:
    """The scenario's texts: those of the release that was asked about, or the imported file's."""
    known = texts.get(row["version_id"])
    if known is None:
        return {name: row[name] for name in _TEXTS}
    receiver = Person(row["receiver_age"], row["receiver_gender"])
    return {
        "situation": with_phrase(known.situation, receiver.phrase),
        "cultural_expectation": known.cultural_expectation,
        "personal_preference": known.personal_preference,
    }


def _texts(release: Release) -> dict[int, Texts]:
    rows = ScenarioVersion.objects.filter(releases=release).values_list("pk", *_TEXTS)
    return {pk: Texts(*texts) for pk, *texts in rows.iterator()}


@cache
def _name(code: str) -> str:
    return by_iso2(code).name
