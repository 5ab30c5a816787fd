"""Sheets about a study's people: quality, flow, the recruiter's demographics, and the codebook."""

import pandas as pd

from analysis.exports.answers import LONG, takeable
from analysis.frames.flow import participant_flow
from analysis.frames.subjects import get_study, resolve_cohort
from survey.models import DemographicRow, ProlificIdentity
from survey.services.quality import COLUMNS, quality_rows

QUALITY = dict(
    zip(
        COLUMNS,
        (
            "pseudonym, within this study", "real, or rehearsal: SIMULATED", "how far they came",
            "ISO2 code of the country", "language of the pages", "scenarios answered",
            "attention checks failed", "seconds from consent to the end", "characters pasted, if kept",
            "what may be worth a look, with its comparison; no verdict",
            "rules that leave the participant out",
        ),
        strict=True,
    )
)  # fmt: skip
FLOW = {
    "cohort": "real, or rehearsal: SIMULATED",
    "step": "from everybody who agreed to those analysed",
    "people": "how many reached it",
    "note": "why others did not",
}


def quality_export(study_slug: str, cohort: str | None = None) -> pd.DataFrame:
    """The quality sheet; nobody who withdrew or is held back."""
    study = get_study(study_slug)
    asked = resolve_cohort(study, cohort)
    may = set(takeable(study, asked).values_list("pseudonym", flat=True))
    rows = [row for row in quality_rows(study, asked) if row["participant"] in may]
    return pd.DataFrame(rows, columns=list(QUALITY))


def flow_export(study_slug: str, cohort: str | None = None) -> pd.DataFrame:
    """The flow of participants, a row a step."""
    study = get_study(study_slug)
    asked = resolve_cohort(study, cohort)
    steps = participant_flow(study, asked)
    rows = [(asked, step.name, step.people, step.note) for step in steps]
    return pd.DataFrame(rows, columns=list(FLOW))


def demographics_export(study_slug: str, cohort: str | None = None) -> pd.DataFrame:
    """The recruiter's demographics by pseudonym: known columns, then the others as they stood."""
    study = get_study(study_slug)
    people = takeable(study, resolve_cohort(study, cohort))
    names = dict(
        ProlificIdentity.objects.filter(study=study, participant__in=people).values_list(
            "submission_id", "participant__pseudonym"
        )
    )
    rows = DemographicRow.objects.filter(study=study, submission_id__in=list(names))
    found = [
        {"participant": names[submission], **values, **extra}
        for submission, values, extra in rows.values_list("submission_id", "values", "extra")
    ]
    return pd.DataFrame(found)


def printed_codebook() -> str:
    """The codebook as Markdown, a table for each kind of file."""
    parts = ["# Codebook\n"]
    for kind, columns in codebook().items():
        rows = "".join(f"| `{name}` | {meaning} |\n" for name, meaning in columns.items())
        parts.append(f"\n## {kind}\n\n| column | holds |\n|---|---|\n{rows}")
    return "".join(parts)


def codebook() -> dict[str, dict[str, str]]:
    """Every column of the files of a study, by kind of file."""
    return {"long": LONG, "quality": QUALITY, "flow": FLOW}
