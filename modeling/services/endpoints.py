"""Names of endpoints as people write them, and what a run keeps of them: never a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext

from modeling.backends import EndpointSpec
from modeling.backends.baseline import RULES, WRITERS
from pact_site.base.errors import BadInput

ENVIRONMENT: Final = "env"
BASELINE: Final = "baseline"
NOISY: Final = "noisy"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_KNOWN: Final = ", ".join([ENVIRONMENT, *(f"{BASELINE}:{name}" for name in RULES)])


@dataclass(frozen=True)
class Endpoint:
    """Where a run's answers come from. `name` is what the person wrote."""

    name: str
    kind: str
    model: str
    base_url: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The name tables show: a baseline's own, so that reports know it for a reference.

        The noisy respondent is a reference for nothing; it stands among the models, by its seed.
        """
        if self.kind != BASELINE:
            return self.model
        return self.name if self.model != NOISY else f"Noisy respondent {self.options['seed']}"

    @property
    def is_paid(self) -> bool:
        """Whether each answer may cost money, so that a crash should cost few of them."""
        return self.kind != BASELINE and urlsplit(self.base_url).hostname not in LOOPBACK

    def as_json(self) -> dict[str, Any]:
        """What the run keeps."""
        return asdict(self)

    def spec(self) -> EndpointSpec:
        """How to reach it now; key and patience are the environment's and no part of the plan."""
        if self.kind == BASELINE:
            return EndpointSpec(self.kind, self.model, options=dict(self.options))
        options = {"timeout_s": settings.PACT_REQUEST_TIMEOUT} | dict(self.options)
        return EndpointSpec(self.kind, self.model, self.base_url, settings.OPENAI_API_KEY, options)


def named(name: str, *, seed: int | None = None) -> Endpoint:
    """The endpoint called `baseline:NAME` or `env`; BadInput lists those there are."""
    if name == ENVIRONMENT:
        return from_environment()
    kind, _, rule = name.partition(":")
    if kind != BASELINE or rule not in RULES:
        raise BadInput("Unknown endpoint.", found=name, expected=_KNOWN)
    return Endpoint(name, BASELINE, rule, options={"seed": seed or 0})


def writers() -> list[tuple[str, str]]:
    """Name and description of the endpoints that can write a JSON reply, the real one first."""
    simulated = gettext("baseline: simulated texts, no model, no cost")
    found = [(f"{BASELINE}:{name}", f"{name}: {simulated}") for name in WRITERS]
    if settings.PACT_BASE_URL and settings.PACT_MODEL:
        return [(ENVIRONMENT, f"{settings.PACT_MODEL} ({settings.PACT_BASE_URL})"), *found]
    return found


def from_environment() -> Endpoint:
    """The OpenAI-compatible server in PACT_BASE_URL and PACT_MODEL."""
    missing = [name for name in ("PACT_BASE_URL", "PACT_MODEL") if not getattr(settings, name)]
    if missing:
        raise BadInput(
            f"--endpoint env needs {' and '.join(missing)} in the environment.",
            expected="such as PACT_BASE_URL=http://127.0.0.1:8000/v1 PACT_MODEL=my-model",
        )
    url = settings.PACT_BASE_URL
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput("PACT_BASE_URL is no web address.", found=url, expected="http(s)://...")
    if parts.username or parts.password or parts.query:
        raise BadInput(
            "PACT_BASE_URL holds more than an address. A run keeps it, so no secret may be in it.",
            expected="the key in OPENAI_API_KEY",
        )
    return Endpoint(ENVIRONMENT, "openai", settings.PACT_MODEL, url)


def stored(plain: Mapping[str, Any]) -> Endpoint:
    """The endpoint a run kept."""
    return Endpoint(**plain)
