"""Django configuration of the analysis app."""

from django.apps import AppConfig


class AnalysisConfig(AppConfig):
    """Registers the analysis app."""

    name = "analysis"
    default_auto_field = "django.db.models.BigAutoField"
