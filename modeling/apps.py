"""Django configuration of the modeling app."""

from django.apps import AppConfig


class ModelingConfig(AppConfig):
    """Registers the modeling app."""

    name = "modeling"
    default_auto_field = "django.db.models.BigAutoField"
