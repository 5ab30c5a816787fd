"""Starting a planned run from a page or over REST: preflight first, then only what was agreed to."""

from __future__ import annotations

from modeling.models import Run
from modeling.services import preflight, preflight_jobs, runs
from pact_site.base.errors import BadInput
from pact_site.base.models import User


def begin(*, run: Run, override: bool = False, actor: User | None = None) -> bool:
    """Start the run; `override` starts it although its preflight failed, or without one.

    False when it is done or under way already. BadInput where a preflight is due and nobody has
    said that it may be left out.
    """
    run.refresh_from_db(fields=["preflight", "started_at"])
    if preflight.is_due(run):
        if not override:
            raise BadInput(_why_not(run), expected="another preflight, or to start all the same")
        preflight.override(run, actor=actor)
    return runs.start(run=run, actor=actor)


def begin_or_try(*, run: Run, actor: User | None = None) -> bool:
    """Start the run, or queue the preflight that is due first; False where it waits for that."""
    if run.state in runs.STARTABLE and preflight.is_due(run):
        preflight_jobs.of_run(run, actor=actor)
        return False
    runs.start(run=run, actor=actor)
    return True


def _why_not(run: Run) -> str:
    failed = ", ".join(preflight.failed_names(run.preflight))
    return f"The preflight failed: {failed}." if failed else "This run had no preflight yet."
