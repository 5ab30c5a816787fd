"""People under pseudonyms; who they are to Prolific stands apart."""

from __future__ import annotations

import secrets

from django.db import models

from annotation.models import Item
from survey.models.studies import Instrument, Study
from survey.querysets import ParticipantQuerySet


class Cohort(models.TextChoices):
    """Who a participant is to the analysis. Only `real` counts, unless there is nothing real."""

    REAL = "real"
    REHEARSAL = "rehearsal", "rehearsal (simulated)"
    PREVIEW = "preview"


def new_key() -> str:
    """An unguessable key for a participant's cookie and links."""
    return secrets.token_urlsafe(18)


class Participant(models.Model):
    """One person's way through one study, under a pseudonym."""

    class State(models.TextChoices):
        CONSENTED = "consented"
        COMPLETED = "completed"
        SCREENED_OUT = "screened_out", "screened out"
        TIMED_OUT = "timed_out", "timed out"
        RETURNED = "returned"
        WITHDRAWN = "withdrawn"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="participants")
    instrument = models.ForeignKey(Instrument, null=True, blank=True, on_delete=models.PROTECT)
    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    pseudonym = models.CharField(max_length=100)
    cohort = models.CharField(max_length=10, choices=Cohort, default=Cohort.REAL)
    state = models.CharField(max_length=12, choices=State, default=State.CONSENTED)
    country = models.CharField(max_length=2, blank=True)
    age_bucket = models.CharField(max_length=8, choices=Item.Age, blank=True)
    gender = models.CharField(max_length=8, choices=Item.Gender, blank=True)
    language = models.CharField(max_length=10, default="en")
    consent_version = models.CharField(max_length=64, blank=True)
    consent_at = models.DateTimeField(null=True, blank=True)
    instructions_at = models.DateTimeField(null=True, blank=True)
    comprehension_attempts = models.PositiveSmallIntegerField(default=0)
    ended_because = models.CharField(
        max_length=20,
        blank=True,
        help_text="Why somebody was screened out: country, comprehension.",
    )
    completed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    first_frame = models.CharField(max_length=8, blank=True)
    feedback = models.TextField(blank=True)

    objects = ParticipantQuerySet["Participant"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["study", "cohort", "pseudonym"], name="participant_once"
            )
        ]

    def __str__(self) -> str:
        """The pseudonym."""
        return self.pseudonym


class PseudonymKey(models.Model):
    """The secret behind one study's pseudonyms; without it they cannot be led back to anybody."""

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="pseudonym_key")
    secret = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        """Never the secret."""
        return f"key of study {self.study_id}"


class ProlificIdentity(models.Model):
    """Prolific's own ids, kept apart from everything else and deletable after payment."""

    participant = models.OneToOneField(
        Participant, on_delete=models.CASCADE, related_name="prolific"
    )
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="+")
    cohort = models.CharField(max_length=10, choices=Cohort)
    prolific_pid = models.CharField(max_length=64)
    prolific_study_id = models.CharField(max_length=64, blank=True)
    submission_id = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name_plural = "prolific identities"
        constraints = [
            models.UniqueConstraint(
                fields=["study", "cohort", "prolific_pid"], name="one_participant_per_person"
            )
        ]

    def __str__(self) -> str:
        """Never the id itself, so that logs stay clean."""
        return f"identity of participant {self.participant_id}"
