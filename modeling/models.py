"""Machines answer: runs, their chunks, and the shards that hold the answers."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models

from annotation.models import Release
from pact_site.base.models import Leased, LeasedQuerySet


def new_run_id() -> str:
    """A short id people can type."""
    return secrets.token_hex(4)


class Run(models.Model):
    """One model asked one design. Its answers live in the shards of its chunks.

    `kind` says what is asked (`modeling.services.questions.KINDS`). Counterparts are asked about a
    release; other kinds name their frozen inputs in the design and may have no release.
    """

    class State(models.TextChoices):
        PLANNED = "planned"
        RUNNING = "running"
        STOPPED = "stopped"
        DONE = "done"
        FAILED = "failed"

    public_id = models.CharField(max_length=16, unique=True, default=new_run_id, editable=False)
    label = models.CharField(max_length=200)
    kind = models.CharField(max_length=60, default="counterparts", db_index=True)
    study_slug = models.SlugField(blank=True)
    dataset_slug = models.SlugField(blank=True)
    release = models.ForeignKey(
        Release, null=True, blank=True, on_delete=models.PROTECT, related_name="runs"
    )
    state = models.CharField(max_length=8, choices=State, default=State.PLANNED)
    endpoint = models.JSONField(help_text="Name, kind, base URL, model; never a key.")
    design = models.JSONField()
    decoding = models.JSONField(default=dict)
    prompt_version = models.CharField(max_length=64, blank=True)
    plan_hash = models.CharField(max_length=64, db_index=True)
    imported = models.BooleanField(default=False)
    simulated = models.BooleanField(default=False)
    cells = models.PositiveBigIntegerField(default=0)
    manifest = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["study_slug", "release", "label"], name="run_label_once"
            ),
            models.UniqueConstraint(
                fields=["kind", "dataset_slug", "label"],
                condition=models.Q(release=None),
                name="run_label_once_without_release",
            ),
        ]

    def __str__(self) -> str:
        """The label, as tables show it."""
        return self.label

    @property
    def about(self) -> str:
        """Whose answers these are: the study, else the release, else the dataset."""
        return self.study_slug or (str(self.release) if self.release else self.dataset_slug)


class Chunk(Leased):
    """A range of a run's cells [start, stop), asked together and stored as one shard.

    `shard` is the key relative to the shard root; only a shard named here exists to readers.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    start = models.PositiveBigIntegerField()
    stop = models.PositiveBigIntegerField()
    shard = models.CharField(max_length=255, blank=True)
    checksum = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(default=0)
    valid = models.PositiveIntegerField(default=0)
    invalid = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    prompt_tokens = models.PositiveBigIntegerField(default=0)
    completion_tokens = models.PositiveBigIntegerField(default=0)

    objects = LeasedQuerySet["Chunk"].as_manager()

    class Meta:
        ordering = ["run", "number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="chunk_once")]
        indexes = [models.Index(fields=["run", "state"])]

    def __str__(self) -> str:
        """Run and number."""
        return f"{self.run_id}/{self.number}"
