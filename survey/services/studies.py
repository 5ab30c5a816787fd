"""Making studies and versions of their instruments: from a folder of files, or by hand."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max

from annotation.models import Dataset, Release
from annotation.services import datasets, releases, scenarios
from annotation.services.importers import Draft, Wording
from annotation.services.schemes import find_distance
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
from survey.services import assignment, states
from survey.services.instruments import CLOSED, CODES, definition_of, digest, parse

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
        try:
            study = states.open_study(study=study, actor=actor)
        except BadInput as error:
            raise BadInput(error.message, file=str(path)) from error
        audit.record(verb="study.loaded", subject=f"study:{study.slug}", actor=actor)
    return Loaded(study, created=True)


def add_instrument(
    *, study: Study, definition: Mapping[str, Any], note: str = "", actor: User | None = None
) -> Instrument:
    """Check a definition and store it as the study's next version."""
    parse(definition)
    last = study.instruments.aggregate(last=Max("number"))["last"] or 0
    return Instrument.objects.create(
        study=study,
        number=last + 1,
        definition=dict(definition),
        content_hash=digest(definition),
        note=note,
        created_by=actor,
    )


@transaction.atomic
def save_instrument(
    *,
    study: Study,
    definition: Mapping[str, Any],
    note: str = "",
    based_on: int | None = None,
    actor: User | None = None,
) -> Instrument | None:
    """Store a changed definition as the next version; None where nothing in it differs.

    Earlier participants keep the version they agreed to. Raises BadInput for a definition that
    cannot be used, and while the study is open for one that the linter would not open; Superseded
    where `based_on`, the number of the version that was changed, is not the newest any more.
    """
    fresh = assignment.lock(study.pk)
    _refuse_superseded(fresh, based_on)
    if parse(definition) == definition_of(fresh.instrument):
        return None
    made = add_instrument(study=fresh, definition=definition, note=note, actor=actor)
    if fresh.state == Study.State.OPEN:
        states.refuse_fatal(fresh)
    audit.record(
        verb="study.instrument_saved",
        subject=f"study:{fresh.slug}",
        actor=actor,
        number=made.number,
        hash=made.content_hash,
    )
    return made


class Superseded(BadInput):
    """Somebody else saved a version meanwhile."""


def _refuse_superseded(study: Study, based_on: int | None) -> None:
    newest = study.instrument
    if based_on not in (None, newest.number):
        who = newest.created_by.username if newest.created_by else "somebody else"
        raise Superseded(
            f"Meanwhile {who} saved version {newest.number}, and this form began with version "
            f"{based_on}: saving it once more replaces what was changed there. Compare the versions first."
        )


@transaction.atomic
def new_study(
    *, slug: str, name: str, release: Release, scheme: str, actor: User | None = None
) -> Study:
    """Make a draft over a release, with the standard instrument and completion codes of its own.

    Raises BadInput where the slug is taken, and for a release without items.
    """
    if slug == "new" or Study.objects.filter(slug=slug).exists():
        raise BadInput("This short name is taken.", column="slug", found=slug)
    if not release.items.exists():
        raise BadInput("This release has no items to ask about.", column="release")
    study = Study.objects.create(slug=slug, name=name, release=release, scheme=scheme)
    definition = standard_definition(codes={outcome: new_code() for outcome in (*CODES, CLOSED)})
    add_instrument(study=study, definition=definition, note="Standard instrument", actor=actor)
    audit.record(
        verb="study.made",
        subject=f"study:{slug}",
        actor=actor,
        release=release.content_hash,
        scheme=scheme,
        scheme_hash=find_distance(scheme).hash,
    )
    return study


def new_code() -> str:
    """A completion code that nobody guesses: eight letters and digits, none easily confused."""
    return "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(8))


def standard_definition(**changes: Any) -> dict[str, Any]:
    """The standard instrument's JSON with some of its parts replaced."""
    definition: dict[str, Any] = json.loads(STANDARD.read_text(encoding="utf-8"))
    return definition | changes


def _create(files: StudyFiles) -> Study:
    study = Study.objects.create(
        slug=files.slug,
        name=files.name,
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
