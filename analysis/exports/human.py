"""People's answers in the PACT release format, one row a participant and item."""

from collections.abc import Mapping

import pandas as pd

from analysis.frames.human import human_frame
from analysis.frames.subjects import get_study
from annotation.models import Release

CUT = "… "
_LETTERS = {1.0: "A", 0.0: "B"}


def human_export(study_slug: str, cohort: str | None = None) -> pd.DataFrame:
    """The release's columns first, then what this platform knows beyond them; A is culture."""
    texts = scenario_texts(get_study(study_slug).release)
    return release_human(human_frame(study_slug, cohort), texts)


def scenario_texts(release: Release) -> dict[str, str]:
    """The whole text of every scenario whose key is an imported text that was cut to fit."""
    rows = release.versions.filter(scenario__key__contains=CUT)
    pairs = rows.values_list("scenario__key", "situation")
    return {key: text for key, text in pairs if text.startswith(key.rsplit(CUT, 1)[0])}


def release_human(frame: pd.DataFrame, texts: Mapping[str, str]) -> pd.DataFrame:
    """A HUMAN frame under the release's names; `texts` replace scenario keys that were cut."""
    age, gender = frame["participant_age"], frame["participant_gender"]
    demo = (age + "_" + gender).where((age != "") & (gender != ""), "")
    return pd.DataFrame(
        {
            "respondent_id": frame["participant"],
            "scenario_item_id": frame["scenario_item_id"],
            "scenario": frame["scenario"].map(lambda key: texts.get(key, key)),
            "scenario_country": frame["scenario_country"],
            "receiver_age": frame["receiver_age"],
            "receiver_gender": frame["receiver_gender"],
            "receiver_demo": frame["receiver_age"] + "_" + frame["receiver_gender"],
            "respondent_country": frame["participant_country"],
            "respondent_age_bucket": age,
            "respondent_gender": gender,
            "respondent_demo": demo,
            "human_personal": frame["personal"].map(_LETTERS),
            "human_norm": frame["norm"].map(_LETTERS),
            "relation": frame["relation"],
            "theme": frame["theme"],
            "importance_norm": frame["importance_norm"].astype("Int64"),
            "importance_preference": frame["importance_preference"].astype("Int64"),
            "perceived_share": (frame["perceived_share"] * 100).round().astype("Int64"),
            "first_frame": frame["first_frame"],
            "option_order": frame["option_order"],
            "surplus": frame["surplus"],
            "cohort": frame["cohort"],
        }
    )
