"""Making studies: from a folder of files, with an instrument, open or not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from annotation.models import Dataset, Release
from annotation.services import datasets, releases, scenarios
from annotation.services.importers import Draft, Wording
from annotation.vocab.studies import (
    FIRST_LIGHT,
    StudyFileError,
    StudyFiles,
    StudyScenario,
    load_study_files,
)
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit
from survey.models import Instrument, Study
from survey.services import linting
from survey.services.instruments import digest, parse

STANDARD = Path(__file__).resolve().parents[1] / "data" / "instruments" / "standard.json"
"""The instrument of new studies: the published study's questions, consent and checks."""


@dataclass(frozen=True)
class Loaded:
    """A study with whether this call made it."""

    study: Study
    created: bool


def load_study(path: Path = FIRST_LIGHT, *, actor: User | None = None) -> Loaded:
    """Make the study that lies as files in `path`, and open it; one that exists is left alone.

    Raises BadInput for files that cannot be used, and where the linter finds the study undrawable.
    """
    try:
        files = load_study_files(path)
    except StudyFileError as error:
        raise BadInput(**asdict(error)) from error
    existing = Study.objects.filter(slug=files.slug).first()
    if existing:
        return Loaded(existing, created=False)
    with transaction.atomic():
        study = _create(files)
        for finding in linting.lint(study):
            if finding.fatal:
                raise BadInput(finding.text, file=str(path))
        audit.record(verb="study.loaded", subject=f"study:{study.slug}", actor=actor)
    return Loaded(study, created=True)


def add_instrument(*, study: Study, definition: Mapping[str, Any]) -> Instrument:
    """Check a definition and store it as the study's next version."""
    parse(definition)
    number = study.instruments.count() + 1
    return Instrument.objects.create(
        study=study, number=number, definition=dict(definition), content_hash=digest(definition)
    )


def standard_definition(**changes: Any) -> dict[str, Any]:
    """The standard instrument's JSON with some of its parts replaced."""
    definition: dict[str, Any] = json.loads(STANDARD.read_text(encoding="utf-8"))
    return definition | changes


def _create(files: StudyFiles) -> Study:
    study = Study.objects.create(
        slug=files.slug,
        name=files.name,
        state=Study.State.OPEN,
        release=_release(files),
        scheme=files.scheme,
    )
    definition = standard_definition(
        language=files.language,
        countries=list(files.participant_countries),
        mix={str(name): count for name, count in files.mix.items()},
    )
    add_instrument(study=study, definition=definition)
    return study


def _release(files: StudyFiles) -> Release:
    dataset, _ = Dataset.objects.get_or_create(
        slug=files.slug,
        defaults={
            "name": files.name,
            "source_format": "csv",
            "source_version": files.version,
            "licence": files.licence,
            "licence_url": files.licence_url,
            "attribution": files.citation,
        },
    )
    scenarios.store_drafts(dataset=dataset, drafts=_drafts(files))
    keys = [scenario.key for scenario in files.scenarios]
    versions = list(datasets.current_versions(dataset).filter(scenario__key__in=keys))
    release = releases.create_release(dataset=dataset, versions=versions, note=files.notes)
    releases.make_items(release=release, items=releases.for_every_receiver(versions))
    return release


def _drafts(files: StudyFiles) -> Iterator[Draft]:
    for number, scenario in enumerate(files.scenarios, start=2):
        yield Draft(
            source_id=scenario.key,
            key=scenario.key,
            file_name="scenarios.csv",
            row_number=number,
            cells=_cells(scenario),
            wording=_wording(scenario),
        )


def _cells(scenario: StudyScenario) -> dict[str, str]:
    cells = {name: str(value) for name, value in vars(scenario).items() if name != "relations"}
    relations = ";".join(f"{code}={name}" for code, name in scenario.relations.items())
    return cells | {"relations": relations}


def _wording(scenario: StudyScenario) -> Wording:
    names = Wording.__dataclass_fields__
    return Wording(**{name: str(getattr(scenario, name)) for name in names})
