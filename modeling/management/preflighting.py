"""A preflight on the terminal: a table that a person can read, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modeling.backends import Decoding
from modeling.models import Run
from modeling.services import estimates, preflight, questions
from modeling.services.costs import Prices
from modeling.services.endpoints import Endpoint, stored

MARKS = {"info": "ok", "warning": "warning", "error": "FAILED"}


def lines(result: dict[str, Any], endpoint: Endpoint) -> Iterator[str]:
    """One line a check, and below it what to do where it did not pass."""
    verdict = "passed" if result["passed"] else "FAILED"
    where = f" at {endpoint.base_url}" if endpoint.base_url else ""
    yield f"Preflight of {endpoint.model}{where}: {verdict}"
    for check in result["checks"]:
        mark = "ok" if check["passed"] else MARKS[check["severity"]]
        yield f"  {mark:<8} {check['name']:<11} {check['words']}"
        if not check["passed"]:
            yield f"  {'':<8} {'':<11} To do: {check['advice']}"


def estimate_of(run: Run) -> estimates.Estimate:
    """What the whole run takes, by its last preflight if it had one."""
    return estimates.of(
        questions.of(run),
        endpoint=stored(run.endpoint),
        decoding=Decoding(**run.decoding),
        prices=Prices.from_json(run.prices),
        preflight=run.preflight,
    )


def is_due(run: Run) -> bool:
    """Whether the run still needs a preflight that passes, or somebody who overrides it."""
    if run.started_at is not None and not preflight.holds_back(run):
        return False
    settled = run.preflight.get("passed") or run.preflight.get("overridden_by")
    return preflight.needed(stored(run.endpoint)) and not settled
