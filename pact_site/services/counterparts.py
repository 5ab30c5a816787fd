"""What `--study` and `--dataset` stand for where models are asked: items, and whose counterparts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from annotation.models import Dataset, Release
from pact_site.base.errors import BadInput
from survey.models import Cohort, Instrument, Participant, Study

DEFAULT_COUNTRIES: Final = ("BR", "IN", "ZA", "GB", "US")
"""The countries of the published study, where no participants say otherwise."""


@dataclass(frozen=True)
class Subject:
    """A release to ask about, and the countries (ISO2) whose people the personas stand for."""

    release: Release
    study_slug: str
    countries: tuple[str, ...]


def subject(*, study: str | None, dataset: str | None) -> Subject:
    """The subject of exactly one of both slugs; BadInput for an unknown one."""
    if study:
        return of_study(study)
    if dataset:
        return of_dataset(dataset)
    raise BadInput("Say --study SLUG or --dataset SLUG.")


def of_study(slug: str) -> Subject:
    """A study's release with its participants' countries."""
    study = Study.objects.filter(slug=slug).select_related("release__dataset").first()
    if study is None:
        raise BadInput("There is no such study.", found=slug, expected=_known())
    return Subject(study.release, study.slug, participant_countries(study))


def of_dataset(slug: str) -> Subject:
    """A dataset's newest release with the published study's countries."""
    if not Dataset.objects.filter(slug=slug).exists():
        slugs = ", ".join(Dataset.objects.values_list("slug", flat=True)[:10])
        raise BadInput("There is no such dataset.", found=slug, expected=slugs)
    release = Release.objects.filter(dataset__slug=slug).order_by("-number").first()
    if release is None:
        raise BadInput(
            f"Dataset {slug} has no release yet, so there are no items to ask about.",
        )
    return Subject(release, "", DEFAULT_COUNTRIES)


def participant_countries(study: Study) -> tuple[str, ...]:
    """Those of the newest instrument, else those people gave, else the published study's."""
    instrument = Instrument.objects.filter(study=study).order_by("-number").first()
    if instrument and instrument.definition.get("countries"):
        return tuple(instrument.definition["countries"])
    given = Participant.objects.filter(study=study).exclude(country="")
    people = given.filter(cohort=Cohort.REAL) or given
    countries = people.order_by("country").values_list("country", flat=True).distinct()
    return tuple(countries) or DEFAULT_COUNTRIES


def _known() -> str:
    slugs = list(Study.objects.values_list("slug", flat=True)[:10])
    return ", ".join(slugs) or "a study; none is there yet"
