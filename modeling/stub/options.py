"""How one stub server behaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

FINGERPRINT: Final = "pact-stub-simulated"
OWNER: Final = "pact-stub (simulated)"


@dataclass(frozen=True, slots=True)
class StubOptions:
    """`faults` maps fault names to rates in [0, 1] (see `FAULTS`); times are per request.

    `limit` is the number of requests served at once before 429; None serves any number. After
    `hold_after` requests all others wait until POST /stub/release; None holds nothing back.
    `batch_polls` is how often a batch is looked at in vain before its end shows. `keep` is the
    number of answers kept for requests that come again; others are made anew, and are the same.
    """

    model: str = "pact-stub-1"
    seed: int = 0
    latency_ms: float = 0.0
    faults: Mapping[str, float] = field(default_factory=dict)
    retry_after_s: float = 1.0
    slow_s: float = 1.0
    limit: int | None = None
    hold_after: int | None = None
    batch_polls: int = 0
    keep: int = 1024
