"""Django configuration of the annotation app."""

from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    """Registers the annotation app."""

    name = "annotation"
    default_auto_field = "django.db.models.BigAutoField"
