"""What Prolific tells about submissions, kept apart from answers and deletable after payment."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from survey.models.studies import Study
from survey.prolific.wire import Status


class ProlificSubmission(models.Model):
    """One submission as Prolific last described it, by webhook, poll or file."""

    Status = Status

    class Source(models.TextChoices):
        WEBHOOK = "webhook"
        POLL = "poll"
        FILE = "file", "demographic export"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="submissions")
    submission_id = models.CharField(max_length=64)
    prolific_pid = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.UNKNOWN)
    status_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=8, choices=Source)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    code = models.CharField(max_length=64, blank=True)
    polled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "submission_id"], name="submission_once")
        ]
        indexes = [models.Index(fields=["submission_id"])]

    def __str__(self) -> str:
        """Never an id of Prolific's, so that logs stay clean."""
        return f"submission {self.pk}"


class ProlificEvent(models.Model):
    """One webhook delivery that was accepted; the same event id is never taken twice."""

    class Outcome(models.TextChoices):
        APPLIED = "applied"
        STALE = "stale", "older than what was known"
        UNMATCHED = "unmatched", "no such submission here yet"
        IGNORED = "ignored", "of a kind that is not used"

    event_id = models.CharField(max_length=100, unique=True)
    submission_id = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=20, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        """What became of it."""
        return f"event {self.pk}: {self.outcome}"


class ProlificDecision(models.Model):
    """A person's decision about paying for one submission, and whether Prolific took it."""

    class Action(models.TextChoices):
        APPROVE = "APPROVE", "approve"
        REJECT = "REJECT", "reject"
        RETURN = "RETURN", "ask to return"

    class State(models.TextChoices):
        DRAFT = "draft"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"

    submission = models.ForeignKey(
        ProlificSubmission, on_delete=models.CASCADE, related_name="decisions"
    )
    action = models.CharField(max_length=8, choices=Action)
    category = models.CharField(max_length=24, blank=True)
    message = models.TextField(blank=True)
    evidence = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    error = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(auto_now_add=True)
    claimed_at = models.DateTimeField(
        null=True, blank=True, help_text="When sending began; a claim without an end is looked at."
    )
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission"],
                condition=Q(state__in=["draft", "sending", "failed"]),
                name="one_open_decision_per_submission",
            )
        ]

    def __str__(self) -> str:
        """Action and state."""
        return f"{self.action} ({self.state})"


class ProlificRequest(models.Model):
    """What was asked of Prolific about a whole study: made, published, paused, given more places.

    `seal` is a digest of what was shown to whoever confirmed it; one seal is sent once.
    """

    class Action(models.TextChoices):
        CREATE = "CREATE", "make the study"
        PUBLISH = "PUBLISH", "publish"
        PAUSE = "PAUSE", "pause"
        START = "START", "go on"
        STOP = "STOP", "stop for good"
        PLACES = "PLACES", "change the places"

    class State(models.TextChoices):
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        UNKNOWN = "unknown", "not known"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="prolific_requests")
    action = models.CharField(max_length=8, choices=Action)
    body = models.JSONField(default=dict)
    seal = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=8, choices=State, default=State.SENDING)
    error = models.TextField(blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        """Action and state."""
        return f"{self.action} ({self.state})"


class DemographicRow(models.Model):
    """One row of Prolific's demographic export. `values` has known columns under our names,
    `extra` every other column as it stood, both without non-values."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="demographics")
    submission_id = models.CharField(max_length=64)
    prolific_pid = models.CharField(max_length=64)
    status = models.CharField(max_length=20, blank=True)
    values = models.JSONField(default=dict)
    extra = models.JSONField(default=dict)
    file_name = models.CharField(max_length=200)
    row_number = models.PositiveIntegerField()
    imported_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "submission_id"], name="demographics_once")
        ]

    def __str__(self) -> str:
        """The row's place in its file."""
        return f"{self.file_name}, row {self.row_number}"
