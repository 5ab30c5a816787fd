"""Where scenarios come from: datasets with their licence, and rows as their publishers wrote them."""

from __future__ import annotations

from django.db import models


class Dataset(models.Model):
    """A body of source norms or scenarios, with the licence that travels with it."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    source_format = models.CharField(max_length=20)
    source_version = models.CharField(max_length=40, blank=True)
    licence = models.CharField(max_length=100)
    licence_url = models.URLField(blank=True)
    attribution = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        """The dataset's name."""
        return self.name


class SourceRow(models.Model):
    """A row as its publishers wrote it; kept whole, never edited."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="rows")
    source_id = models.CharField(max_length=100)
    content_hash = models.CharField(max_length=64)
    file_name = models.CharField(max_length=255)
    row_number = models.PositiveIntegerField()
    country = models.CharField(max_length=2)
    gold_label = models.CharField(max_length=20, blank=True)
    cells = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "source_id", "content_hash"], name="source_row_version_once"
            )
        ]
        ordering = ["row_number"]

    def __str__(self) -> str:
        """Dataset and the row's own id."""
        return f"{self.dataset_id}:{self.source_id}"
