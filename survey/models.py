"""People answer: studies, participants, assignments, answers, exclusions."""

from __future__ import annotations

import secrets

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from annotation.models import Item, Release, Scenario
from survey.querysets import AssignmentQuerySet, ParticipantQuerySet


class Study(models.Model):
    """A human study over the items of one release."""

    class State(models.TextChoices):
        DRAFT = "draft"
        OPEN = "open"
        PAUSED = "paused"
        CLOSED = "closed"

    class Origin(models.TextChoices):
        COLLECTED = "collected", "collected here"
        IMPORTED = "imported", "imported from a file"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.COLLECTED)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="studies")
    scheme = models.CharField(max_length=40, default="geo-v1")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "studies"

    def __str__(self) -> str:
        """The study's name."""
        return self.name

    @property
    def instrument(self) -> Instrument:
        """The newest version of the instrument; raises Instrument.DoesNotExist before the first."""
        return self.instruments.latest("number")


class Instrument(models.Model):
    """What participants see and how they are assigned: a version is never changed, only followed.

    `definition` is described and checked by survey.services.instruments.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="instruments")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="instrument_version_once")
        ]

    def __str__(self) -> str:
        """Study and version."""
        return f"{self.study_id} v{self.number}"


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
    completed_at = models.DateTimeField(null=True, blank=True)
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


class Assignment(models.Model):
    """One item given to one participant: a place leased at consent, confirmed by the answer."""

    class State(models.TextChoices):
        LEASED = "leased"
        CONFIRMED = "confirmed"
        RELEASED = "released"

    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="assignments"
    )
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="assignments")
    scenario = models.ForeignKey(Scenario, on_delete=models.PROTECT, related_name="+")
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="assignments")
    cohort = models.CharField(max_length=10, choices=Cohort)
    country = models.CharField(max_length=2)
    relation = models.CharField(max_length=12)
    position = models.PositiveSmallIntegerField()
    slot = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.LEASED)
    lease_expires = models.DateTimeField(null=True, blank=True)
    surplus = models.BooleanField(default=False)
    option_order = models.CharField(max_length=16, blank=True)
    asks_reason = models.BooleanField(default=False)
    why = models.JSONField(default=dict)

    objects = AssignmentQuerySet["Assignment"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "item"], name="item_once_per_person"),
            models.UniqueConstraint(
                fields=["participant", "scenario"],
                condition=Q(slot__isnull=False),
                name="scenario_once_per_person",
            ),
            models.UniqueConstraint(
                fields=["study", "cohort", "item", "country", "slot"],
                condition=Q(state__in=["leased", "confirmed"], surplus=False),
                name="slot_held_once",
            ),
        ]
        indexes = [models.Index(fields=["study", "cohort", "country", "state"])]
        ordering = ["participant", "position"]

    def __str__(self) -> str:
        """Participant and item."""
        return f"{self.participant_id}: {self.item_id}"


_RATING = [MinValueValidator(1), MaxValueValidator(7)]


class Answer(models.Model):
    """What a participant said about one item: both frames in one row, so never one without the other.

    `personal` and `norm` hold codes of the design's label set (PACT: culture, preference). Only an
    import may leave one empty.
    """

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="answer")
    personal = models.CharField(max_length=20, blank=True)
    norm = models.CharField(max_length=20, blank=True)
    importance_norm = models.PositiveSmallIntegerField(null=True, blank=True, validators=_RATING)
    importance_preference = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=_RATING
    )
    reason = models.TextField(blank=True)
    language = models.CharField(max_length=10, default="en")
    instrument_hash = models.CharField(max_length=64, blank=True)
    saved_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        """The assignment it answers."""
        return f"answer to {self.assignment_id}"


class CheckResponse(models.Model):
    """The answer to one attention check."""

    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="checks")
    key = models.CharField(max_length=40)
    given = models.CharField(max_length=200)
    passed = models.BooleanField()
    saved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "key"], name="check_once_per_person")
        ]

    def __str__(self) -> str:
        """Which check."""
        return self.key


class Exclusion(models.Model):
    """Why a participant is left out of the analysis; reversible, never a deletion."""

    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="exclusions"
    )
    rule = models.CharField(max_length=60)
    rule_version = models.CharField(max_length=64)
    evidence = models.JSONField(default=dict)
    decided_by = models.CharField(max_length=150, default="rule")
    created_at = models.DateTimeField(auto_now_add=True)
    reversed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "rule"], name="exclusion_once")
        ]

    def __str__(self) -> str:
        """The rule."""
        return self.rule
