"""Checks of settings: a bad value stops the start with a code and a hint."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from modeling.services.endpoints import SERVER_KINDS
from pact_site.base.checks import SETTINGS

FIGURE_FORMATS = ("svg", "png", "pdf")


@register(SETTINGS)
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


@register(SETTINGS)
def model_server(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """A model server in the environment has an address that can be called, and time to answer."""
    problems: list[CheckMessage] = []
    address = urlsplit(settings.PACT_BASE_URL)
    if settings.PACT_BASE_URL and not (address.scheme in ("http", "https") and address.hostname):
        problems.append(
            Error(
                f"PACT_BASE_URL is {settings.PACT_BASE_URL!r}.",
                hint="Use an address such as http://127.0.0.1:8001/v1.",
                id="pact.E003",
            )
        )
    if settings.PACT_ENDPOINT_KIND not in SERVER_KINDS:
        problems.append(
            Error(
                f"PACT_ENDPOINT_KIND is {settings.PACT_ENDPOINT_KIND!r}.",
                hint=f"Use one of {', '.join(SERVER_KINDS)}; the default is openai.",
                id="pact.E005",
            )
        )
    if settings.PACT_REQUEST_TIMEOUT <= 0:
        problems.append(
            Error(
                f"PACT_REQUEST_TIMEOUT is {settings.PACT_REQUEST_TIMEOUT}.",
                hint="Use seconds above 0; the default is 60.",
                id="pact.E004",
            )
        )
    return problems


@register(SETTINGS)
def figure_formats(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """A report's figures are written in formats that there are, SVG among them."""
    formats = settings.PACT_REPORT_FIGURES
    if "svg" in formats and set(formats) <= set(FIGURE_FORMATS):
        return []
    return [
        Error(
            f"PACT_REPORT_FIGURES is {','.join(formats)!r}.",
            hint=f"Use some of {','.join(FIGURE_FORMATS)}, all of which is the default, and svg in "
            "any case: the report's page is made of it.",
            id="pact.E006",
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
