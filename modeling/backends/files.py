"""Prompts and answers that travel in files: nothing is asked from here.

A run on such an endpoint waits until its prompts have been exported, asked wherever the GPU is, and
the answers imported. The requests are those that the direct lane would send.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from modeling.backends.protocol import Backend, EndpointSpec, PermanentError
from modeling.backends.server_form import TEMPLATES, Form

DEFAULTS: Final[Mapping[str, object]] = {"template": "chat", "constrain": False, "extra_body": {}}
"""As for servers (`modeling.backends.server`): how the requests look."""


def form_of(model: str, options: Mapping[str, Any]) -> Form:
    """How requests to this model look, by those options that say so; other options are ignored."""
    chosen = {name: options.get(name, default) for name, default in DEFAULTS.items()}
    if chosen["template"] not in TEMPLATES:
        known = ", ".join(TEMPLATES)
        raise PermanentError(f"Unknown template {chosen['template']!r}; known: {known}.")
    return Form(
        model,
        template=chosen["template"],
        constrain=bool(chosen["constrain"]),
        extra_body=chosen["extra_body"],
    )


def make(spec: EndpointSpec) -> Backend:
    """Never builds one: raises PermanentError that says how answers get here."""
    raise PermanentError(
        f"The model {spec.model!r} is not asked from here. Export the prompts (export_prompts), have "
        "them answered elsewhere, and import the answers (import_answers)."
    )
