"""A judge's verdicts as those of one more annotator: beside people, beside itself, over everything."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from django.db.models import Exists, OuterRef

from analysis.metrics import pass_rate as rates
from analysis.metrics.agreement import Estimate
from analysis.metrics.pass_rate import Beside, Rate
from annotation.models import Judge, Validation, Verdict
from annotation.services.labels.passing import Population
from annotation.services.labels.results import ratings_frame

if TYPE_CHECKING:
    import pandas as pd

DEFINITION: Final = "after:none;source:judge"
OTHER_LABELS: Final = "the judge was asked with other labels"
OTHER_CRITERIA: Final = "the judge was asked none of these criteria"


@dataclass(frozen=True)
class JudgeResult:
    """What one judge amounts to here; `note` says why there is nothing to compare."""

    judge: Judge
    assisted: Rate
    beside: list[Beside] = field(default_factory=list)
    flips: list[Estimate] = field(default_factory=list)
    invalid: int = 0
    note: str = ""


def judges(
    validation: Validation, ratings: pd.DataFrame, found: Population, level: float = 0.95
) -> list[JudgeResult]:
    """Every judge with a verdict on scenarios of this dataset, the newest first."""
    answered = Exists(Verdict.objects.filter(judge=OuterRef("pk")))
    rows = Judge.objects.filter(answered, dataset=validation.dataset_id)
    return [_result(judge, validation, ratings, found, level) for judge in rows]


def _result(
    judge: Judge,
    validation: Validation,
    ratings: pd.DataFrame,
    found: Population,
    level: float,
) -> JudgeResult:
    if list(judge.labels) != list(validation.labels):
        return _nothing(judge, OTHER_LABELS)
    codes = list(validation.criteria.values_list("code", flat=True))
    verdicts = Verdict.objects.filter(judge=judge, criterion__in=codes)
    rows = verdicts.order_by().values_list("version_id", "repeat", "criterion", "value")
    said = ratings_frame(row for row in rows if row[3] in validation.labels)
    if said.empty:
        return _nothing(judge, OTHER_CRITERIA)
    return JudgeResult(
        judge=judge,
        assisted=_assisted(validation, said, found, level),
        beside=_beside(validation, ratings, said, level),
        flips=rates.flip_rate(said, validation.labels, level=level)
        if said["rater"].nunique() > 1
        else [],
        invalid=len(rows) - len(said),
    )


def _nothing(judge: Judge, note: str) -> JudgeResult:
    return JudgeResult(judge, Rate("dataset_pass_rate", DEFINITION, None, note=note), note=note)


def _beside(
    validation: Validation, people: pd.DataFrame, said: pd.DataFrame, level: float
) -> list[Beside]:
    """On the sampled items, with the judge's first verdict."""
    keys = dict(validation.items.filter(version__isnull=False).values_list("version_id", "key"))
    first = said[said["rater"] == said["rater"].min()]
    sampled = first.assign(item=first["item"].map(keys)).dropna(subset=["item"])
    if people.empty or sampled.empty:
        return []
    return rates.beside_people(people, sampled, validation.labels, level=level)


def _assisted(validation: Validation, said: pd.DataFrame, found: Population, level: float) -> Rate:
    """The judge's verdict per item is the majority of its repeats, an even split fails it."""
    if found.frame is None or found.gap:
        return Rate("dataset_pass_rate", DEFINITION, None, note=found.gap or found.note)
    verdicts = rates.majority_verdicts(_complete(said, validation), validation.labels)
    by_version = dict(zip(verdicts["item"], verdicts["human"], strict=True))
    judge = found.frame["item"].map(lambda item: by_version.get(str(found.versions.get(item))))
    rate = rates.judge_assisted(found.frame.assign(judge=judge), level=level)
    return replace(rate, note="; ".join(part for part in (rate.note, found.note) if part))


def _complete(said: pd.DataFrame, validation: Validation) -> pd.DataFrame:
    """Verdicts on versions that were judged under every criterion; half a verdict is none."""
    asked = said.groupby("item")["criterion"].nunique()
    whole = asked[asked == validation.criteria.count()].index
    return said[said["item"].isin(whole)]
