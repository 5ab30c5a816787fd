"""People answer: studies, participants, assignments, answers, decisions, Prolific's news."""

from survey.models.answers import Answer, Assignment, CheckResponse, PageVisit
from survey.models.decisions import Exclusion, ExportRecord, Preregistration, Withdrawal
from survey.models.participants import (
    Cohort,
    Participant,
    ProlificIdentity,
    PseudonymKey,
    new_key,
)
from survey.models.prolific import (
    DemographicRow,
    ProlificDecision,
    ProlificEvent,
    ProlificRequest,
    ProlificSubmission,
)
from survey.models.studies import Instrument, ScenarioText, Study, Tally

__all__ = [
    "Answer",
    "Assignment",
    "CheckResponse",
    "Cohort",
    "DemographicRow",
    "Exclusion",
    "ExportRecord",
    "Instrument",
    "PageVisit",
    "Participant",
    "Preregistration",
    "ProlificDecision",
    "ProlificEvent",
    "ProlificIdentity",
    "ProlificRequest",
    "ProlificSubmission",
    "PseudonymKey",
    "ScenarioText",
    "Study",
    "Tally",
    "Withdrawal",
    "new_key",
]
