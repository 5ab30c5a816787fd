"""What REST says of runs, their progress and their answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from modeling.models import Run
from modeling.services.comparing import Comparison


class RunRefusalSerializer(serializers.Serializer[Any]):
    """Why a request was refused."""

    detail = serializers.CharField()


class RunSerializer(serializers.ModelSerializer[Run]):
    """A run with its counts; its manifest says how to repeat it."""

    id = serializers.CharField(source="public_id", help_text="Short id of the run.")
    study = serializers.CharField(source="study_slug", help_text="Empty for a dataset's run.")
    dataset = serializers.CharField(source="dataset_slug")
    release = serializers.SerializerMethodField(help_text="Its number; null without a release.")
    answered = serializers.IntegerField(help_text="Cells with a stored answer, valid or not.")
    valid = serializers.IntegerField()
    invalid = serializers.IntegerField()
    repeat_of = serializers.CharField(
        source="repeat_of.public_id", default=None, allow_null=True,
        help_text="The run that this one repeats.",
    )  # fmt: skip
    preflight = serializers.JSONField(help_text="The last preflight, and who overrode it.")

    class Meta:
        model = Run
        fields = (
            "id",
            "kind",
            "label",
            "study",
            "dataset",
            "release",
            "state",
            "cells",
            "answered",
            "valid",
            "invalid",
            "imported",
            "simulated",
            "endpoint",
            "design",
            "decoding",
            "prompt_version",
            "prices",
            "budget",
            "preflight",
            "repeat_of",
            "manifest",
            "error",
            "created_at",
            "started_at",
            "finished_at",
        )

    def get_release(self, run: Run) -> int | None:
        """The release's number."""
        return run.release.number if run.release else None


class ProgressSerializer(serializers.Serializer[Any]):
    """How far a run is. What cannot be told is null."""

    state = serializers.CharField()
    cells = serializers.IntegerField()
    answered = serializers.IntegerField()
    valid = serializers.IntegerField()
    invalid = serializers.IntegerField()
    failed = serializers.IntegerField(help_text="Cells of chunks that gave up.")
    invalid_share = serializers.FloatField(allow_null=True)
    prompt_tokens = serializers.IntegerField()
    completion_tokens = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True, help_text="Cells a second.")
    eta_s = serializers.SerializerMethodField(help_text="Seconds left.")
    cost = serializers.FloatField(allow_null=True, help_text="In `currency`; null without prices.")
    budget = serializers.FloatField(allow_null=True)
    currency = serializers.CharField()
    error = serializers.CharField(help_text="What the endpoint last said, or why it ended.")

    def get_eta_s(self, progress: dict[str, Any]) -> int | None:
        """The time that is left in seconds."""
        return None if progress["eta"] is None else int(progress["eta"].total_seconds())


class ShareSerializer(serializers.Serializer[Any]):
    """A share or mean with its 95 % interval over scenarios; null with a note where undefined."""

    value = serializers.FloatField(allow_null=True)
    lower = serializers.FloatField(allow_null=True)
    upper = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(help_text="Answers or pairs behind it.")
    clusters = serializers.IntegerField(help_text="Scenarios behind it.")
    note = serializers.CharField()


class ChangeSerializer(serializers.Serializer[Any]):
    """What separates both sides of some pairs, from the first to the second."""

    code = serializers.CharField(help_text="Value of the attribute; empty for all pairs.")
    flips = ShareSerializer(help_text="Share of pairs whose choices differ.")
    choice = ShareSerializer(help_text="Change of the first label's share.")
    q = ShareSerializer(help_text="Mean change of the first label's probability.")
    gained = serializers.IntegerField(help_text="Pairs that changed to the first label.")
    lost = serializers.IntegerField(help_text="Pairs that changed away from it.")


class ReasonSerializer(serializers.Serializer[Any]):
    """One reason with how many answers it made invalid."""

    code = serializers.CharField()
    meaning = serializers.CharField()
    n = serializers.IntegerField()
    share = serializers.FloatField(help_text="Of all answers that the other filters let through.")


