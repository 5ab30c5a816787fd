"""The app at the bottom: users, jobs, audit, readers. It imports no other app."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    """Registers the bottom app under the label `base`."""

    name = "pact_site.base"
    label = "base"
    verbose_name = "PACT base"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the system checks."""
        from . import checks  # noqa: F401
