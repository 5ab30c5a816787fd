"""The fake Prolific of a rehearsed study: who came through it stays known to it between processes."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from survey.models import Study
from survey.prolific.client import Client
from survey.prolific.demographics import import_demographics
from survey.prolific.fake.app import Fake
from survey.prolific.fake.exporting import export_csv
from survey.prolific.fake.memory import load, save
from survey.prolific.fake.running import TOKEN, make_fake, running_fake
from survey.prolific.linking import link_study
from survey.prolific.polling import poll
from survey.prolific.study_draft import internal_name
from survey.services.instruments import definition_of

FILE = "fake-prolific.json"
REWARD = 180
"""Hundredths that the fake says it pays; nobody gets anything."""
GENERATION = 3
"""Of the demographic export: the newest headers."""


def memory() -> Path:
    """Where the fake's memory lies."""
    return Path(settings.PACT_HOME) / FILE


def is_simulated(study: Study) -> bool:
    """Whether the study is linked with one that only the fake knows."""
    path = memory()
    if not study.prolific_study_id or not path.exists():
        return False
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return any(one["id"] == study.prolific_study_id for one in told["studies"])


def fake_is_set() -> bool:
    """Whether this process asks the fake when it asks Prolific."""
    local = urlsplit(settings.PACT_PROLIFIC_URL).hostname in ("127.0.0.1", "localhost")
    return local and settings.PACT_PROLIFIC_TOKEN == TOKEN


@contextmanager
def simulated_prolific(study: Study) -> Iterator[str | None]:
    """The address of a fake for a rehearsal of this study, which is linked with it.

    After the rehearsal the fake is polled and its demographic export imported, so that the ledger
    is whole. None where the study is linked with a real Prolific: that is left alone.
    """
    if study.prolific_study_id and not is_simulated(study):
        yield None
        return
    fake = make_fake()
    fake.world = load(memory())
    _link(study, fake)
    try:
        with running_fake(fake) as running:
            yield running.url
            with Client(token=TOKEN, url=running.url) as client:
                poll(study=study, client=client)
        _import(study, fake)
    finally:
        memory().parent.mkdir(parents=True, exist_ok=True)
        save(fake.world, memory())


def _link(study: Study, fake: Fake) -> None:
    if study.prolific_study_id:
        return
    definition = definition_of(study.instrument)
    there = fake.world.add_study(
        name=f"{study.name} (SIMULATED)",
        internal_name=internal_name(study.slug),
        status="ACTIVE",
        reward=REWARD,
        total_available_places=definition.planned_completes,
        estimated_completion_time=definition.estimated_minutes,
    )
    study.prolific_study_id = link_study(
        study=study, prolific_study_id=str(there["id"])
    ).prolific_study_id


def _import(study: Study, fake: Fake) -> None:
    held = fake.world.of_study(study.prolific_study_id)
    if not held:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "SIMULATED-export.csv"
        path.write_text(export_csv(held, GENERATION), encoding="utf-8", newline="")
        import_demographics(path=path, study=study)
