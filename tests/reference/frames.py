"""People and replies as the frames that the statistics take, without a database between."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import pandas as pd

from tests.reference.reading import Item, Person, Reply


def human_frame(people: Sequence[Person]) -> pd.DataFrame:
    return pd.DataFrame([_human_row(person) for person in people])


def _human_row(person: Person) -> dict[str, object]:
    traits = person.traits
    kept = ("participant_country", "participant_age", "participant_gender", "relation")
    return {
        "participant": person.participant,
        **_item_columns(person.item, traits["scenario_country"]),
        **{name: traits[name] for name in kept},
        "theme": traits["theme"] or None,
        "personal": nan if person.personal is None else person.personal,
        "norm": nan if person.norm is None else person.norm,
        "importance_norm": nan,
        "importance_preference": nan,
        "first_frame": None,
    }


def model_frame(people: Sequence[Person], replies: Sequence[Reply]) -> pd.DataFrame:
    countries = {person.item: person.traits["scenario_country"] for person in people}
    return pd.DataFrame([_model_row(reply, countries[reply.item]) for reply in replies])


def _model_row(reply: Reply, country: str) -> dict[str, object]:
    return {
        "model": reply.model,
        "setting": reply.setting,
        "persona_country": reply.persona[0],
        "persona_demo": reply.persona[1],
        **_item_columns(reply.item, country),
        "frame": reply.frame,
        "prompt_style": "",
        "option_order": reply.order,
        "sample_index": reply.sample,
        "q": nan if reply.q is None else reply.q,
        "choice": nan if reply.choice is None else reply.choice,
        "invalid_reason": "" if reply.choice is not None else "empty",
    }


def _item_columns(item: Item, country: str) -> dict[str, object]:
    return {
        "item": "|".join(item),
        "scenario": item[0].split("_")[0],
        "scenario_country": country,
        "receiver_age": item[1],
        "receiver_gender": item[2],
    }
