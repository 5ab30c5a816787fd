"""Make the files of the worked examples: made-up people and models on real scenarios.

    python docs/notebooks/make_data.py

Nobody answered any of this. People live in three countries and lean on what is expected where a
scenario is set in their own; `model-near` shares their leanings, `model-strict` follows the culture
nearly always. The seed is fixed, so that the examples print the same numbers everywhere.
"""

import csv
import math
import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SCENARIOS = HERE.parents[1] / "annotation/data/studies/first_light/scenarios.csv"
PEOPLE = {"BR": "Brazil", "IN": "India", "GB": "United Kingdom"}
RECEIVERS = (("younger", "female"), ("older", "male"))
MODELS = {"model-near": (1.0, 0.0), "model-strict": (0.3, 1.8)}
Row = dict[str, Any]


def main() -> None:
    """Write the four files."""
    rng = random.Random(20260)  # noqa: S311
    scenarios = list(chosen(rng))
    made = {
        "human.csv": people(rng, scenarios),
        "predictions.csv": predictions(rng, scenarios),
        "decisions.csv": decisions(rng, scenarios),
        "labels.csv": labels(rng),
    }
    for name, rows in made.items():
        write(HERE / "data" / name, list(rows))


def chosen(rng: random.Random) -> Iterator[Row]:
    """Seven scenarios of each country, with how strongly each pulls towards its culture."""
    with SCENARIOS.open(encoding="utf-8", newline="") as stream:
        known = list(csv.DictReader(stream))
    for code in PEOPLE:
        for row in [row for row in known if row["country"] == code][:7]:
            yield row | {"pull": rng.gauss(0.6, 0.8)}


def people(rng: random.Random, scenarios: list[Row]) -> Iterator[Row]:
    """Forty-eight people, ten scenarios each, one receiver a scenario."""
    for number in range(48):
        code = list(PEOPLE)[number % 3]
        lean = rng.gauss(0, 0.5)
        age, gender = rng.choice(("younger", "older")), rng.choice(("female", "male"))
        for scenario in rng.sample(scenarios, 10):
            receiver = rng.choice(RECEIVERS)
            own = 0.5 if scenario["country"] == code else 0.0
            yield {
                "respondent_id": f"SIMULATED-{number:02}",
                **item(scenario, receiver),
                "respondent_country": PEOPLE[code],
                "respondent_age_bucket": age,
                "respondent_gender": gender,
                "respondent_demo": f"{age}_{gender}",
                "human_personal": letter(rng, scenario["pull"] + own + lean - 0.3),
                "human_norm": letter(rng, scenario["pull"] + own + lean + 0.4),
                "cohort": "rehearsal",
            }


def predictions(rng: random.Random, scenarios: list[Row]) -> Iterator[Row]:
    """Two models, without a persona and as an older man or a younger woman of each country."""
    personas = [("", ""), *product(PEOPLE.values(), ("younger_female", "older_male"))]
    for (model, (slope, shift)), (country, demo) in product(MODELS.items(), personas):
        for scenario, receiver in product(scenarios, RECEIVERS):
            asked = item(scenario, receiver)
            logit = slope * scenario["pull"] + shift + rng.gauss(0, 0.4)
            q = {frame: round(expit(logit + up), 2) for frame, up in frames()}
            yield {
                "model_tag": f"SIMULATED {model}",
                "persona_setting": "persona" if country else "no_persona",
                "persona_country": country,
                "persona_demo": demo,
                **{name: asked[name] for name in list(asked) if name not in ("scenario", "theme")},
                **{f"llm_{frame}": "A" if q[frame] >= 0.5 else "B" for frame in q},
                **{f"q_culture_{frame}": q[frame] for frame in q},
            }


def decisions(rng: random.Random, scenarios: list[Row]) -> Iterator[Row]:
    """One model's benchmark decisions with and without the balance prompt."""
    columns = ("eval_prompt", "eval_pref_config", "actor_country", "actor_age")
    cells = product(
        ("no_balance", "balance"),
        ("actor_pref_only", "swapped"),
        PEOPLE.values(),
        ("younger", "older"),
    )
    for cell, (row, scenario) in product(cells, enumerate(scenarios, start=1)):
        asked = dict(zip(columns, cell, strict=True))
        up = 0.7 if asked["eval_prompt"] == "no_balance" else 0.0
        said = "FOLLOW_CULTURE" if rng.random() < expit(scenario["pull"] + up) else None
        unread = rng.random() < 0.02
        yield {
            "source_row": row,
            "dataset": "first-light",
            "base_country": PEOPLE[scenario["country"]],
            **asked,
            "eval_decision": "UNKNOWN" if unread else said or "ALLOW_PREFERENCE",
            "eval_model": "SIMULATED model-near",
        }


def labels(rng: random.Random) -> Iterator[Row]:
    """Three annotators' checks of forty scenarios; each pair of two rates a third of them twice."""
    pairs = (("ann", "bo"), ("bo", "cy"), ("ann", "cy"))
    for number, criterion in product(range(40), ("natural", "norm_holds")):
        share = 0.93 if criterion == "natural" else 0.75
        good = rng.random() < share
        for annotator in pairs[number % 3]:
            seen = good if rng.random() < 0.92 else not good
            yield {
                "item": f"scenario-{number:02}",
                "annotator": annotator,
                "criterion": criterion,
                "value": "yes" if seen else "no",
            }


def item(scenario: Row, receiver: tuple[str, str]) -> Row:
    """The columns that name an item."""
    age, gender = receiver
    return {
        "scenario_item_id": scenario["key"],
        "scenario": scenario["situation"],
        "scenario_country": PEOPLE[scenario["country"]],
        "receiver_age": age,
        "receiver_gender": gender,
        "theme": scenario["theme"],
    }


def frames() -> tuple[tuple[str, float], ...]:
    """The two questions, and how much more the norm question is answered with the culture."""
    return (("personal", 0.0), ("norm", 0.5))


def letter(rng: random.Random, logit: float) -> str:
    """A for the culture, B for the preference."""
    return "A" if rng.random() < expit(logit) else "B"


def expit(logit: float) -> float:
    """The logistic function."""
    return 1 / (1 + math.exp(-logit))


def write(path: Path, rows: list[Row]) -> None:
    """Write rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
