"""Reading files of PACT benchmark decisions: a row holds one model's decision on one instance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, Final

from annotation.vocab.countries import resolve
from annotation.vocab.distance import DEFAULT_SCHEME, relation
from annotation.vocab.dyads import Person
from annotation.vocab.terms import (
    Age,
    BalancePrompt,
    Choice,
    DemographicCondition,
    Gender,
    OptionOrder,
    Relation,
    RoleConfiguration,
)
from modeling.backends import TIE
from modeling.services.benchmark_design import STAGES
from modeling.services.decision_scenarios import Found, Places
from modeling.services.designs import stable_hash
from modeling.services.imported_runs import model_name
from modeling.services.prediction_rows import INVALID_IN_FILE, index_of, share_in
from pact_site.base.readers import Layout, Row

LAYOUT: Final = Layout(
    required=(
        "source_row", "base_country", "scenario_type", "actor_country", "receiver_country",
        "actor_age", "actor_gender", "receiver_age", "receiver_gender", "eval_demo_config",
        "eval_pref_config", "eval_decision", "eval_model",
    ),
    optional=(
        "situation", "cultural_expectation", "personal_preference", "eval_backend", "dataset",
        "instance_id", "scenario_key", "relation", "actor_rule", "eval_prompt", "option_order",
        "sample_index", "q_culture", "invalid_mass", "invalid_reason", "written", "rationale",
        "reply", "model_family", "model_stage", "simulated",
    ),
    aliases={"scenario": "situation", "metadata_source": "dataset"},
)  # fmt: skip


def _spelled(values: type[StrEnum]) -> dict[str, str]:
    """Every value by its own name, with hyphens or underscores."""
    plain = {value.value: value.value for value in values}
    return plain | {value.replace("_", "-"): value for value in plain}


DECISIONS: Final = {
    "FOLLOW_CULTURE": Choice.CULTURE.value,
    "ALLOW_PREFERENCE": Choice.PREFERENCE.value,
    "TIE": TIE,
}
UNKNOWN: Final = "UNKNOWN"
_CERTAIN: Final = {Choice.CULTURE.value: 1.0, Choice.PREFERENCE.value: 0.0, TIE: 0.5}
_READABLE: Final = {**DECISIONS, UNKNOWN: None}
_CODES: Final = {**_spelled(Choice), TIE: TIE}
_CONDITIONS: Final = _spelled(DemographicCondition)
_ROLES: Final = _spelled(RoleConfiguration) | {role.name: role.value for role in RoleConfiguration}
_BALANCES: Final = _spelled(BalancePrompt)
_ORDERS: Final = _spelled(OptionOrder)
_RELATIONS: Final = _spelled(Relation)
_NOBODY: Final = {"none": "", "nan": "", "unspecified": ""}
_AGES: Final = {age.value: age.value for age in Age} | _NOBODY
_GENDERS: Final = {gender.value: gender.value for gender in Gender} | _NOBODY
_STAGES: Final = {stage: stage for stage in STAGES if stage}
_TRUTH: Final = {"true": True, "false": False}


@dataclass(frozen=True)
class Said:
    """What holds of a whole file where it has no column for it; "" where nobody said."""

    prompt: str = ""
    stage: str = ""
    family: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """One row of a file as a row of a shard, and what is said of it beyond that."""

    tag: str
    row: dict[str, Any]
    number: int
    simulated: bool
    repeated: bool
    matched: bool


@dataclass
class Reader:
    """Turns rows of files into decisions about the scenarios of one dataset.

    Samples are counted over all files of an import: the same question again is the next sample.
    """

    places: Places
    said: Said
    _seen: set[int] = field(default_factory=set)
    _repeats: dict[int, int] = field(default_factory=dict)
    _explicit: set[int] = field(default_factory=set)

    def begin_file(self) -> None:
        """Explicit sample indices are unique within a file."""
        self._explicit.clear()

    def decisions(self, rows: Iterable[Row]) -> Iterator[Decided]:
        """Yield each row's decision; BadInput at the first that cannot be read."""
        for row in rows:
            yield self._decided(row)

    def _decided(self, row: Row) -> Decided:
        tag = model_name(row, "eval_model")
        asked = self._asked(row)
        found = self.places.find(row, asked["scenario_country"])
        told = {name: row.cells.get(name, "") for name in _TEXTS}
        identity = (tag, found.scenario, row.text("source_row", required=False), *told.values())
        question = stable_hash(("imported", *identity, *map(asked.__getitem__, _ASKED)), digits=32)
        sample, repeated = self._sample(row, int(question[:16], 16))
        stored = {
            "cell_key": question if not sample else stable_hash((question, sample), digits=32),
            "run": "",
            "model": tag,
            **asked,
            **_placed(row, found, asked),
            **{name: text or None for name, text in told.items()},
            **_reply(row),
            "sample_index": sample,
            "backend": row.cells.get("eval_backend") or None,
        }
        simulated = bool(row.one_of("simulated", _TRUTH, required=False))
        return Decided(tag, stored, row.number, simulated, repeated, found.version_id > 0)

    def _asked(self, row: Row) -> dict[str, str]:
        """The columns that say which question was asked, checked."""
        actor, receiver = _country(row, "actor_country"), _country(row, "receiver_country")
        return {
            "scenario_country": _country(row, "base_country"),
            "scenario_type": row.text("scenario_type", required=False),
            "relation": _relation(row, actor, receiver),
            "actor_country": actor,
            "receiver_country": receiver,
            "actor_age": row.one_of("actor_age", _AGES, required=False) or "",
            "actor_gender": row.one_of("actor_gender", _GENDERS, required=False) or "",
            "receiver_age": row.one_of("receiver_age", _AGES, required=False) or "",
            "receiver_gender": row.one_of("receiver_gender", _GENDERS, required=False) or "",
            "condition": row.one_of("eval_demo_config", _CONDITIONS) or "",
            "role": row.one_of("eval_pref_config", _ROLES) or "",
            "balance": row.one_of("eval_prompt", _BALANCES, required=False) or self.said.prompt,
            "option_order": row.one_of("option_order", _ORDERS, required=False) or "",
            "stage": row.one_of("model_stage", _STAGES, required=False) or self.said.stage,
            "family": row.text("model_family", required=False) or self.said.family,
        }

    def _sample(self, row: Row, question: int) -> tuple[int, bool]:
        """The sample's index, and whether it is one more of a question that came before."""
        if not row.cells.get("sample_index"):
            if question not in self._seen:
                self._seen.add(question)
                return 0, False
            self._repeats[question] = self._repeats.get(question, 0) + 1
            return self._repeats[question], True
        sample = row.parsed("sample_index", index_of, "a whole number, 0 or more")
        if hash((question, sample)) in self._explicit:
            raise row.bad("sample_index", "The same sample stands in the file twice.", "one row")
        self._explicit.add(hash((question, sample)))
        return sample, False


