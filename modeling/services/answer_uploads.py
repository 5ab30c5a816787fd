"""Answers given on a run's page: kept as a file, read by a job.

The file lies under PACT_HOME/uploads until it has been read; a job that is cut short reads it again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from modeling.models import Run
from modeling.services import prompt_files, runs
from pact_site.base.errors import BadInput
from pact_site.base.models import Job, State, User
from pact_site.base.services import jobs
from pact_site.base.services.jobs import Context

JOB: Final = "modeling.import_answers"
OPEN: Final = (State.QUEUED, State.RUNNING)
STEPS: Final = ("reading", "checking", "storing")


def take(
    run: Run, parts: Iterable[bytes], *, name: str, model: str = "", actor: User | None = None
) -> Job:
    """Keep an uploaded file and queue its import; `name` is what it was called."""
    file = f"{run.public_id}-{secrets.token_hex(8)}.jsonl"
    path = _folder() / file
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as stream:
        for part in parts:
            stream.write(part)
    payload: dict[str, object] = {
        "run": run.public_id, "file": file, "name": name, "model": model,
    }  # fmt: skip
    return jobs.enqueue(kind=JOB, payload=payload, actor=actor)


def last(run: Run) -> Job | None:
    """The run's newest import that was asked for on its page."""
    return Job.objects.filter(kind=JOB, payload__run=run.public_id).order_by("-pk").first()


def run_job(payload: dict[str, object], context: Context) -> dict[str, object]:
    """Import the file, and delete it once it is read or refused. BadInput as for the command."""
    path = _folder() / Path(str(payload["file"])).name
    if not path.exists():
        raise BadInput(
            "The uploaded file is not on this machine.", file=str(payload["name"]),
            expected="a worker that shares PACT_HOME with the web server, or import_answers",
        )  # fmt: skip
    try:
        outcome = prompt_files.import_answers(
            runs.named(str(payload["run"])),
            path,
            name=str(payload["name"]),
            model=str(payload["model"]),
            progress=_Reported(context),
        )
    except BadInput:
        path.unlink()
        raise
    path.unlink()
    return _counts(outcome)


class _Reported:
    """Tells the job how far it is: each of the three steps is a third."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.done = dict.fromkeys(STEPS, 0)
        self.said = -1

    def __call__(self, step: str, total: int, more: int) -> None:
        self.done[step] += more
        share = (STEPS.index(step) + min(self.done[step] / max(total, 1), 1.0)) / len(STEPS)
        if int(100 * share) > self.said:  # a row is written once a percent
            self.said = int(100 * share)
            self.context.report(share, step)


def _counts(outcome: prompt_files.Imported) -> dict[str, Any]:
    names = ("lines", "answered", "stored_before", "repeated", "missing", "held")
    counts: dict[str, Any] = {name: getattr(outcome, name) for name in names}
    return counts | {"failed": outcome.failed.most_common(5)}


def _folder() -> Path:
    return Path(settings.PACT_HOME) / "uploads" / "answers"
