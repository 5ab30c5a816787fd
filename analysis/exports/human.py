"""People's answers in the PACT release format, one row a participant and item."""

import pandas as pd

from analysis.frames.human import human_frame

_LETTERS = {1.0: "A", 0.0: "B"}


def human_export(study_slug: str, cohort: str | None = None) -> pd.DataFrame:
    """The release's columns first, then what this platform knows beyond them; A is culture."""
    return release_human(human_frame(study_slug, cohort))


def release_human(frame: pd.DataFrame) -> pd.DataFrame:
    """A HUMAN frame under the release's names."""
    demo = frame["participant_age"] + "_" + frame["participant_gender"]
    return pd.DataFrame(
        {
            "respondent_id": frame["participant"],
            "scenario_item_id": frame["scenario_item_id"],
            "scenario": frame["scenario"],
            "scenario_country": frame["scenario_country"],
            "receiver_age": frame["receiver_age"],
            "receiver_gender": frame["receiver_gender"],
            "receiver_demo": frame["receiver_age"] + "_" + frame["receiver_gender"],
            "respondent_country": frame["participant_country"],
            "respondent_age_bucket": frame["participant_age"],
            "respondent_gender": frame["participant_gender"],
            "respondent_demo": demo,
            "human_personal": frame["personal"].map(_LETTERS),
            "human_norm": frame["norm"].map(_LETTERS),
            "relation": frame["relation"],
            "theme": frame["theme"],
            "importance_norm": frame["importance_norm"].astype("Int64"),
            "importance_preference": frame["importance_preference"].astype("Int64"),
            "first_frame": frame["first_frame"],
            "option_order": frame["option_order"],
            "surplus": frame["surplus"],
        }
    )
