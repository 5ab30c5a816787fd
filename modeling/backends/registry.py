"""Turn an EndpointSpec into a backend, importing its module only when it is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Final, cast

from modeling.backends.protocol import Backend, EndpointSpec, MissingPackageError, PermanentError

KINDS: Final[Mapping[str, str]] = {
    "baseline": "modeling.backends.baseline",
    "openai": "modeling.backends.openai_chat",
    "lean": "modeling.backends.lean",
    "openai_batch": "modeling.backends.openai_batch",
    "vllm": "modeling.backends.vllm_offline",
    "files": "modeling.backends.files",
}
"""Kind -> module with a function `make(spec) -> Backend`."""

ELSEWHERE: Final[Mapping[str, str]] = {"vllm": "vllm"}
"""Kind -> package that lives in an environment of its own, with workers of its own."""


def absent_kinds() -> list[str]:
    """Kinds that cannot be asked from this environment; a worker in another one can."""
    return [kind for kind, package in ELSEWHERE.items() if find_spec(package) is None]


def require_here(kind: str) -> None:
    """Raise MissingPackageError, saying what to do, where `kind` cannot be asked from here."""
    if kind in absent_kinds():
        raise MissingPackageError(
            f"Endpoints of kind {kind!r} need the package {ELSEWHERE[kind]!r}, which lives in an "
            "environment of its own (requirements-vllm-gpu.txt, or requirements-vllm.txt without "
            "a GPU). Queue the run (--queue) and start a worker there: docs/how-to/run-vllm.md."
        )


def make_backend(spec: EndpointSpec) -> Backend:
    """Build the backend of `spec.kind`.

    Raises PermanentError for an unknown kind or a bad option, MissingPackageError where the kind needs
    something that is not installed.
    """
    if spec.kind not in KINDS:
        raise PermanentError(f"There is no endpoint kind {spec.kind!r}. Known: {', '.join(KINDS)}.")
    require_here(spec.kind)
    try:
        module = import_module(KINDS[spec.kind])
    except ModuleNotFoundError as error:
        raise MissingPackageError(
            f"Endpoint kind {spec.kind!r} needs the package {error.name!r}. Install it with: "
            f"pip install {error.name}"
        ) from error
    return cast(Callable[[EndpointSpec], Backend], module.make)(spec)


def defaults_of(kind: str) -> Mapping[str, object]:
    """The options that a kind takes, each with its default; PermanentError for an unknown kind."""
    if kind not in KINDS:
        raise PermanentError(f"There is no endpoint kind {kind!r}. Known: {', '.join(KINDS)}.")
    found: Mapping[str, object] = getattr(import_module(KINDS[kind]), "DEFAULTS", {})
    return found
