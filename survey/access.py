"""The only functions that turn a study's slug, or a participant's key, into rows."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from survey import entry_statements, statements
from survey.models import Cohort, Study
from survey.statements import Standing


class StudyUnavailable(Exception):  # noqa: N818 - a state of the study, answered by a friendly page
    """The study is unknown to participants, or takes no new ones."""

    def __init__(self, reason: str, study: Study | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.study = study


class NoPlace(Exception):  # noqa: N818 - an event, answered by a redirect
    """The browser belongs to no participant of this study."""


def answerable_study(slug: str) -> Study:
    """A study that collects answers here, in whatever state; StudyUnavailable otherwise."""
    study = entry_statements.read_study(slug=slug)
    if study is None:
        raise StudyUnavailable("unknown")
    return study


def check_open(study: Study, cohort: str) -> None:
    """Whether newcomers of this cohort may start: real ones only while the study is open, and nobody
    once its key is destroyed, for nobody can be given a pseudonym any more."""
    if study.key_destroyed_at is not None:
        raise StudyUnavailable(Study.State.CLOSED.value, study)
    if study.state == Study.State.OPEN or cohort != Cohort.REAL:
        return
    raise StudyUnavailable("unknown" if study.state == Study.State.DRAFT else study.state, study)


def participant_with(key: str | None, slug: str, position: int) -> Standing:
    """The participant whose signed cookie holds this key, on the page of the scenario at `position`.

    StudyUnavailable or NoPlace for anybody else.
    """
    standing = statements.read_standing(key=key, slug=slug, position=position) if key else None
    if standing is None:
        answerable_study(slug)
        raise NoPlace
    return standing


def access_study(slug: str) -> Study:
    """Any study, for staff whose role has been checked; 404 otherwise."""
    return get_object_or_404(Study.objects.select_related("release__dataset"), slug=slug)


def study_with_instrument(slug: str) -> Study:
    """A study that collects answers here, for staff; 404 for an imported one and the unknown."""
    return get_object_or_404(
        Study.objects.select_related("release__dataset")
        .filter(instruments__isnull=False)
        .distinct(),
        slug=slug,
    )
