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


class ResultsPage(models.Model):
    """The public results page of one study: a draft, and the frozen edition that readers see.

    `draft` is a Draft of analysis.services.results.draft; `frozen` is everything that the published
    page shows, figures included, so that nothing published depends on a file or changes by itself.
    """

    study = models.SlugField(unique=True, help_text="Slug of the study, and of the public address.")
    report = models.ForeignKey(Report, null=True, blank=True, on_delete=models.SET_NULL)
    draft = models.JSONField(default=dict)
    frozen = models.JSONField(null=True, blank=True)
    frozen_hash = models.CharField(max_length=64, blank=True)
    edition = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-published_at", "study"]

    def __str__(self) -> str:
        """The study whose results it shows."""
        return f"results of {self.study}"

    @property
    def is_published(self) -> bool:
        """Whether readers outside see it."""
        return self.published_at is not None


class IndicatorTable(models.Model):
    """Figures about countries that somebody brought: a file's columns, its source and its licence."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    source = models.CharField(max_length=500)
    licence = models.CharField(max_length=100)
    indicators = models.JSONField(help_text="Names of the columns, in the file's order.")
    content_hash = models.CharField(max_length=64)
    created_by = models.ForeignKey(
        "base.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "slug"]

    def __str__(self) -> str:
        """Name and slug."""
        return f"indicators {self.slug}"


class IndicatorValue(models.Model):
    """One country's value of one indicator."""

    table = models.ForeignKey(IndicatorTable, on_delete=models.CASCADE, related_name="values")
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    indicator = models.CharField(max_length=100)
    value = models.FloatField()

    class Meta:
        ordering = ["indicator", "country"]
        constraints = [
            models.UniqueConstraint(
                fields=["table", "country", "indicator"], name="indicator_value_once"
            )
        ]

    def __str__(self) -> str:
        """Country, indicator, value."""
        return f"{self.country} {self.indicator} {self.value:g}"
