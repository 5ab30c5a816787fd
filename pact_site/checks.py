"""Checks of settings: a bad value stops the start with a code and a hint."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.compatibility)
def lease_seconds(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """A lease must outlive a slow database call."""
    if settings.PACT_LEASE_SECONDS >= 3:
        return []
    return [
        Error(
            f"PACT_LEASE_SECONDS is {settings.PACT_LEASE_SECONDS}.",
            hint="Use 3 or more; the default is 30.",
            id="pact.E001",
        )
    ]


@register(Tags.security, deploy=True)
def production_secret(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    """Production must say so, which switches on secure cookies, HSTS and hashed static files."""
    if settings.PACT_PRODUCTION:
        return []
    return [Error("PACT_PRODUCTION is off.", hint="Set PACT_PRODUCTION=1.", id="pact.E002")]
