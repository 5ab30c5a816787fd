"""System checks of the bottom app."""

from collections.abc import Sequence
from typing import Final

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.utils.module_loading import import_string

SETTINGS: Final = "settings"
"""Tag of checks of what an installation may set. They are cheap: every command makes them."""


@register(Tags.compatibility)
def job_handlers(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Every registered job handler can be imported."""
    problems: list[CheckMessage] = []
    for kind, path in settings.PACT_JOB_HANDLERS.items():
        try:
            import_string(path)
        except ImportError as error:
            problems.append(
                Error(f"Job kind {kind}: {error}", hint="Fix PACT_JOB_HANDLERS.", id="base.E001")
            )
    return problems
