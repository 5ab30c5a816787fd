"""A study, and the versions of what its participants see."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from annotation.models import Release, ScenarioVersion


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
    prolific_study_id = models.CharField(max_length=24, blank=True)
    identity_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Days after closing that recruiters' ids are kept."
    )
    text_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Days after closing that free text is kept."
    )
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    key_destroyed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "studies"

    def __str__(self) -> str:
        """The study's name."""
        return self.name

    newest: Instrument | None = None
    """The newest version of the instrument, where the study was read together with it."""

    @property
    def instrument(self) -> Instrument:
        """The newest version of the instrument; raises Instrument.DoesNotExist before the first.

        Its definition is big and mostly known by its hash; it is loaded when it is asked for.
        """
        if self.newest is not None:
            return self.newest
        return self.instruments.defer("definition").latest("number")


class Instrument(models.Model):
    """What participants see and how they are assigned: a version is never changed, only followed.

    `definition` is described and checked by survey.services.instruments.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="instruments")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    content_hash = models.CharField(max_length=64)
    note = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="instrument_version_once")
        ]

    def __str__(self) -> str:
        """Study and version."""
        return f"{self.study_id} v{self.number}"


class ScenarioText(models.Model):
    """A scenario's texts in another language, for the participants of one study."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="texts")
    version = models.ForeignKey(ScenarioVersion, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=10)
    setting = models.CharField(max_length=200, blank=True)
    situation = models.TextField()
    culture_action = models.TextField()
    preference_action = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["study", "version", "language"], name="scenario_text_once"
            )
        ]

    def __str__(self) -> str:
        """Scenario and language."""
        return f"{self.version_id} {self.language}"


class Tally(models.Model):
    """A count of events that leave no row about anybody: somebody declined, a device was too old."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="tallies")
    cohort = models.CharField(max_length=10)
    event = models.CharField(max_length=30)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [
            models.UniqueConstraint(fields=["study", "cohort", "event"], name="tally_once")
        ]

    def __str__(self) -> str:
        """Event and count."""
        return f"{self.event}: {self.count}"
