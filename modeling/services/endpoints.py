"""Names of endpoints as people write them, and what a run keeps of them: never a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext

from modeling.backends import EndpointSpec, MissingPackageError, defaults_of
from modeling.backends import require_here as package_here
from modeling.backends.baseline import RULES, WRITERS
from modeling.models import ModelEndpoint
from modeling.services.addresses import OPENAI_KEY, checked_address, key_of
from modeling.services.costs import FREE, Prices
from pact_site.base.errors import BadInput

ENVIRONMENT: Final = "env"
BASELINE: Final = "baseline"
NOISY: Final = "noisy"
FILES: Final = "files"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
SERVER_KINDS: Final = ("openai", "lean")
"""Kinds that can ask the server in the environment."""


@dataclass(frozen=True)
class Endpoint:
    """Where a run's answers come from. `name` is what the person wrote.

    The key is not here, only the name of the environment variable that holds it. That name and the
    prices are no part of what is asked: a run that is planned again with others is the same run.
    """

    name: str
    kind: str
    model: str
    base_url: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    key_variable: str = ""
    prices: Prices = field(default_factory=Prices)

    @property
    def label(self) -> str:
        """The name tables show: a baseline's own, so that reports know it for a reference.

        The noisy respondent is a reference for nothing; it stands among the models, by its seed.
        Of a folder of weights or of an adapter only the name is told.
        """
        if self.kind != BASELINE:
            adapter = PurePath(str(self.options.get("adapter") or "")).name
            return " + ".join(filter(None, (_last_of_path(self.model), adapter)))
        return self.name if self.model != NOISY else f"Noisy respondent {self.options['seed']}"

    @property
    def is_paid(self) -> bool:
        """Whether each answer may cost money, so that a crash should cost few of them."""
        return bool(self.base_url) and urlsplit(self.base_url).hostname not in LOOPBACK

    def identity(self) -> dict[str, Any]:
        """What makes the answers these: the part of it that a plan's hash covers."""
        plain = asdict(self)
        return {name: plain[name] for name in ("name", "kind", "model", "base_url", "options")}

    def as_json(self) -> dict[str, Any]:
        """What the run keeps: `stored` reads it back, without prices, which the run keeps apart."""
        return self.identity() | {"key_variable": self.key_variable}

    def spec(self) -> EndpointSpec:
        """How to reach it now; key and patience are the environment's and no part of the plan."""
        if self.kind == BASELINE:
            return EndpointSpec(self.kind, self.model, options=dict(self.options))
        options = dict(self.options)
        if "timeout_s" in defaults_of(self.kind):
            options = {"timeout_s": settings.PACT_REQUEST_TIMEOUT} | options
        return EndpointSpec(self.kind, self.model, self.base_url, self._key(), options)

    def _key(self) -> str:
        variable = OPENAI_KEY if self.name == ENVIRONMENT else self.key_variable
        return key_of(variable)


def _last_of_path(model: str) -> str:
    """A model's name on a hub as it is; of a path its last part."""
    return PurePath(model).name if model.startswith(("/", ".", "~")) else model


def named(name: str, *, seed: int | None = None) -> Endpoint:
    """The endpoint called `env`, `baseline:NAME`, `files:MODEL`, or as a row is.

    BadInput lists those there are.
    """
    if name == ENVIRONMENT:
        return from_environment()
    kind, _, rule = name.partition(":")
    if kind == BASELINE and rule in RULES:
        return Endpoint(name, BASELINE, rule, options={"seed": seed or 0}, prices=FREE)
    if kind == FILES and rule:
        return Endpoint(name, FILES, rule)
    row = ModelEndpoint.objects.filter(name=name).first()
    if row is None:
        raise BadInput("Unknown endpoint.", found=name, expected=_known())
    if row.archived:
        raise BadInput(
            "This endpoint is archived.", found=name, expected="one that is in use, or restore it"
        )
    return of_row(row)


def _known() -> str:
    rows = ModelEndpoint.objects.filter(archived=False).values_list("name", flat=True)
    baselines = (f"{BASELINE}:{name}" for name in RULES)
    return ", ".join([ENVIRONMENT, *baselines, f"{FILES}:MODEL", *rows])


def choices() -> list[tuple[str, str]]:
    """Name and description of every endpoint that can be asked, real ones first."""
    baselines = [(f"{BASELINE}:{name}", f"{name}: {_simulated()}") for name in RULES]
    return [*_models(), *baselines]


def writers() -> list[tuple[str, str]]:
    """Name and description of the endpoints that can write a JSON reply, real ones first."""
    baselines = [(f"{BASELINE}:{name}", f"{name}: {_simulated()}") for name in WRITERS]
    return [*_models(), *baselines]


def _models() -> list[tuple[str, str]]:
    rows = ModelEndpoint.objects.filter(archived=False)
    found = [(row.name, f"{row.name}: {row.model} ({row.base_url or row.kind})") for row in rows]
    if settings.PACT_BASE_URL and settings.PACT_MODEL:
        return [(ENVIRONMENT, f"{settings.PACT_MODEL} ({settings.PACT_BASE_URL})"), *found]
    return found


def _simulated() -> str:
    return gettext("baseline: simulated texts, no model, no cost")


def from_environment() -> Endpoint:
    """The OpenAI-compatible server in PACT_BASE_URL and PACT_MODEL."""
    missing = [name for name in ("PACT_BASE_URL", "PACT_MODEL") if not getattr(settings, name)]
    if missing:
        raise BadInput(
            f"--endpoint env needs {' and '.join(missing)} in the environment.",
            expected="such as PACT_BASE_URL=http://127.0.0.1:8000/v1 PACT_MODEL=my-model",
        )
    url = checked_address(settings.PACT_BASE_URL, argument="PACT_BASE_URL")
    kind = settings.PACT_ENDPOINT_KIND
    if kind not in SERVER_KINDS:
        known = ", ".join(SERVER_KINDS)
        raise BadInput("PACT_ENDPOINT_KIND is unknown.", found=kind, expected=known)
    return Endpoint(ENVIRONMENT, kind, settings.PACT_MODEL, url, key_variable=OPENAI_KEY)


def of_row(row: ModelEndpoint) -> Endpoint:
    """What a row of the interface stands for."""
    return Endpoint(
        name=row.name,
        kind=row.kind,
        model=row.model,
        base_url=row.base_url,
        options=dict(row.options),
        key_variable=row.key_variable,
        prices=Prices(row.prompt_price, row.completion_price, row.currency),
    )


def require_here(endpoint: Endpoint) -> None:
    """BadInput where the endpoint's kind needs a package that is not in this environment."""
    try:
        package_here(endpoint.kind)
    except MissingPackageError as error:
        raise BadInput(str(error), found=f"endpoint {endpoint.name}") from error


def stored(plain: Mapping[str, Any]) -> Endpoint:
    """The endpoint a run kept."""
    return Endpoint(**plain)
