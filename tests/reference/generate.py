"""Seeded studies in the PACT release's file formats, with everything real files get wrong.

Nothing here imports the product: the files are written as a stranger would write them.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PARTICIPANT_COUNTRIES = ("Brazil", "India", "South Africa", "United Kingdom", "United States")
SCENARIO_COUNTRIES = (
    *PARTICIPANT_COUNTRIES,
    *("Myanmar", "Singapore", "Bangladesh", "Nepal", "Pakistan", "Canada", "Zimbabwe"),
    *("Ethiopia", "Argentina", "Iran", "Ireland", "Mexico", "Afghanistan", "Namibia"),
)
RECEIVERS = tuple((age, gender) for age in ("younger", "older") for gender in ("female", "male"))
DEMOS = tuple(f"{age}_{gender}" for age, gender in RECEIVERS)
THEMES = ("dining", "greeting", "gifts")
HUMAN_HEADER = [
    "respondent_id",
    "scenario_item_id",
    "scenario",
    "scenario_country",
    "receiver_age",
    "receiver_gender",
    "receiver_demo",
    "respondent_country",
    "respondent_age_bucket",
    "respondent_gender",
    "respondent_demo",
    "human_personal",
    "human_norm",
]
MODEL_HEADER = [
    "model_tag",
    "persona_setting",
    "persona_country",
    "persona_demo",
    "scenario_item_id",
    "scenario_country",
    "receiver_age",
    "receiver_gender",
    "llm_personal",
    "llm_norm",
]
SOFT_COLUMNS = [
    "prompt_style",
    "option_order",
    "sample_index",
    "q_culture_personal",
    "q_culture_norm",
    "invalid_reason_personal",
    "invalid_reason_norm",
]


@dataclass(frozen=True)
class Shape:
    """What one generated study looks like."""

    seed: int
    respondents: int = 60
    scenarios: int = 12
    unique_ids: bool = (
        True  # one scenario_item_id per item, or one shared by a scenario's receivers
    )
    windows: bool = False  # byte-order mark and CRLF line ends
    extra_columns: bool = False
    missing_answers: float = 0.0
    items_each: int = 7


@dataclass(frozen=True)
class Item:
    """One scenario with one receiver."""

    item_id: str
    scenario: str
    country: str
    age: str
    gender: str
    theme: str
    personal_lean: float = field(repr=False)
    norm_lean: float = field(repr=False)

    @property
    def cells(self) -> dict[str, str]:
        """The columns that name the item in both formats."""
        return {
            "scenario_item_id": self.item_id,
            "scenario": self.scenario,
            "scenario_country": self.country,
            "receiver_age": self.age,
            "receiver_gender": self.gender,
            "receiver_demo": f"{self.age}_{self.gender}",
        }


def letter(rng: random.Random, lean: float) -> str:
    """A for culture with probability `lean`, else B."""
    return "A" if rng.random() < lean else "B"


def make_items(rng: random.Random, shape: Shape) -> list[Item]:
    """Up to four receivers of each scenario; leans spread from contested to nearly settled."""
    items = []
    for number in range(shape.scenarios):
        country = SCENARIO_COUNTRIES[number % len(SCENARIO_COUNTRIES)]
        lean = rng.uniform(0.35, 0.95)
        for age, gender in rng.sample(RECEIVERS, k=rng.choice((2, 3, 4, 4))):
            ending = f"_{age}_{gender}" if shape.unique_ids else ""
            shift = rng.uniform(-0.15, 0.05)
            items.append(
                Item(
                    item_id=f"s{number:03d}{ending}",
                    scenario=f'Situation {number}, "at a table", with a host; no two are alike.',
                    country=country,
                    age=age,
                    gender=gender,
                    theme=THEMES[number % len(THEMES)],
                    personal_lean=min(max(lean + shift, 0.02), 0.98),
                    norm_lean=lean,
                )
            )
    return items


def human_rows(rng: random.Random, shape: Shape, items: Sequence[Item]) -> list[dict[str, str]]:
    """Each respondent answers a few items; the last item is shown once and left empty."""
    rows = []
    for number in range(shape.respondents):
        country = PARTICIPANT_COUNTRIES[number % len(PARTICIPANT_COUNTRIES)]
        age, gender = rng.choice(RECEIVERS)
        person = {
            "respondent_id": f"P{number:04d}",
            "respondent_country": country,
            "respondent_age_bucket": age,
            "respondent_gender": gender,
            "respondent_demo": f"{age}_{gender}",
        }
        mood = rng.gauss(0, 0.12)
        for item in rng.sample(items[:-2], k=min(shape.items_each, len(items) - 2)):
            answers = {
                name: "" if rng.random() < shape.missing_answers else letter(rng, lean + mood)
                for name, lean in (
                    ("human_personal", item.personal_lean),
                    ("human_norm", item.norm_lean),
                )
            }
            rows.append({**person, **item.cells, **answers})
    lonely = {**rows[0], **items[-2].cells, "human_personal": "A", "human_norm": "B"}
    nobody = {**rows[0], **items[-1].cells, "human_personal": "", "human_norm": ""}
    rows += [lonely] if shape.missing_answers == 0 else [lonely, nobody]
    if shape.extra_columns:
        for index, row in enumerate(rows):
            row.update({"duration_s": str(30 + index % 90), "comment": 'said "no", twice'})
    return rows


def hard_answers(
    rng: random.Random,
    items: Iterable[Item],
    *,
    tag: str,
    lean: float | None,
    personas: bool = True,
    invalid: float = 0.0,
) -> list[dict[str, str]]:
    """One model's no-persona row and 20 persona rows an item. `lean` None: always culture."""
    persons = [("no_persona", "", "")]
    if personas:
        persons += [("persona", land, demo) for land in PARTICIPANT_COUNTRIES for demo in DEMOS]
    rows = []
    for item in items:
        for setting, land, demo in persons:
            row = {
                "model_tag": tag,
                "persona_setting": setting,
                "persona_country": land,
                "persona_demo": demo,
                **item.cells,
            }
            for name, own in (
                ("llm_personal", item.personal_lean - 0.1),
                ("llm_norm", item.norm_lean),
            ):
                answer = "A" if lean is None else letter(rng, 0.5 * own + lean)
                row[name] = "" if rng.random() < invalid else answer
            rows.append(row)
    return rows


