"""A preflight on the terminal: a table that a person can read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modeling.services.endpoints import Endpoint

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
