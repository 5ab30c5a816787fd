"""What models said: verdicts of judges, and the recorded steps that make scenarios of norms."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from annotation.models.scenarios import ScenarioVersion
from annotation.models.sources import Dataset, SourceRow


class Judge(models.Model):
    """One model under one prompt, asked about a set of versions. Raw replies stay in the shards.

    `criteria` is a list of {code, question, guidance}, frozen when the judge is made.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="judges")
    name = models.CharField(max_length=200)
    model = models.CharField(max_length=200)
    prompt_version = models.CharField(max_length=64)
    criteria = models.JSONField(default=list)
    labels = models.JSONField(default=list)
    repeats = models.PositiveSmallIntegerField(default=1)
    size = models.PositiveIntegerField(default=0, help_text="How many versions it is asked about.")
    source = models.JSONField(
        default=dict, help_text="Where they come from: {over, slug, number}; never changes."
    )
    versions_hash = models.CharField(max_length=64)
    run_id = models.CharField(
        max_length=16, blank=True, help_text="Public id of the run behind it."
    )
    simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["dataset", "name"], name="judge_name_once")]

    def __str__(self) -> str:
        """The judge's name."""
        return self.name


class Verdict(models.Model):
    """A judge's label of one version under one criterion; without a value it says why not."""

    judge = models.ForeignKey(Judge, on_delete=models.CASCADE, related_name="verdicts")
    version = models.ForeignKey(ScenarioVersion, on_delete=models.PROTECT, related_name="verdicts")
    criterion = models.SlugField(max_length=60)
    repeat = models.PositiveSmallIntegerField(default=0)
    value = models.CharField(max_length=60, blank=True)
    rationale = models.TextField(blank=True)
    invalid_reason = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["judge", "version", "criterion", "repeat"]
        constraints = [
            models.UniqueConstraint(
                fields=["judge", "version", "criterion", "repeat"], name="verdict_once"
            )
        ]

    def __str__(self) -> str:
        """Criterion and value."""
        return f"{self.criterion}: {self.value or self.invalid_reason}"


class Construction(models.Model):
    """A pipeline over source rows of a dataset, step after step, with one model and prompt set."""

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="constructions")
    name = models.CharField(max_length=200)
    endpoint = models.JSONField(help_text="Name, kind, base URL, model; never a key.")
    options = models.JSONField(default=dict)
    simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "name"], name="construction_name_once")
        ]

    def __str__(self) -> str:
        """The construction's name."""
        return self.name


class Step(models.Model):
    """One try at one step for one row: what was asked with, what came of it, and why.

    `after` is the step it built on: it is stale once that one is not the newest of its name.
    `output` holds the texts it wrote, `flags` what the checks ask people to look at.
    """

    class Verdict(models.TextChoices):
        KEPT = "kept"
        REJECTED = "rejected"
        INVALID = "invalid"

    construction = models.ForeignKey(Construction, on_delete=models.CASCADE, related_name="steps")
    source_row = models.ForeignKey(SourceRow, on_delete=models.PROTECT, related_name="steps")
    name = models.CharField(max_length=40)
    attempt = models.PositiveSmallIntegerField(default=1)
    prompt_version = models.CharField(max_length=64)
    model = models.CharField(max_length=200)
    verdict = models.CharField(max_length=10, choices=Verdict)
    reason_code = models.CharField(max_length=60, blank=True)
    output = models.JSONField(default=dict)
    flags = models.JSONField(default=list)
    after = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="built"
    )
    run_id = models.CharField(
        max_length=16, blank=True, help_text="Public id of the run behind it."
    )
    cell_key = models.CharField(max_length=32, blank=True, help_text="The raw reply's key there.")
    version = models.ForeignKey(
        ScenarioVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="steps"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["construction", "source_row", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["construction", "source_row", "name", "attempt"], name="step_attempt_once"
            )
        ]

    def __str__(self) -> str:
        """Step and verdict."""
        return f"{self.name}: {self.verdict}"
