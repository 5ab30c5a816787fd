"""Rows for the tests of the site's own pages; a test states only what differs."""

import itertools

from analysis.models import Report
from annotation.models import Dataset, Release
from modeling.models import Chunk, Run
from pact_site.base.models import State
from survey.models import Cohort, Participant, Study

_numbers = itertools.count(1)


def make_release() -> Release:
    dataset, _ = Dataset.objects.get_or_create(
        slug="bundle", defaults={"name": "Bundle", "source_format": "pact", "licence": "CC0"}
    )
    return Release.objects.create(dataset=dataset, number=next(_numbers), content_hash="0" * 64)


def make_study(slug="etiquette", **fields) -> Study:
    release = fields.pop("release", None) or make_release()
    return Study.objects.create(
        **{"slug": slug, "name": slug.title(), "state": Study.State.OPEN, "release": release}
        | fields
    )


def make_people(study: Study, count: int, cohort: str = Cohort.REAL) -> None:
    Participant.objects.bulk_create(
        Participant(
            study=study,
            cohort=cohort,
            pseudonym=f"{cohort}-{number}",
            state=Participant.State.COMPLETED,
        )
        for number in range(count)
    )


def make_run(study: Study | None = None, *, stored: int = 0, **fields) -> Run:
    release = study.release if study else make_release()
    base = {
        "label": f"model {next(_numbers)}",
        "study_slug": study.slug if study else "",
        "release": release,
        "endpoint": {},
        "design": {},
        "plan_hash": "0" * 64,
        "cells": 100,
    }
    run = Run.objects.create(**base | fields)
    Chunk.objects.create(run=run, number=0, start=0, stop=100, rows=stored, state=State.QUEUED)
    return run


def make_report(study: Study, **fields) -> Report:
    base = {"kind": Report.Kind.ALIGNMENT, "subject": study.slug, "input_hash": "0" * 64}
    return Report.objects.create(**base | fields)
