"""Runs over REST, read-only."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework import serializers, viewsets
from rest_framework.routers import BaseRouter

from modeling.models import Run
from modeling.services import progress


class RunSerializer(serializers.ModelSerializer[Run]):
    """A run with its counts; its manifest says how to repeat it."""

    id = serializers.CharField(source="public_id", help_text="Short id of the run.")
    study = serializers.CharField(source="study_slug", help_text="Empty for a dataset's run.")
    dataset = serializers.CharField(source="dataset_slug")
    release = serializers.SerializerMethodField(help_text="Its number; null without a release.")
    answered = serializers.IntegerField(help_text="Cells with a stored answer, valid or not.")
    valid = serializers.IntegerField()
    invalid = serializers.IntegerField()

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
            "manifest",
            "error",
            "created_at",
            "started_at",
            "finished_at",
        )

    def get_release(self, run: Run) -> int | None:
        """The release's number."""
        return run.release.number if run.release else None


class RunViewSet(viewsets.ReadOnlyModelViewSet[Run]):
    """Runs of models, newest first."""

    serializer_class = RunSerializer
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    filterset_fields = ("state", "kind", "study_slug", "dataset_slug", "label", "imported")

    def get_queryset(self) -> QuerySet[Run]:
        """Every run with its counts."""
        return progress.with_counts(Run.objects.all())


def register(router: BaseRouter) -> None:
    """Put this app's nouns under the site's router."""
    router.register("runs", RunViewSet, basename="run")
