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


class ModelEndpoint(models.Model):
    """A model people can ask, as set up in the interface; `env` and baselines need no row.

    `key_variable` names the environment variable that holds the key: the key itself is never here.
    Prices are for a million tokens; null where unknown, so that no cost is guessed.
    """

    name = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=20, help_text="A key of modeling.backends.KINDS.")
    model = models.CharField(max_length=200)
    base_url = models.CharField(max_length=300, blank=True)
    options = models.JSONField(default=dict, blank=True)
    key_variable = models.CharField(max_length=80, blank=True)
    prompt_price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    completion_price = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    archived = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        """Its name."""
        return self.name


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
    prices = models.JSONField(
        default=dict,
        help_text="Prices of a million tokens when the run was planned: prompt, completion, currency.",
    )
    budget = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True,
        help_text="The run stops before it costs more, in the currency of its prices.",
    )  # fmt: skip
    preflight = models.JSONField(default=dict, help_text="The last preflight, and who overrode it.")
    repeat_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="repeats"
    )
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
                fields=["kind", "study_slug", "release", "label"], name="run_label_once"
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

    `shard` is the key relative to the shard root; only a shard named here exists to readers. After
    compaction neighbouring chunks name one file. `batch_id` says where a chunk stands that is asked
    by batch: empty (never handed over), a batch's id (the endpoint is working on it and the chunk
    waits in the queue), or `BATCH_OVER` and the id of the last one that has ended.
    """

    BATCH_OVER = "after "
    IN_BATCH = ~models.Q(batch_id="") & ~models.Q(batch_id__startswith=BATCH_OVER)

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    start = models.PositiveBigIntegerField()
    stop = models.PositiveBigIntegerField()
    shard = models.CharField(max_length=255, blank=True)
    checksum = models.CharField(max_length=64, blank=True)
    batch_id = models.CharField(max_length=120, blank=True)
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
        indexes = [models.Index(fields=["run", "state", "priority", "id"], name="chunk_in_turn")]

    @property
    def in_batch(self) -> bool:
        """Whether a batch is under way for it."""
        return bool(self.batch_id) and not self.batch_id.startswith(self.BATCH_OVER)

    def __str__(self) -> str:
        """Run and number."""
        return f"{self.run_id}/{self.number}"


class RetiredShard(models.Model):
    """A file whose rows stand in a larger one now; kept a while for readers that have its name."""

    key = models.CharField(max_length=255, unique=True)
    retired_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        """Its key."""
        return self.key


class ModelCard(models.Model):
    """What is known of a model beside its answers: facts that people look up and write down.

    `name` is a model's family or a run's label. Nothing is guessed: an empty field is not stated.
    """

    name = models.CharField(max_length=200, unique=True)
    developer = models.CharField(max_length=200, blank=True)
    size = models.CharField(max_length=100, blank=True)
    released = models.CharField(max_length=100, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    context = models.CharField(max_length=100, blank=True)
    training = models.TextField(blank=True)
    relation = models.TextField(blank=True)
    source = models.URLField(max_length=500, blank=True)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        """The model's name."""
        return self.name
