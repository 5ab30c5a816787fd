"""The ledger before a release: flagged, reviewed, removed or kept, each with who and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from annotation.models.judging import Judge
from annotation.models.scenarios import Release, ScenarioVersion
from annotation.models.sources import Dataset


class Screening(models.Model):
    """One pass over a dataset's versions that ends in a release.

    `rule` says what flags a version; `checks` how many of each side people are asked to check.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="screenings")
    name = models.CharField(max_length=200)
    rule = models.JSONField(default=dict)
    judge = models.ForeignKey(
        Judge, null=True, blank=True, on_delete=models.PROTECT, related_name="screenings"
    )
    seed = models.PositiveBigIntegerField(default=1)
    checks = models.JSONField(default=dict)
    versions_hash = models.CharField(max_length=64, blank=True)
    release = models.OneToOneField(
        Release, null=True, blank=True, on_delete=models.PROTECT, related_name="screening"
    )
    simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "name"], name="screening_name_once")
        ]

    def __str__(self) -> str:
        """The screening's name."""
        return self.name


class Screened(models.Model):
    """One version in a screening: flagged or not, by what, and whether a check was drawn."""

    screening = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="screened")
    version = models.ForeignKey(ScenarioVersion, on_delete=models.PROTECT, related_name="screened")
    flagged = models.BooleanField(default=False)
    reasons = models.JSONField(default=list, help_text="[{rule, criterion, value, rationale}]")
    to_check = models.BooleanField(default=False)

    class Meta:
        ordering = ["screening", "version"]
        constraints = [
            models.UniqueConstraint(fields=["screening", "version"], name="screened_once")
        ]

    def __str__(self) -> str:
        """Version, flagged or not."""
        return f"{self.version_id}: {'flagged' if self.flagged else 'unflagged'}"


class Review(models.Model):
    """A person's check of one screened version. The newest review of a version decides."""

    class Decision(models.TextChoices):
        KEEP = "keep"
        REMOVE = "remove"

    screened = models.ForeignKey(Screened, on_delete=models.CASCADE, related_name="reviews")
    decision = models.CharField(max_length=8, choices=Decision)
    reason = models.TextField(blank=True)
    reviewed_at = models.DateTimeField(auto_now_add=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )

    class Meta:
        ordering = ["screened", "id"]

    def __str__(self) -> str:
        """Version and decision."""
        return f"{self.screened_id}: {self.decision}"
