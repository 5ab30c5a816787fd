"""Promises before the data: what will be compared, frozen with a hash and a time.

A freeze is never edited. One made before the first real answer is a preregistration; a later one is
an amendment, kept and shown beside it, and turns nothing confirmatory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import QuerySet

from analysis.metrics.catalogue import IN_STUDIES
from annotation.services.schemes import find_distance
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit
from survey.models import Answer, Cohort, Preregistration, Study
from survey.services import assignment
from survey.services.instruments import definition_of, digest

FRAMES = ("personal", "norm", "both")
GROUPINGS = ("", "participant_country", "relation", "participant_age", "participant_gender")
"""What an estimate may be split by; empty for everybody together."""


@dataclass(frozen=True)
class Comparison:
    """One number promised beforehand; `family` names the comparisons corrected together."""

    metric: str
    frame: str
    by: str = ""
    family: str = "main"
    expectation: str = ""


def freeze(
    *,
    study: Study,
    comparisons: Sequence[Comparison],
    hypotheses: str,
    level: float = 0.95,
    actor: User | None = None,
) -> Preregistration:
    """Freeze instrument, exclusion rule and comparisons; BadInput names what cannot be promised.

    Freezing the same promises twice returns the first.
    """
    if not comparisons:
        raise BadInput("Nothing is promised yet.", column="comparisons", expected="at least one")
    for number, comparison in enumerate(comparisons, start=1):
        _check(comparison, number)
    if not 0.5 <= level < 1:
        raise BadInput(
            "The level cannot be used.", column="level", found=level, expected="0.5–0.999"
        )
    with transaction.atomic():
        assignment.lock(study.pk)
        document = _document(study, comparisons, hypotheses.strip(), level)
        return _store(study, document, actor)


def _check(comparison: Comparison, number: int) -> None:
    allowed = {"metric": tuple(IN_STUDIES), "frame": FRAMES, "by": GROUPINGS}
    for name, values in allowed.items():
        if getattr(comparison, name) not in values:
            raise BadInput(
                f"Comparison {number} cannot be promised.",
                column=name,
                found=getattr(comparison, name),
                expected=", ".join(value or "(everybody)" for value in values),
            )


def _document(
    study: Study, comparisons: Sequence[Comparison], hypotheses: str, level: float
) -> dict[str, object]:
    instrument = study.instrument
    definition = definition_of(instrument)
    return {
        "study": study.slug,
        "release": str(study.release),
        "scheme": study.scheme,
        "scheme_hash": find_distance(study.scheme).hash,
        "instrument": {"version": instrument.number, "hash": instrument.content_hash},
        "planned_completes": definition.planned_completes,
        "exclusion": {
            "rule": "attention checks failed",
            "exclude_at": definition.exclude_at,
            "checks": [check.key for check in definition.checks],
        },
        "level": level,
        "hypotheses": hypotheses,
        "comparisons": [asdict(comparison) for comparison in comparisons],
    }


def _store(study: Study, document: dict[str, object], actor: User | None) -> Preregistration:
    content_hash = digest(document)
    latest = study.preregistrations.order_by("-number").first()
    if latest and latest.content_hash == content_hash:
        return latest
    row = Preregistration.objects.create(
        study=study,
        number=latest.number + 1 if latest else 1,
        document=document,
        content_hash=content_hash,
        real_answers=real_answers(study),
        frozen_by=actor,
    )
    audit.record(
        verb="study.promised", subject=f"study:{study.slug}", actor=actor, hash=content_hash
    )
    return row


def real_answers(study: Study) -> int:
    """How many answers real participants have given so far."""
    return Answer.objects.filter(assignment__study=study, assignment__cohort=Cohort.REAL).count()


def promises(study: Study) -> QuerySet[Preregistration]:
    """Every freeze of a study, first to last."""
    return study.preregistrations.select_related("frozen_by").order_by("number")


def standing(study: Study) -> Preregistration | None:
    """The last freeze made before the first real answer: what makes a number confirmatory."""
    return study.preregistrations.filter(real_answers=0).order_by("-number").first()


def changed_since(row: Preregistration) -> list[str]:
    """What of a study differs from what was frozen, in words; empty while all is kept."""
    study = row.study
    now = _document(study, [], "", 0.95)
    names = {
        "release": "the release",
        "scheme": "the distance scheme",
        "instrument": "the instrument",
        "planned_completes": "the planned number of people",
        "exclusion": "the exclusion rule",
    }
    return [words for key, words in names.items() if now[key] != row.document[key]]
