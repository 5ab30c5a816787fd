"""Files in the PACT release formats, made up: the input of the tests that start from files."""

import csv
import random

COUNTRIES = ("Brazil", "Namibia", "United Kingdom")
PERSONAS = (("Brazil", "younger_female"), ("Namibia", "older_male"))
LONG = " ".join(["A guest arrives late to a dinner and must decide what to say first."] * 5)


def items(scenarios=8):
    """One id for a scenario, two receivers: only both together tell an item."""
    for number in range(scenarios):
        text = LONG if number == 0 else f"A host offers food to a guest, version {number}."
        for age, gender in (("younger", "female"), ("older", "male")):
            yield {
                "scenario_item_id": f"item-{number}",
                "scenario": text,
                "scenario_country": ("Japan", "Namibia", "Brazil")[number % 3],
                "receiver_age": age,
                "receiver_gender": gender,
                "receiver_demo": f"{age}_{gender}",
            }


def human_rows(seed=3, people=24):
    rng = random.Random(seed)
    known = list(items())
    for person in range(people):
        age, gender = rng.choice(("younger", "older")), rng.choice(("female", "male"))
        for item in rng.sample(known, 6):
            yield {
                "respondent_id": f"p{person:02}",
                **item,
                "respondent_country": COUNTRIES[person % 3],
                "respondent_age_bucket": age,
                "respondent_gender": gender,
                "respondent_demo": f"{age}_{gender}",
                "human_personal": rng.choices(("A", "B", ""), (60, 38, 2))[0],
                "human_norm": rng.choices(("A", "B"), (70, 30))[0],
            }


def prediction_rows(seed=5, models=("=cmd|model", "model-b")):
    """One hard-answering model whose name would be a formula, and one more; a few answers invalid."""
    rng = random.Random(seed)
    for model in models:
        for country, demo in (("", ""), *PERSONAS):
            for item in items():
                yield {
                    "model_tag": model,
                    "persona_setting": "persona" if country else "no_persona",
                    "persona_country": country,
                    "persona_demo": demo,
                    "scenario_item_id": item["scenario_item_id"],
                    "scenario_country": item["scenario_country"],
                    "receiver_age": item["receiver_age"],
                    "receiver_gender": item["receiver_gender"],
                    "llm_personal": rng.choices(("A", "B", ""), (50, 45, 5))[0],
                    "llm_norm": rng.choices(("A", "B"), (80, 20))[0],
                }


def write(path, rows):
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
