"""What was computed: reports, their options and where their bundle lies."""

from __future__ import annotations

import uuid

from django.db import models

from pact_site.base.models import Job


class Report(models.Model):
    """A report over one study, validation or dataset; the same inputs and options give the same report."""

    class Kind(models.TextChoices):
        ALIGNMENT = "alignment"
        HUMAN = "human"
        VALIDATION = "validation"
        BEHAVIOR = "behavior"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    subject = models.SlugField(help_text="Slug of the study, validation or dataset.")
    cohort = models.CharField(max_length=10, default="real")
    options = models.JSONField(default=dict)
    input_hash = models.CharField(max_length=64, db_index=True)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL)
    folder = models.CharField(max_length=255, blank=True, help_text="Relative to PACT_HOME.")
    summary = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        """Kind and subject."""
        return f"{self.kind} report on {self.subject}"
