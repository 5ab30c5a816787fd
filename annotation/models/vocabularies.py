"""Vocabularies that researchers edit: distance and region schemes of their own, in editions."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SchemeEdition(models.Model):
    """One edition of a distance or region scheme. An edit is a new edition; none is changed."""

    class Kind(models.TextChoices):
        DISTANCE = "distance"
        REGION = "region"

    kind = models.CharField(max_length=10, choices=Kind)
    name = models.SlugField(max_length=60)
    edition = models.PositiveIntegerField(default=1)
    definition = models.JSONField()
    hash = models.CharField(max_length=64)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )

    class Meta:
        ordering = ["kind", "name", "edition"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "name", "edition"], name="scheme_edition_once")
        ]

    def __str__(self) -> str:
        """Name and edition."""
        return f"{self.name}@{self.edition}"