class RowsPageSerializer(serializers.Serializer[Any]):
    """A page of answers: the columns of the run's shards."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = serializers.ListField(child=serializers.DictField())


class InvalidPageSerializer(RowsPageSerializer):
    """A page of invalid answers, with counts by reason."""

    reasons = ReasonSerializer(many=True)


class PairSerializer(serializers.Serializer[Any]):
    """Both answers of a pair: the columns of the runs' shards."""

    one = serializers.DictField()
    two = serializers.DictField()


class PairsPageSerializer(serializers.Serializer[Any]):
    """A page of pairs whose choices differ."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = PairSerializer(many=True)


class FlipsSerializer(serializers.Serializer[Any]):
    """What changes when one attribute changes from `base`."""

    attribute = serializers.CharField(source="attribute.name")
    base = serializers.CharField()
    pairs = serializers.IntegerField(help_text="Pairs in which both chose one label.")
    rows = ChangeSerializer(many=True, help_text="One for each other value of the attribute.")


class FlipsPageSerializer(FlipsSerializer):
    """The same with a page of the pairs."""

    flipped = PairsPageSerializer()


class CellCoverageSerializer(serializers.Serializer[Any]):
    """Which cells both runs have answered."""

    one = serializers.IntegerField()
    two = serializers.IntegerField()
    both = serializers.IntegerField()
    only_one = serializers.IntegerField()
    only_two = serializers.IntegerField()
    same_prompt = serializers.IntegerField(help_text="Asked with exactly the same prompt.")
    decided = serializers.IntegerField(help_text="Both chose one label.")


class ComparisonSerializer(serializers.Serializer[Comparison]):
    """Two runs paired cell by cell."""

    first_label = serializers.CharField()
    coverage = CellCoverageSerializer()
    overall = ChangeSerializer(allow_null=True)
    choices = serializers.ListField(
        child=serializers.DictField(), help_text="Both choices (one, two) and how many cells (n)."
    )
    by = serializers.SerializerMethodField(help_text="Attribute -> a row a value.")

    def get_by(self, comparison: Comparison) -> dict[str, list[Any]]:
        """Tables by attribute."""
        return {
            attribute.name: list(ChangeSerializer(rows, many=True).data)
            for attribute, rows in comparison.by
        }


class ComparisonPageSerializer(ComparisonSerializer):
    """The same with a page of the cells that flipped."""

    flipped = PairsPageSerializer()


class AuditedSerializer(serializers.Serializer[Any]):
    """Written texts against first-token choices."""

    words = serializers.CharField()
    agreement = ShareSerializer()
    unread = serializers.IntegerField(help_text="Texts that name no label.")
    ties = serializers.IntegerField()


class AuditSerializer(serializers.Serializer[Any]):
    """The text audit; `overall` is null where no choice came from label probabilities."""

    overall = AuditedSerializer(allow_null=True)
    by = serializers.SerializerMethodField(help_text="Attribute -> a row a value.")

    def get_by(self, audit: Any) -> dict[str, list[Any]]:
        """Tables by attribute."""
        return {
            group.name: list(AuditedSerializer(rows, many=True).data) for group, rows in audit.by
        }


class AuditPageSerializer(AuditSerializer):
    """The same with a page of the answers whose text names another label."""

    disagreements = RowsPageSerializer()


class StartSerializer(serializers.Serializer[Any]):
    """How to start a run."""

    override = serializers.BooleanField(
        default=False, help_text="Start although its preflight failed or was not made; recorded."
    )


class RepeatSerializer(serializers.Serializer[Any]):
    """How to repeat a run."""

    endpoint = serializers.CharField(
        default="", allow_blank=True, help_text="Another endpoint; empty for the run's own."
    )
    anyway = serializers.BooleanField(
        default=False, help_text="Although release or prompts are not what they were."
    )


class RetriedSerializer(serializers.Serializer[Any]):
    """What is asked again."""

    chunks = serializers.IntegerField()
