"""Traces as files: every listed item with its counts, and every word that a card was drawn from."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from analysis.frames.traces import Rationale, Reason
from analysis.reports.traces_inputs import Traced, TraceList
from analysis.reports.traces_rank import Trace
from analysis.reports.traces_text import KEPT, cut
from pact_site.base.csvsafe import write_rows

TRACES: Final[Mapping[str, str]] = {
    "list": "split (people differ), apart (models from people), models (models differ)",
    "list_frame": "the question that the list is of; empty where both are ranked together",
    "relation": "whose answers were ranked; empty for everybody's",
    "place": "place in the list, from 1",
    "of": "how many items and questions were ranked",
    "scenario_item_id": "scenario with receiver",
    "scenario": "scenario; the receivers of a scenario share it",
    "scenario_country": "where the scenario is set",
    "theme": "area of social life, empty if not stated",
    "preference_type": "kind of preference, by the source that the report names",
    "receiver": "age and gender of the receiver",
    "frame": "personal or norm: the question of this row",
    "situation": "the scenario's text, control characters removed",
    "culture_action": "the action that follows culture",
    "preference_action": "the action that allows the preference",
    "measure": "what the list is about: see its rule in the report",
    "bound": "the value that the measure exceeds with the probability of the level: ranks the list",
    "people": "people who answered",
    "people_culture": "of these, how many chose culture",
    "people_rate": "people's culture rate",
    "people_rate_lower": "lower end of Jeffreys' interval",
    "people_rate_upper": "upper end of Jeffreys' interval",
    "importance_norm": "mean rating of the norm's importance",
    "importance_preference": "mean rating of the preference's importance",
    "models": "models with a valid answer",
    "models_rate": "plain mean of the models' culture rates",
    "by_model": "each model's culture rate and number of valid answers",
    "reasons": "how many people gave a reason",
}
VOICES: Final[Mapping[str, str]] = {
    "scenario_item_id": "scenario with receiver",
    "kind": "reason (a person's words) or rationale (a model's)",
    "who": "pseudonym of the participant, or the run's label",
    "country": "the participant's country, or the persona",
    "relation": "distance of the participant's from the scenario's country",
    "frame": "the question of a rationale; empty for a reason, which is about both",
    "chose_personal": "what the person chose, or the model, for themselves",
    "chose_norm": "what the person, or the model, called appropriate",
    "text": f"the words, control characters removed, at most {KEPT:,} characters",
}
"""A column's meaning by its name, in the files' order."""


def write_traces(traced: Traced | None, folder: Path) -> None:
    """Write traces.csv and voices.csv, where there is anything to write."""
    if traced is None or not traced.lists:
        return
    _write(folder / "traces.csv", TRACES, _traces(traced))
    if traced.reasons or traced.rationales:
        _write(folder / "voices.csv", VOICES, _voices(traced))


def _write(path: Path, columns: Mapping[str, str], rows: Iterator[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        write_rows(stream, list(columns), rows)


def _traces(traced: Traced) -> Iterator[Mapping[str, object]]:
    for one in traced.lists:
        for place, trace in enumerate(one.traces, 1):
            yield _place(one, place) | trace_row(trace, traced.level)


def _place(one: TraceList, place: int) -> dict[str, object]:
    return {
        "list": one.name,
        "list_frame": one.frame,
        "relation": one.relation,
        "place": place,
        "of": one.of,
    }


def trace_row(trace: Trace, level: float) -> dict[str, object]:
    """A trace under the names of `TRACES`, less its place in a list."""
    item, people, share = trace.item, trace.people, trace.share
    lower, upper = share.interval(level) if share else (None, None)
    return {
        "scenario_item_id": cut(item.name),
        "scenario": cut(item.scenario),
        "scenario_country": item.country,
        "theme": item.theme,
        "preference_type": cut(item.kind),
        "receiver": item.receiver,
        "frame": trace.frame,
        "situation": cut(item.situation),
        "culture_action": cut(item.culture_action),
        "preference_action": cut(item.preference_action),
        "measure": round(trace.measure.value, 6),
        "bound": round(trace.measure.bound, 6),
        "people": share.n if share else 0,
        "people_culture": int(share.k) if share else None,
        "people_rate": share.rate if share else None,
        "people_rate_lower": lower,
        "people_rate_upper": upper,
        "importance_norm": people.importance_norm if people else None,
        "importance_preference": people.importance_preference if people else None,
        "models": len(trace.asked.shares),
        "models_rate": trace.models_mean,
        "by_model": "; ".join(
            f"{cut(model)} {one.rate:.4f} of {one.n}"
            for model, one in sorted(trace.asked.shares.items())
        ),
        "reasons": people.reasons if people else 0,
    }


def _voices(traced: Traced) -> Iterator[Mapping[str, object]]:
    names = {pk: cut(item.name) for pk, item in traced.counted.items.items()}
    for reason in traced.reasons or ():
        yield _reason(names[reason.item], reason)
    for rationale in traced.rationales:
        yield _rationale(names[rationale.item], rationale)


def _reason(item: str, one: Reason) -> dict[str, object]:
    return {
        "scenario_item_id": item, "kind": "reason", "who": one.pseudonym, "country": one.country,
        "relation": one.relation, "frame": "", "chose_personal": one.personal,
        "chose_norm": one.norm, "text": cut(one.text),
    }  # fmt: skip


def _rationale(item: str, one: Rationale) -> dict[str, object]:
    chose = {f"chose_{one.frame}": one.choice}
    return {
        "scenario_item_id": item, "kind": "rationale", "who": cut(one.model),
        "country": one.persona, "relation": "", "frame": one.frame, "chose_personal": "",
        "chose_norm": "", "text": cut(one.text), **chose,
    }  # fmt: skip
