"""Which study at Prolific a study here belongs to."""

from __future__ import annotations

import re

from django.db import transaction

from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit
from survey.models import Cohort, DemographicRow, ProlificIdentity, ProlificSubmission, Study
from survey.services import assignment


@transaction.atomic
def link_study(*, study: Study, prolific_study_id: str, actor: User | None = None) -> Study:
    """Note the study's id at Prolific; an empty one takes it away again.

    From then on people whom another study of Prolific's sends are not let in, and polls ask for this
    one. Refused once Prolific told of submissions under another id: they would no longer be found.
    After a rehearsal at the fake the id is free again; what the fake told of nobody here is removed.
    """
    wanted = prolific_study_id.strip().lower()
    if wanted and not re.fullmatch(r"[0-9a-f]{24}", wanted):
        raise BadInput(
            "This is no id of a study at Prolific.",
            found=prolific_study_id,
            expected="24 hexadecimal digits, the last part of the study's address there",
        )
    held = assignment.lock(study.pk)
    if held.prolific_study_id == wanted:
        return held
    if _only_rehearsed(held):
        _forget_strays(held)
    else:
        _refuse_change(held)
    _refuse_twice(held, wanted)
    before, held.prolific_study_id = held.prolific_study_id, wanted
    held.save(update_fields=["prolific_study_id"])
    audit.record(
        verb="prolific.linked",
        subject=f"study:{held.slug}",
        actor=actor,
        before=before,
        after=wanted,
    )
    return held


def _only_rehearsed(study: Study) -> bool:
    """Whether simulated people came under the id that is noted, and no real ones."""
    told = ProlificSubmission.objects.filter(study=study).values("submission_id")
    came = ProlificIdentity.objects.filter(study=study, submission_id__in=told)
    cohorts = set(came.values_list("cohort", flat=True))
    return Cohort.REHEARSAL in cohorts and Cohort.REAL not in cohorts


def _forget_strays(study: Study) -> None:
    """Submissions of simulated people who declined or withdrew would stand in the real ledger."""
    known = ProlificIdentity.objects.filter(study=study).values("submission_id")
    for model in (ProlificSubmission, DemographicRow):
        model.objects.filter(study=study).exclude(submission_id__in=known).delete()


def _refuse_change(study: Study) -> None:
    told = ProlificSubmission.objects.filter(study=study).count()
    if study.prolific_study_id and told:
        raise BadInput(
            "The study's id at Prolific stays as it is: submissions came under it.",
            found=f"{told} submissions",
        )


def _refuse_twice(study: Study, wanted: str) -> None:
    other = Study.objects.filter(prolific_study_id=wanted).exclude(pk=study.pk).first()
    if wanted and other is not None:
        raise BadInput("Another study has this id.", found=other.slug)
