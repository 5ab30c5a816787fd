"""Models' answers in the PACT release format: both frames of a cell in one row."""

import numpy as np
import pandas as pd

from analysis.frames.model import model_frame
from annotation.vocab.terms import Frame

KEY = (
    "model",
    "setting",
    "persona_country",
    "persona_demo",
    "item",
    "scenario_item_id",
    "scenario",
    "scenario_country",
    "receiver_age",
    "receiver_gender",
    "prompt_style",
    "option_order",
    "sample_index",
)
COLUMNS = (
    "model_tag",
    "persona_setting",
    "persona_country",
    "persona_demo",
    "scenario_item_id",
    "scenario",
    "scenario_country",
    "receiver_age",
    "receiver_gender",
    "llm_personal",
    "llm_norm",
    "prompt_style",
    "option_order",
    "sample_index",
    "q_culture_personal",
    "q_culture_norm",
    "invalid_reason_personal",
    "invalid_reason_norm",
)
"""The release's columns, then those this platform adds. An invalid answer is an empty cell."""


def predictions_export(study_slug: str) -> pd.DataFrame:
    """Every answered cell of the study's runs, one row for both frames."""
    return release_predictions(model_frame(study_slug))


def release_predictions(frame: pd.DataFrame) -> pd.DataFrame:
    """A MODEL frame in the release's layout; A is culture, a tie of probabilities is `tie`."""
    sides = [_side(frame, name.value) for name in Frame]
    merged = sides[0].merge(sides[1], on=list(KEY), how="outer", sort=True)
    merged = merged.rename(columns={"model": "model_tag", "setting": "persona_setting"})
    for name in Frame:
        reason = f"invalid_reason_{name.value}"
        merged[reason] = merged[reason].fillna("not asked")
    return merged[list(COLUMNS)]


def _side(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    rows = frame[frame["frame"] == name]
    side = rows[list(KEY)].copy()
    side[f"llm_{name}"] = _letters(rows["choice"])
    # A hard answer says nothing beyond its letter: q is written where it is a probability.
    soft = rows["q"].where(rows["q"] != rows["choice"])
    side[f"q_culture_{name}"] = soft
    side[f"invalid_reason_{name}"] = rows["invalid_reason"]
    return side


def _letters(choice: "pd.Series[float]") -> "pd.Series[str]":
    letters = np.select([choice == 1.0, choice == 0.0, choice == 0.5], ["A", "B", "tie"], "")
    return pd.Series(letters, index=choice.index, dtype="object").replace("", None)
