"""Everything a study knows of its answers: a row a participant, item and question."""

from collections import defaultdict

import pandas as pd
from django.db.models import QuerySet

from analysis.frames.subjects import get_study, resolve_cohort
from annotation.vocab.countries import by_iso2
from annotation.vocab.terms import Frame
from survey.models import Answer, Exclusion, Participant, Study

_FIELDS = {
    "participant": "assignment__participant__pseudonym",
    "participant_pk": "assignment__participant_id",
    "cohort": "assignment__cohort",
    "state": "assignment__participant__state",
    "participant_country": "assignment__participant__country",
    "participant_age": "assignment__participant__age_bucket",
    "participant_gender": "assignment__participant__gender",
    "language": "language",
    "instrument_version": "assignment__participant__instrument__number",
    "instrument_hash": "instrument_hash",
    "position": "assignment__position",
    "scenario_item_id": "assignment__item__scenario_item_id",
    "scenario": "assignment__scenario__key",
    "scenario_country": "assignment__item__version__country",
    "theme": "assignment__item__version__theme",
    "receiver_age": "assignment__item__receiver_age",
    "receiver_gender": "assignment__item__receiver_gender",
    "relation": "assignment__relation",
    "surplus": "assignment__surplus",
    "first_frame": "assignment__participant__first_frame",
    "option_order": "assignment__option_order",
    "importance_norm": "importance_norm",
    "importance_preference": "importance_preference",
    "perceived_share": "perceived_share",
    "reason": "reason",
    "saved_at": "saved_at",
    "personal": "personal",
    "norm": "norm",
}

LONG = {
    "participant": "pseudonym, within this study",
    "cohort": "real, or rehearsal: SIMULATED",
    "state": "how far the participant came",
    "excluded": "rules that leave the participant out of the analysis, empty if none",
    "participant_country": "full English name",
    "participant_age": "younger or older",
    "participant_gender": "female or male, empty if not said",
    "language": "language in which the page was shown",
    "instrument_version": "number of the instrument's version",
    "instrument_hash": "SHA-256 of the instrument's version",
    "position": "place of the scenario in the participant's survey, from 1",
    "scenario_item_id": "scenario with receiver",
    "scenario": "scenario; the receivers of a scenario share it",
    "scenario_country": "full English name",
    "theme": "area of social life",
    "receiver_age": "younger or older",
    "receiver_gender": "female or male",
    "relation": "distance of the participant's from the scenario's country",
    "surplus": "answer beyond the cell's target; kept",
    "frame": "personal: what I would do; norm: what most would consider appropriate",
    "asked_first": "whether this frame was asked before the other",
    "option_order": "which action was shown first",
    "choice": "culture or preference; empty only in imported data",
    "importance_norm": "rating of the expectation's importance, from 1; the same in both rows",
    "importance_preference": "rating of the preference's importance; the same in both rows",
    "perceived_share": "of 100 people there, how many are thought to follow culture",
    "reason": "the participant's words, where asked for",
    "saved_at": "UTC time of saving",
}
"""The columns of the long format and what they hold."""


def long_export(study_slug: str, cohort: str | None = None) -> pd.DataFrame:
    """Every stored answer of a cohort, the excluded marked, nobody held back or withdrawn."""
    study = get_study(study_slug)
    people = takeable(study, resolve_cohort(study, cohort))
    rows = pd.DataFrame(
        list(
            Answer.objects.filter(assignment__participant__in=people)
            .order_by("assignment__participant_id", "assignment__position")
            .values_list(*_FIELDS.values())
        ),
        columns=list(_FIELDS),
    )
    rules = _rules(study)
    rows["excluded"] = [rules.get(person, "") for person in rows["participant_pk"]]
    for name in ("participant_country", "scenario_country"):
        rows[name] = rows[name].map(lambda code: by_iso2(code).name if code else "")
    return _by_frame(rows)


def takeable(study: Study, cohort: str) -> QuerySet[Participant]:
    """Whose rows may leave: everybody who answered, save who withdrew or is held back."""
    return Participant.objects.filter(study=study).in_cohort(cohort).takeable()


def _rules(study: Study) -> dict[int, str]:
    found = defaultdict(list)
    rows = Exclusion.objects.filter(participant__study=study, reversed_at__isnull=True)
    for person, rule in rows.order_by("rule").values_list("participant_id", "rule"):
        found[person].append(rule)
    return {person: "; ".join(rules) for person, rules in found.items()}


def _by_frame(rows: pd.DataFrame) -> pd.DataFrame:
    """Two rows an answer sheet: the frame asked first, then the other."""
    parts = [
        rows.assign(frame=str(frame), choice=rows[str(frame)], asked_first=_first(rows, str(frame)))
        for frame in Frame
    ]
    both = pd.concat(parts)
    order = both.assign(later=~both["asked_first"].astype("boolean").fillna(False))
    order = order.sort_values(["participant_pk", "position", "later"], kind="stable")
    numbers = ["importance_norm", "importance_preference", "perceived_share", "instrument_version"]
    typed = order.astype(dict.fromkeys(numbers, "Int64"))
    return typed[list(LONG)].reset_index(drop=True)


def _first(rows: pd.DataFrame, frame: str) -> "pd.Series[bool]":
    known = rows["first_frame"] != ""
    return (rows["first_frame"] == frame).astype("boolean").where(known)