def soft_answers(
    rng: random.Random, items: Iterable[Item], *, tag: str, invalid: float = 0.0
) -> list[dict[str, str]]:
    """One model's label probabilities, in both option orders, as the platform exports them."""
    rows = []
    for item in items:
        for order, push in (("culture_first", 0.08), ("preference_first", -0.04)):
            row = {
                "model_tag": tag,
                "persona_setting": "no_persona",
                "persona_country": "",
                "persona_demo": "",
                **item.cells,
                "prompt_style": "survey_form",
                "option_order": order,
                "sample_index": "0",
            }
            for frame, own in (("personal", item.personal_lean), ("norm", item.norm_lean)):
                q = round(min(max(own + push + rng.gauss(0, 0.15), 0.001), 0.999), 6)
                broken = rng.random() < invalid
                row[f"llm_{frame}"] = "" if broken else ("A" if q > 0.5 else "B")
                row[f"q_culture_{frame}"] = "" if broken else str(q)
                row[f"invalid_reason_{frame}"] = "no_label" if broken else ""
            rows.append(row)
    return rows


def write_table(
    path: Path, header: Sequence[str], rows: Iterable[dict[str, str]], *, windows: bool = False
) -> Path:
    """A CSV file, as a spreadsheet on Windows writes it when asked."""
    with path.open("w", encoding="utf-8-sig" if windows else "utf-8", newline="") as handle:
        writer = csv.DictWriter(
            handle,
            header,
            extrasaction="ignore",
            lineterminator="\r\n" if windows else "\n",
        )
        writer.writeheader()
        writer.writerows(rows)
    return path


@dataclass(frozen=True)
class Files:
    """Where a generated study lies."""

    human: Path
    items: Path
    predictions: tuple[Path, ...]


def write_study(folder: Path, shape: Shape) -> Files:
    """Write the human file, the items file and three files of model answers."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(shape.seed)
    items = make_items(rng, shape)
    rows = human_rows(rng, shape, items)
    extra = ["duration_s", "comment"] if shape.extra_columns else []
    human = write_table(folder / "human.csv", HUMAN_HEADER + extra, rows, windows=shape.windows)
    named = {(row["scenario_item_id"], row["receiver_demo"]) for row in rows}
    known = [i for i in items if (i.item_id, i.cells["receiver_demo"]) in named]
    return Files(human, _write_items(folder, known), _write_models(folder, rng, known, shape))


def _write_items(folder: Path, items: Sequence[Item]) -> Path:
    rows = {
        item.item_id: {
            "scenario_item_id": item.item_id,
            "scenario": item.scenario,
            "culture_following": "Wait for the host.",
            "preference_allowing": "Start at once.",
            "theme": item.theme,
        }
        for item in items
    }
    header = ["scenario_item_id", "scenario", "culture_following", "preference_allowing", "theme"]
    return write_table(folder / "items.csv", header, rows.values())


def _write_models(
    folder: Path, rng: random.Random, items: Sequence[Item], shape: Shape
) -> tuple[Path, ...]:
    full = hard_answers(rng, items, tag="alpha-7b", lean=0.4, invalid=0.04)
    full += hard_answers(rng, items, tag="beta", lean=0.25)
    part = hard_answers(rng, items[: len(items) // 2], tag="gamma/part", lean=0.3, invalid=0.1)
    repeated = [
        {**row, "llm_personal": letter(rng, 0.5)}
        for row in part
        if row["persona_setting"] == "no_persona"
    ]
    steady = hard_answers(rng, items, tag="steady", lean=None, personas=False)
    soft = soft_answers(rng, items, tag="soft:1", invalid=0.05)
    return (
        write_table(folder / "full.csv", MODEL_HEADER, full, windows=shape.windows),
        write_table(folder / "part.csv", MODEL_HEADER, part + repeated + steady),
        write_table(folder / "soft.csv", MODEL_HEADER + SOFT_COLUMNS, soft),
    )
