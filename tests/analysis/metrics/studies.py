"""Simulated studies with known truth, small or as large as the paper's."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

COUNTRIES = ("Brazil", "India", "South Africa", "United Kingdom", "United States")
SCENARIO_COUNTRIES = ("Japan", "Kenya", "Canada")
RECEIVERS = tuple((age, gender) for age in ("younger", "older") for gender in ("female", "male"))
FRAMES = ("personal", "norm")
ORDERS = ("culture_first", "preference_first")


@dataclass(frozen=True)
class Size:
    """How many people, scenarios, answers a person, countries and models a study has."""

    people: int = 30
    scenarios: int = 8
    receivers: int = 2
    per_person: int = 5
    countries: int = 3
    models: tuple[str, ...] = ("alpha", "beta")
    orders: tuple[str, ...] = ORDERS
    invalid: float = 0.03
    missing: float = 0.02
    spread: tuple[float, float] = field(default=(0.8, 0.5))  # scenario and person sd, logits


FULL = Size(people=200, scenarios=63, receivers=4, per_person=7, countries=5, models=tuple("abcde"))


def make_items(size: Size, rng: np.random.Generator) -> pd.DataFrame:
    """One row per item with its truth on the logit scale, by frame."""
    rows = []
    for s in range(size.scenarios):
        base = rng.normal(0.8, size.spread[0], 2)
        for age, gender in RECEIVERS[: size.receivers]:
            rows.append(
                {
                    "item": f"s{s:02d}|{age}|{gender}",
                    "scenario": f"s{s:02d}",
                    "scenario_country": SCENARIO_COUNTRIES[s % len(SCENARIO_COUNTRIES)],
                    "receiver_age": age,
                    "receiver_gender": gender,
                    "theme": ("food", "gifts", None)[s % 3],
                    "logit_personal": base[0] + rng.normal(0, 0.3),
                    "logit_norm": base[1] + 0.3 + rng.normal(0, 0.3),
                }
            )
    return pd.DataFrame(rows)


def make_human(size: Size, rng: np.random.Generator, items: pd.DataFrame) -> pd.DataFrame:
    """HUMAN: every participant answers one receiver of each of some scenarios."""
    rows = []
    for p in range(size.people):
        lean = rng.normal(0, size.spread[1])
        age, gender = RECEIVERS[rng.integers(4)]
        for s in rng.choice(size.scenarios, size.per_person, replace=False):
            item = items.iloc[s * size.receivers + rng.integers(size.receivers)]
            answers = {
                frame: float(rng.random() < expit(item[f"logit_{frame}"] + lean))
                for frame in FRAMES
            }
            if rng.random() < size.missing:
                answers[FRAMES[rng.integers(2)]] = np.nan
            rows.append(
                {
                    "participant": f"p{p:03d}",
                    **{k: item[k] for k in items.columns if not k.startswith("logit")},
                    "participant_country": COUNTRIES[p % size.countries],
                    "participant_age": age,
                    "participant_gender": gender,
                    "relation": ("same", "close", "far")[(p + s) % 3],
                    **answers,
                    "importance_norm": float(rng.integers(1, 6)),
                    "importance_preference": float(rng.integers(1, 6)),
                    "perceived_share": ((7 * p + 3 * s) % 11) / 10,
                    "first_frame": FRAMES[p % 2],
                }
            )
    return pd.DataFrame(rows)


def expit(x: float) -> float:
    """The logistic function."""
    return float(1 / (1 + np.exp(-x)))


def make_model(size: Size, rng: np.random.Generator, items: pd.DataFrame) -> pd.DataFrame:
    """MODEL: each model over items, frames, orders, without and with every persona."""
    personas = [("", "")] + [
        (country, f"{age}_{gender}")
        for country in COUNTRIES[: size.countries]
        for age, gender in RECEIVERS
    ]
    cells = [
        (name, country, demo, frame, order)
        for name in size.models
        for country, demo in personas
        for frame in FRAMES
        for order in size.orders
    ]
    parts = pd.DataFrame([_model_part(cell, items, size, rng) for cell in cells])
    asked = pd.concat(
        [items[["item", "scenario", "scenario_country", "receiver_age", "receiver_gender"]]]
        * len(cells),
        ignore_index=True,
    )
    answers = parts.explode(["q", "choice", "invalid_reason"], ignore_index=True)
    return asked.join(answers.astype({"q": float, "choice": float, "invalid_reason": str}))


def _model_part(
    cell: tuple[str, ...], items: pd.DataFrame, size: Size, rng: np.random.Generator
) -> dict[str, object]:
    """One model as one persona in one frame and order; what differs between items as a list."""
    name, country, demo, frame, order = cell
    shift = 0.4 if order == ORDERS[0] else 0.0
    noise = rng.normal(shift + 0.3 * size.models.index(name), 0.8, len(items))
    q = np.round(1 / (1 + np.exp(-(items[f"logit_{frame}"].to_numpy() + noise))), 1)
    invalid = rng.random(len(items)) < size.invalid
    q = np.where(invalid, np.nan, q)
    choice = np.where(q > 0.5, 1.0, np.where(q < 0.5, 0.0, 0.5))
    return dict(
        model=name,
        setting="persona" if country else "no_persona",
        persona_country=country,
        persona_demo=demo,
        frame=frame,
        prompt_style="",
        option_order=order,
        sample_index=0,
        q=q,
        choice=np.where(invalid, np.nan, choice),
        invalid_reason=np.where(invalid, "unreadable", ""),
    )


def make_study(size: Size = Size(), seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """HUMAN and MODEL of one simulated study."""
    rng = np.random.default_rng(seed)
    items = make_items(size, rng)
    return make_human(size, rng, items), make_model(size, rng, items)