_TEXTS: Final = ("situation", "cultural_expectation", "personal_preference")
_ASKED: Final = (
    "scenario_country", "scenario_type", "actor_country", "receiver_country", "actor_age",
    "actor_gender", "receiver_age", "receiver_gender", "condition", "role", "balance",
    "option_order", "stage",
)  # fmt: skip


def _placed(row: Row, found: Found, asked: Mapping[str, str]) -> dict[str, Any]:
    """The columns that say which scenario and instance it is."""
    return {
        "instance_id": row.cells.get("instance_id") or _instance_id(found.scenario, asked),
        "version_id": found.version_id,
        "scenario": found.scenario,
        "dataset": found.dataset,
        "source_row": row.text("source_row", required=False),
        "actor_rule": row.cells.get("actor_rule", ""),
    }


def _instance_id(scenario: str, asked: Mapping[str, str]) -> str:
    """An id in the form of `annotation.vocab.dyads`, for a file that has none."""
    actor = Person(asked["actor_age"], asked["actor_gender"])
    receiver = Person(asked["receiver_age"], asked["receiver_gender"])
    dyad = f"{asked['relation']}-{asked['actor_country']}.{actor.code}-{receiver.code}"
    role = RoleConfiguration(asked["role"]).name
    return f"{scenario}.{dyad}.{role}.{asked['balance'] or '_'}"


def _reply(row: Row) -> dict[str, Any]:
    """The columns of a shard that hold the decision."""
    choice = row.one_of("eval_decision", _READABLE, required=False)
    reason = row.text("invalid_reason", required=False)
    q = share_in(row, "q_culture")
    if choice is None:
        reason = reason or INVALID_IN_FILE
        if q is not None:
            raise row.bad("q_culture", "A decision that is unknown has a probability.", "empty")
    elif reason:
        raise row.bad("invalid_reason", "A valid decision has a reason.", "an empty cell")
    rationale = row.cells.get("rationale", "")
    return {
        "choice": choice,
        "q": _CERTAIN.get(choice or "") if q is None else q,
        "invalid_mass": share_in(row, "invalid_mass"),
        "invalid_reason": reason,
        "written": row.one_of("written", _CODES, required=False),
        "text": row.cells.get("reply") or row.cells["eval_decision"],
        "rationale": rationale or None,
        "finish_reason": None,
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "latency_s": 0.0,
    }


def _relation(row: Row, actor: str, receiver: str) -> str:
    """The file's relation, or that of the default scheme where its word is none of ours."""
    told = row.one_of("relation", _RELATIONS, required=False)
    if told:
        return told
    word = row.cells["scenario_type"].casefold().removesuffix("_country").removesuffix("-country")
    return _RELATIONS.get(word) or _by_scheme(actor, receiver)


@cache
def _by_scheme(actor: str, receiver: str) -> str:
    return relation(DEFAULT_SCHEME, actor, receiver).value


def _country(row: Row, column: str) -> str:
    return row.parsed(column, _iso2, "a country's full English name")


@cache
def _iso2(text: str) -> str:
    return resolve(text).iso2
