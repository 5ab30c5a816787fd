"""What people answered, as a frame."""

import numpy as np
import pandas as pd

from analysis.frames.columns import HUMAN, make_frame
from analysis.frames.items import item_table
from analysis.frames.kinds import Kinds
from analysis.frames.subjects import analysed, get_study, resolve_cohort
from annotation.vocab.countries import by_iso2
from annotation.vocab.terms import Choice
from survey.models import Answer

_FIELDS = {
    "participant": "assignment__participant__pseudonym",
    "participant_country": "assignment__participant__country",
    "participant_age": "assignment__participant__age_bucket",
    "participant_gender": "assignment__participant__gender",
    "first_frame": "assignment__participant__first_frame",
    "item_pk": "assignment__item_id",
    "relation": "assignment__relation",
    "option_order": "assignment__option_order",
    "surplus": "assignment__surplus",
    "cohort": "assignment__cohort",
    "personal": "personal",
    "norm": "norm",
    "importance_norm": "importance_norm",
    "importance_preference": "importance_preference",
    "perceived_share": "perceived_share",
}
_CHOICES = {Choice.CULTURE.value: 1.0, Choice.PREFERENCE.value: 0.0, "": np.nan}


def human_frame(
    study_slug: str, cohort: str | None = None, kinds: Kinds | None = None
) -> pd.DataFrame:
    """HUMAN rows of the participants who count (see `subjects.analysed`), surplus flagged.

    An item that a participant was given and did not answer has no row; a frame left empty by an
    import is NaN. `preference_type` is what `kinds` says, None without. BadInput for an unknown study or cohort.
    """
    study = get_study(study_slug)
    people = analysed(study, resolve_cohort(study, cohort))
    answers = (
        Answer.objects.filter(assignment__participant__in=people)
        .order_by("assignment__participant_id", "assignment__position", "pk")
        .values_list(*_FIELDS.values())
    )
    rows = pd.DataFrame(list(answers), columns=list(_FIELDS))
    items = item_table(study.release).reindex(rows["item_pk"]).reset_index(drop=True)
    countries = {code: by_iso2(code).name for code in rows["participant_country"].unique()}
    data = {
        **{name: rows[name] for name in rows.columns},
        **{name: items[name] for name in items.columns},
        "participant_country": rows["participant_country"].map(countries),
        "theme": _blank_is_none(items["theme"]),
        "preference_type": _kinds(items["version"], kinds),
        "first_frame": _blank_is_none(rows["first_frame"]),
        "option_order": _blank_is_none(rows["option_order"]),
        "personal": _choice(rows["personal"]),
        "norm": _choice(rows["norm"]),
        "importance_norm": pd.to_numeric(rows["importance_norm"]),
        "importance_preference": pd.to_numeric(rows["importance_preference"]),
        "perceived_share": pd.to_numeric(rows["perceived_share"]) / 100,
    }
    return make_frame(HUMAN, data)


def _kinds(versions: "pd.Series[int]", kinds: Kinds | None) -> list[str | None]:
    known = kinds.kind if kinds else {}
    return [known.get(version) for version in versions]


def _choice(codes: "pd.Series[str]") -> "pd.Series[float]":
    unknown = sorted(set(codes) - set(_CHOICES))
    if unknown:
        raise ValueError(f"answers outside the label set: {unknown}")
    return codes.map(_CHOICES).astype("float64")


def _blank_is_none(texts: "pd.Series[str]") -> "pd.Series[str]":
    return texts.astype("object").where(texts.astype("object") != "", None)
