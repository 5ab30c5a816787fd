"""Made-up people who answer about made-up scenarios, with known effects."""

import numpy as np
import pandas as pd

COUNTRIES = ("Brazil", "India", "South Africa")


def make_answers(
    people=60, scenarios=18, per_person=8, country_effect=1.0, seed=1, both_frames=False
) -> pd.DataFrame:
    """One row an answer; `country_effect` is the spread of the scenario countries' logits."""
    rng = np.random.default_rng(seed)
    places = [f"land-{n % 6}" for n in range(scenarios)]
    logits = dict(zip(sorted(set(places)), np.linspace(-1, 1, 6) * country_effect, strict=True))
    rows = []
    for person in range(people):
        who = {
            "participant": f"p{person}",
            "participant_country": COUNTRIES[person % 3],
            "participant_age": ("younger", "older")[person // 3 % 2],
            "participant_gender": ("female", "male")[person // 6 % 2],
        }
        for scenario in rng.choice(scenarios, per_person, replace=False):
            receiver = rng.integers(4)
            told = {
                "scenario": f"s{scenario}",
                "scenario_country": places[scenario],
                "receiver_age": ("younger", "older")[receiver % 2],
                "receiver_gender": ("female", "male")[receiver // 2],
                "relation": ("same", "close", "far")[(person + scenario) % 3],
                "item": f"s{scenario}-{receiver}",
            }
            for frame in ("personal", "norm") if both_frames else ("personal",):
                logit = logits[places[scenario]] + (0.5 if frame == "norm" else 0.0)
                y = float(rng.random() < 1 / (1 + np.exp(-logit)))
                rows.append(who | told | {"frame": frame, "y": y})
    return pd.DataFrame(rows)


def make_choices(models=("one", "two"), scenarios=12, seed=3) -> pd.DataFrame:
    """One row a model's choice: every scenario, receiver and question, without and with personas."""
    rng = np.random.default_rng(seed)
    personas = [("", "")] + [(land, demo) for land in COUNTRIES for demo in ("a", "b")]
    rows = [
        {
            "model": model,
            "model_family": model,
            "setting": "persona" if land else "no_persona",
            "persona_country": land,
            "persona_demo": demo,
            "item": f"s{scenario}-{receiver}",
            "scenario": f"s{scenario}",
            "scenario_country": f"land-{scenario % 4}",
            "receiver_age": ("younger", "older")[receiver],
            "receiver_gender": "female",
            "frame": frame,
            "y": float(rng.random() < 0.6),
        }
        for model in models
        for land, demo in personas
        for scenario in range(scenarios)
        for receiver in (0, 1)
        for frame in ("personal", "norm")
    ]
    return pd.DataFrame(rows)
