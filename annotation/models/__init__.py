"""What is judged, and the expert judgement of it."""

from annotation.models.judging import Construction, Judge, Step, Verdict
from annotation.models.scenarios import Item, Release, Scenario, ScenarioVersion
from annotation.models.screening import Review, Screened, Screening
from annotation.models.sources import Dataset, SourceRow
from annotation.models.validation import (
    Adjudication,
    Annotator,
    Criterion,
    Label,
    SampledItem,
    Task,
    Validation,
)
from annotation.models.vocabularies import SchemeEdition

__all__ = [
    "Adjudication",
    "Annotator",
    "Construction",
    "Criterion",
    "Dataset",
    "Item",
    "Judge",
    "Label",
    "Release",
    "Review",
    "SampledItem",
    "Scenario",
    "ScenarioVersion",
    "SchemeEdition",
    "Screened",
    "Screening",
    "SourceRow",
    "Step",
    "Task",
    "Validation",
    "Verdict",
]
