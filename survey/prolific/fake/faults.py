"""The bad weather that the fake can be told to make."""

from __future__ import annotations

from dataclasses import dataclass, field

FAULTS = {
    "rate_limit": "every fifth request is answered 429",
    "server_error": "every seventh reading request is answered 500",
    "duplicate": "every webhook is delivered twice",
    "disorder": "webhooks wait for the next one and are delivered after it",
    "missing": "every third webhook is never delivered",
    "lose_write": "a write is lost on its way: nothing is done, and the connection is cut",
    "drop_write": "a write is done, but its connection is cut before the answer",
}


@dataclass
class Weather:
    """Which faults are on, and how many requests have come."""

    faults: set[str] = field(default_factory=set)
    requests: int = 0

    def of_request(self, method: str) -> int | None:
        """The status to answer this request with instead of doing it; None to do it."""
        self.requests += 1
        if "rate_limit" in self.faults and self.requests % 5 == 0:
            return 429
        if "server_error" in self.faults and method == "GET" and self.requests % 7 == 0:
            return 500
        return None


def parse_faults(text: str) -> set[str]:
    """Names separated by commas; ValueError names what is unknown."""
    names = {name.strip() for name in text.split(",") if name.strip()}
    unknown = names - set(FAULTS)
    if unknown:
        raise ValueError(
            f"unknown faults {', '.join(sorted(unknown))}; expected some of {', '.join(FAULTS)}"
        )
    return names
