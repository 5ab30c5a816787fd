"""Read the two release formats into plain tuples, independently of the product's importers."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FRAMES = ("personal", "norm")
Item = tuple[str, str, str]  # scenario_item_id, receiver_age, receiver_gender
SCORES = {"A": 1.0, "B": 0.0, "": None}

# definitions, section 8: participant country -> (close countries); every other pair is far.
CLOSE = {
    "Brazil": {"Myanmar", "Singapore"},
    "India": {"Bangladesh", "Nepal", "Pakistan"},
    "South Africa": {"Zimbabwe", "Ethiopia"},
    "United Kingdom": {"Ireland"},
    "United States": {"Canada", "Mexico"},
}


@dataclass(frozen=True)
class Person:
    """One respondent's answers to both questions of one item; None is no answer."""

    participant: str
    item: Item
    traits: dict[str, str]
    personal: float | None
    norm: float | None

    def answer(self, frame: str) -> float | None:
        return self.personal if frame == "personal" else self.norm


@dataclass(frozen=True)
class Reply:
    """One model answer to one question; `choice` None is invalid."""

    model: str
    setting: str
    persona: tuple[str, str]
    item: Item
    frame: str
    choice: float | None
    q: float | None
    order: str
    sample: int


def relation(participant_country: str, scenario_country: str) -> str:
    if participant_country == scenario_country:
        return "same"
    return "close" if scenario_country in CLOSE[participant_country] else "far"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def item_of(row: dict[str, str]) -> Item:
    return (row["scenario_item_id"], row["receiver_age"], row["receiver_gender"])


def read_people(path: Path, items: Path | None = None) -> list[Person]:
    """Every row of a human tidy file; themes come from the items file."""
    named = rows_of(items) if items else []
    themes = {row["scenario_item_id"]: row["theme"] for row in named}
    return [_person(row, themes) for row in rows_of(path)]


def _person(row: dict[str, str], themes: dict[str, str]) -> Person:
    traits = {
        "participant_country": row["respondent_country"],
        "participant_age": row["respondent_age_bucket"],
        "participant_gender": row["respondent_gender"],
        "participant_demo": row["respondent_demo"],
        "scenario_country": row["scenario_country"],
        "receiver_age": row["receiver_age"],
        "receiver_gender": row["receiver_gender"],
        "receiver_demo": row["receiver_demo"],
        "relation": relation(row["respondent_country"], row["scenario_country"]),
        "theme": themes.get(row["scenario_item_id"], ""),
    }
    return Person(
        row["respondent_id"],
        item_of(row),
        traits,
        SCORES[row["human_personal"]],
        SCORES[row["human_norm"]],
    )


def read_replies(paths: Iterable[Path]) -> list[Reply]:
    """Every answer of model files: two a row. The same key again is another sample."""
    seen: dict[tuple[str, ...], int] = {}
    return [reply for path in paths for row in rows_of(path) for reply in _replies(row, seen)]


def _replies(row: dict[str, str], seen: dict[tuple[str, ...], int]) -> list[Reply]:
    setting = row["persona_setting"]
    persona = (row["persona_country"], row["persona_demo"])
    order = row.get("option_order", "")
    key = (row["model_tag"], setting, *persona, *item_of(row), order)
    sample = seen.get(key, 0)
    seen[key] = sample + 1
    replies = []
    for frame in FRAMES:
        choice = SCORES[row[f"llm_{frame}"]]
        given = row.get(f"q_culture_{frame}", "")
        q = None if choice is None else float(given) if given else choice
        replies.append(
            Reply(row["model_tag"], setting, persona, item_of(row), frame, choice, q, order, sample)
        )
    return replies
