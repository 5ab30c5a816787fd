"""Places, answers, attention checks and how a page was filled in."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from annotation.models import Item, Scenario
from survey.models.participants import Cohort, Participant
from survey.models.studies import Study
from survey.querysets import AssignmentQuerySet

_COUNTED = [
    "study", "cohort", "country", "item", "scenario", "option_order", "surplus", "state", "slot",
]  # fmt: skip
"""Whatever a draw counts, in the order in which it counts."""


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
        indexes = [models.Index(fields=_COUNTED, name="counted_by_draws")]
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
    perceived_share = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text="Of 100 people there, how many would take the culture-following action.",
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


class PageVisit(models.Model):
    """How one page was filled in: never what was typed, only how long, how often, how much.

    `seconds` run on the server's clock from the page's rendering to its saving; the other counts
    come from the page's script and are null without it.
    """

    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="visits")
    page = models.CharField(max_length=60)
    seconds = models.FloatField(null=True, blank=True)
    visible_seconds = models.FloatField(null=True, blank=True)
    changes = models.PositiveIntegerField(null=True, blank=True)
    blurs = models.PositiveIntegerField(null=True, blank=True)
    pasted_characters = models.PositiveIntegerField(null=True, blank=True)
    saves = models.PositiveSmallIntegerField(default=1)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "page"], name="page_visit_once")
        ]

    def __str__(self) -> str:
        """Participant and page."""
        return f"{self.participant_id}: {self.page}"
