"""What people decided about participants and studies: exclusions, withdrawals, promises."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format

from survey.models.participants import Cohort, Participant
from survey.models.studies import Study


class Exclusion(models.Model):
    """Why a participant is left out of the analysis; reversible, never a deletion."""

    HELD_BACK = "returned"
    """The rule that also keeps somebody out of every export until a person has decided."""

    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="exclusions"
    )
    rule = models.CharField(max_length=60)
    rule_version = models.CharField(max_length=64)
    evidence = models.JSONField(default=dict)
    decided_by = models.CharField(max_length=150, default="rule")
    created_at = models.DateTimeField(auto_now_add=True)
    reversed_at = models.DateTimeField(null=True, blank=True)
    reversed_by = models.CharField(max_length=150, blank=True)
    reversal_note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "rule"],
                condition=Q(reversed_at__isnull=True),
                name="exclusion_stands_once",
            )
        ]

    def __str__(self) -> str:
        """The rule."""
        return self.rule

    @property
    def told(self) -> str:
        """The evidence in one line."""
        evidence = sorted(self.evidence.items())
        return "; ".join(f"{name}: {_in_words(name, value)}" for name, value in evidence)


def _in_words(name: str, value: object) -> str:
    """A list with commas between, the moment `at` as pages write moments, all else as it is."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if name == "at" and value:
        return f"{date_format(datetime.fromisoformat(str(value)), 'j F Y, H:i')} UTC"
    return str(value)


class ExportRecord(models.Model):
    """An export that was made, and whose rows it held, so that a withdrawal can name it."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="exports")
    cohort = models.CharField(max_length=10, choices=Cohort)
    kind = models.CharField(max_length=30)
    name = models.CharField(max_length=200)
    participants = models.JSONField(default=list)
    rows = models.PositiveIntegerField(default=0)
    content_hash = models.CharField(max_length=64, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        """Kind and file."""
        return f"{self.kind}: {self.name}"


class Withdrawal(models.Model):
    """The tombstone of somebody who withdrew: that it happened, and what it took away."""

    class Asked(models.TextChoices):
        PARTICIPANT = "participant", "the participant, on the page"
        STAFF = "staff", "a researcher, asked by the participant"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="withdrawals")
    participant = models.OneToOneField(
        Participant, on_delete=models.CASCADE, related_name="withdrawal"
    )
    asked_by = models.CharField(max_length=12, choices=Asked)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    answers_removed = models.PositiveSmallIntegerField(default=0)
    exports = models.JSONField(default=list)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        """Whose."""
        return f"withdrawal of {self.participant_id}"


class Preregistration(models.Model):
    """What was promised before the first real answer: hashed, stamped, never edited."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="preregistrations")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    content_hash = models.CharField(max_length=64)
    real_answers = models.PositiveIntegerField(
        default=0, help_text="Real answers when it was frozen; above 0 it is an amendment."
    )
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    frozen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="preregistration_once")
        ]

    def __str__(self) -> str:
        """Study and number."""
        return f"{self.study_id} preregistration {self.number}"
