"""The composition root as an app, so that its commands and static files are found."""

from django.apps import AppConfig


class PactSiteConfig(AppConfig):
    """Registers the composition root."""

    name = "pact_site"
    verbose_name = "PACT"

    def ready(self) -> None:
        """Connect the checks of the settings."""
        from . import checks  # noqa: F401
