"""Scenarios with versions, frozen releases and their items."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from annotation.models.sources import Dataset, SourceRow


class Scenario(models.Model):
    """A social situation in which a cultural norm and a personal preference pull apart."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="scenarios")
    key = models.CharField(max_length=200)
    source_row = models.ForeignKey(SourceRow, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "key"], name="scenario_key_once")]
        ordering = ["key"]

    def __str__(self) -> str:
        """The scenario's key."""
        return self.key


class ScenarioVersion(models.Model):
    """One wording of a scenario. Nothing overwrites: an edit is a new version.

    `origin` says what made it; `note` why, in the words of whoever did.
    """

    class Origin(models.TextChoices):
        IMPORT = "import", _("import")
        CONSTRUCTION = "construction", _("construction")
        EDIT = "edit", _("edit")
        RESTORE = "restore", _("restored")

    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    country = models.CharField(max_length=2)
    setting = models.CharField(max_length=200, blank=True)
    theme = models.CharField(max_length=60, blank=True)
    preference_type = models.CharField(max_length=60, blank=True)
    preference_strength = models.CharField(max_length=20, blank=True)
    situation = models.TextField()
    cultural_expectation = models.TextField(blank=True)
    personal_preference = models.TextField(blank=True)
    culture_action = models.TextField(blank=True)
    preference_action = models.TextField(blank=True)
    norm_basis = models.TextField(blank=True)
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.IMPORT)
    note = models.TextField(blank=True)
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scenario", "number"], name="scenario_version_once")
        ]
        ordering = ["scenario", "number"]

    def __str__(self) -> str:
        """Key and version."""
        return f"{self.scenario} v{self.number}"

    @property
    def is_askable(self) -> bool:
        """Whether both actions are written out, so that people and models can choose."""
        return bool(self.culture_action and self.preference_action)


class Release(models.Model):
    """A frozen, hashed, numbered set of scenario versions. Studies and runs point at one."""

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="releases")
    number = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    note = models.TextField(blank=True)
    counts = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    versions = models.ManyToManyField(ScenarioVersion, related_name="releases")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="release_number_once")
        ]
        ordering = ["dataset", "number"]

    def __str__(self) -> str:
        """Dataset and number."""
        return f"{self.dataset} release {self.number}"


class Item(models.Model):
    """A scenario with a receiver's age and gender: what people and models are asked about."""

    class Age(models.TextChoices):
        YOUNGER = "younger", _("younger")
        OLDER = "older", _("older")

    class Gender(models.TextChoices):
        FEMALE = "female", _("female")
        MALE = "male", _("male")

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="items")
    version = models.ForeignKey(ScenarioVersion, on_delete=models.PROTECT, related_name="items")
    scenario_item_id = models.CharField(max_length=200)
    receiver_age = models.CharField(max_length=8, choices=Age)
    receiver_gender = models.CharField(max_length=8, choices=Gender)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "scenario_item_id", "receiver_age", "receiver_gender"],
                name="item_once",
            )
        ]
        ordering = ["release", "id"]

    def __str__(self) -> str:
        """The item's id in the release format."""
        return self.scenario_item_id
