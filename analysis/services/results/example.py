"""One scenario to try: its words, and how people and models chose, as counts from the report."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from analysis.services.results.companions import companions
from annotation.models import Item, Release
from annotation.vocab.countries import by_iso2
from annotation.vocab.terms import RECEIVER_PLACEHOLDER, Setting, receiver_phrase, with_receiver
from pact_site.base.csvsafe import restore_cell

FRAMES: Final = ("personal", "norm")
_CULTURE: Final = "A"
_PREFERENCE: Final = "B"


@dataclass(frozen=True)
class Scenario:
    """A scenario of the release that people and models answered; `people` gave both answers."""

    key: str
    country: str
    situation: str
    people: int

    @property
    def label(self) -> str:
        """How a list names it."""
        return f"{self.country}: {self.situation}"


def scenarios_of(release: Release, folder: Path) -> list[Scenario]:
    """Scenarios whose actions are written out and that people answered, by country and key."""
    people = _people_by_item(folder)
    found: dict[str, Scenario] = {}
    for key, items in _by_scenario(release).items():
        version, first = items[0].version, items[0]
        who = set().union(*(people[item.scenario_item_id] for item in items))
        if version.is_askable and who:
            situation = with_receiver(version.situation, first.receiver_age, first.receiver_gender)
            found[key] = Scenario(key, by_iso2(version.country).name, situation, len(who))
    return sorted(found.values(), key=lambda one: (one.country, one.key))


def _people_by_item(folder: Path) -> defaultdict[str, set[str]]:
    """Who answered each item, by its id in the release format."""
    people: defaultdict[str, set[str]] = defaultdict(set)
    for row in _people(folder):
        people[row["scenario_item_id"]].add(row["respondent_id"])
    return people


def _by_scenario(release: Release) -> dict[str, list[Item]]:
    grouped: dict[str, list[Item]] = {}
    for item in release.items.select_related("version__scenario").order_by("pk"):
        grouped.setdefault(item.version.scenario.key, []).append(item)
    return grouped


def example_of(
    release: Release, key: str, folder: Path, models: Iterable[str], minimum: int
) -> dict[str, Any]:
    """What the page shows of one scenario; answers on all its receivers count together."""
    items = _by_scenario(release)[key]
    version, first = items[0].version, items[0]
    ids = {item.scenario_item_id for item in items}
    rows = [row for row in _people(folder) if row["scenario_item_id"] in ids]
    named = RECEIVER_PLACEHOLDER in version.situation
    return {
        "key": key,
        "country": by_iso2(version.country).name,
        "situation": with_receiver(version.situation, first.receiver_age, first.receiver_gender),
        "receiver": "" if named else receiver_phrase(first.receiver_age, first.receiver_gender),
        "receivers": len(items),
        "culture": version.culture_action,
        "preference": version.preference_action,
        "questions": [
            {
                "frame": frame,
                **_chosen(rows, frame, minimum),
                "models": _models(folder, key, frame, models),
            }
            for frame in FRAMES
        ],
    }


def _chosen(rows: list[dict[str, str]], frame: str, minimum: int) -> dict[str, Any]:
    """Counts of everybody and by country; countries of too few people, and those that would tell
    of them, are only counted."""
    valid = [row for row in rows if row[f"human_{frame}"] in (_CULTURE, _PREFERENCE)]
    names = sorted({row["respondent_country"] for row in valid})
    countries = [_count(valid, frame, name) for name in names]
    more = companions(
        [(name,) for name in names], [one["people"] for one in countries], [0], minimum
    )
    shown = [one for at, one in enumerate(countries) if one["people"] >= minimum and at not in more]
    return {
        **_count(valid, frame),
        "countries": sorted(shown, key=lambda one: (-one["share"], one["name"])),
        "hidden": len(countries) - len(shown),
    }


def _count(rows: list[dict[str, str]], frame: str, country: str = "") -> dict[str, Any]:
    there = [row for row in rows if country in ("", row["respondent_country"])]
    culture = sum(row[f"human_{frame}"] == _CULTURE for row in there)
    return {
        "name": country,
        "people": len({row["respondent_id"] for row in there}),
        "answers": len(there),
        "culture": culture,
        "share": culture / len(there) if there else None,
    }


def _models(folder: Path, key: str, frame: str, models: Iterable[str]) -> list[dict[str, Any]]:
    """The models' mean rate of choosing culture over the scenario's items, asked as themselves."""
    path = folder / "tables" / "items.csv"
    if not path.exists():
        return []
    wanted: dict[str, list[float]] = {name: [] for name in models}
    for row in _read(path):
        same = row["scenario"] == key and row["frame"] == frame
        if same and row["setting"] == Setting.NO_PERSONA and row["model"] in wanted and row["q"]:
            wanted[row["model"]].append(float(row["q"]))
    rates = [(name, sum(found) / len(found)) for name, found in wanted.items() if found]
    ordered = sorted(rates, key=lambda pair: (-pair[1], pair[0]))
    return [{"name": name, "share": share} for name, share in ordered]


def _people(folder: Path) -> Iterator[dict[str, str]]:
    return _read(folder / "data" / "human.csv")


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield {name: restore_cell(text) for name, text in row.items()}
