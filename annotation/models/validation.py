"""Validation by people: a frozen protocol, its sample, who rates what, and what they said."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from annotation.models.scenarios import Release, ScenarioVersion
from annotation.models.sources import Dataset


class Validation(models.Model):
    """A protocol and its life. Once frozen, nothing that shapes the ratings changes any more.

    `plan` says how items are shared out (raters per item, how many items are shared, self-repeats);
    `strata` holds the population of each stratum, so that rates can be weighted.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        OPEN = "open"
        CLOSED = "closed"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="validations")
    release = models.ForeignKey(
        Release, null=True, blank=True, on_delete=models.PROTECT, related_name="validations"
    )
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    simulated = models.BooleanField(default=False)
    guidelines = models.TextField(blank=True)
    labels = models.JSONField(default=list, help_text="The label set, in order: ['yes', 'no'].")
    seed = models.PositiveBigIntegerField(default=1)
    sample_size = models.PositiveIntegerField(default=200)
    stratify_by = models.JSONField(default=list)
    plan = models.JSONField(default=dict)
    removal_rule = models.JSONField(default=dict)
    population_size = models.PositiveIntegerField(null=True, blank=True)
    population_hash = models.CharField(max_length=64, blank=True)
    strata = models.JSONField(default=dict)
    protocol_hash = models.CharField(max_length=64, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        """The validation's name."""
        return self.name


class Criterion(models.Model):
    """One question about every item."""

    validation = models.ForeignKey(Validation, on_delete=models.CASCADE, related_name="criteria")
    code = models.SlugField(max_length=60)
    question = models.CharField(max_length=300)
    guidance = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["validation", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["validation", "code"], name="criterion_code_once")
        ]

    def __str__(self) -> str:
        """The criterion's code."""
        return self.code


class Annotator(models.Model):
    """A member of one validation, known to everybody but its lead by a stable pseudonym.

    The row outlives the account: who leaves keeps what they have rated.
    """

    validation = models.ForeignKey(Validation, on_delete=models.CASCADE, related_name="annotators")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="annotating",
    )
    pseudonym = models.CharField(max_length=60)
    active = models.BooleanField(default=True)
    invitation_hash = models.CharField(max_length=64, blank=True, db_index=True)
    invited_at = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(
        null=True, blank=True, help_text="From then on the answers are final."
    )

    class Meta:
        ordering = ["validation", "pseudonym"]
        constraints = [
            models.UniqueConstraint(fields=["validation", "pseudonym"], name="pseudonym_once"),
            models.UniqueConstraint(fields=["validation", "user"], name="annotator_once"),
        ]

    def __str__(self) -> str:
        """The pseudonym."""
        return self.pseudonym


class SampledItem(models.Model):
    """A scenario version drawn into the sample; none where labels came from a file alone."""

    validation = models.ForeignKey(Validation, on_delete=models.CASCADE, related_name="items")
    version = models.ForeignKey(
        ScenarioVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="sampled"
    )
    key = models.CharField(max_length=220)
    position = models.PositiveIntegerField()
    stratum = models.CharField(max_length=250, blank=True)

    class Meta:
        ordering = ["validation", "position"]
        constraints = [
            models.UniqueConstraint(fields=["validation", "key"], name="sampled_item_once")
        ]

    def __str__(self) -> str:
        """The item's key."""
        return self.key


class Task(models.Model):
    """One rating of one item. Slots are made when the protocol is frozen: none can be overshot.

    `annotator` is planned, or set by whoever claims a free slot; the lease runs while it is open.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        OPEN = "open"
        SUBMITTED = "submitted"
        SKIPPED = "skipped"

    item = models.ForeignKey(SampledItem, on_delete=models.CASCADE, related_name="tasks")
    slot = models.PositiveSmallIntegerField()
    repeat = models.PositiveSmallIntegerField(default=0, help_text="1 where one rates it again.")
    annotator = models.ForeignKey(
        Annotator, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    position = models.PositiveIntegerField(help_text="Its place in the annotator's own order.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    lease_expires = models.DateTimeField(null=True, blank=True)
    draft = models.JSONField(default=dict, blank=True)
    note = models.TextField(blank=True)
    flagged = models.BooleanField(default=False)
    skip_reason = models.TextField(blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True, help_text="Time the item was in view.")
    revision = models.PositiveSmallIntegerField(default=0, help_text="How often submitted.")
    history = models.JSONField(
        default=list, blank=True, help_text="Earlier submissions, the oldest first."
    )

    class Meta:
        ordering = ["annotator", "position"]
        constraints = [
            models.UniqueConstraint(fields=["item", "slot"], name="task_slot_once"),
            models.UniqueConstraint(
                fields=["item", "annotator", "repeat"], name="task_annotator_once"
            ),
        ]
        indexes = [models.Index(fields=["annotator", "state", "position"])]

    def __str__(self) -> str:
        """Item and slot."""
        return f"{self.item_id}/{self.slot}"


class Label(models.Model):
    """What one annotator said of one item under one criterion, with the reason for it."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="labels")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="given")
    value = models.CharField(max_length=60)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["task", "criterion"]
        constraints = [models.UniqueConstraint(fields=["task", "criterion"], name="label_once")]

    def __str__(self) -> str:
        """Criterion and value."""
        return f"{self.criterion_id}: {self.value}"


class Adjudication(models.Model):
    """The lead's recorded outcome where annotators part; their labels stay as they are."""

    item = models.ForeignKey(SampledItem, on_delete=models.CASCADE, related_name="adjudications")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    value = models.CharField(max_length=60)
    rationale = models.TextField()
    decided_at = models.DateTimeField(auto_now=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )

    class Meta:
        ordering = ["item", "criterion"]
        constraints = [
            models.UniqueConstraint(fields=["item", "criterion"], name="adjudication_once")
        ]

    def __str__(self) -> str:
        """Item, criterion, outcome."""
        return f"{self.item_id} {self.criterion_id}: {self.value}"
