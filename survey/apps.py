"""Django configuration of the survey app."""

from django.apps import AppConfig


class SurveyConfig(AppConfig):
    """Registers the survey app."""

    name = "survey"
    default_auto_field = "django.db.models.BigAutoField"
