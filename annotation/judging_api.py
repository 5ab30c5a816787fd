"""Judges of a dataset and their verdicts over REST, read-only."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.routers import BaseRouter

from annotation.access import access_judge, access_judged_dataset
from annotation.models import Judge, Verdict
from annotation.services import judge_figures


class JudgeSerializer(serializers.ModelSerializer[Judge]):
    """A judge: what it was asked about, how, and how far it is."""

    dataset = serializers.CharField(source="dataset.slug")
    scenarios = serializers.IntegerField(source="size", help_text="How many it is asked about.")
    run = serializers.CharField(source="run_id", help_text="Short id of the run behind it.")
    verdicts = serializers.IntegerField(source="stored", help_text="Stored, readable or not.")
    invalid = serializers.IntegerField(help_text="Verdicts that could not be read.")

    class Meta:
        model = Judge
        fields = (
            "id",
            "dataset",
            "name",
            "model",
            "prompt_version",
            "criteria",
            "labels",
            "repeats",
            "scenarios",
            "source",
            "versions_hash",
            "run",
            "verdicts",
            "invalid",
            "simulated",
            "created_at",
        )


class VerdictSerializer(serializers.ModelSerializer[Verdict]):
    """One verdict; `value` is null where the reply could not be read, with the reason."""

    scenario = serializers.CharField(source="version.scenario.key")
    version = serializers.IntegerField(source="version.number")
    value = serializers.SerializerMethodField(method_name="value_or_null")

    class Meta:
        model = Verdict
        fields = (
            "scenario",
            "version",
            "criterion",
            "repeat",
            "value",
            "rationale",
            "invalid_reason",
        )

    def value_or_null(self, verdict: Verdict) -> str | None:
        """A label of the judge's label set."""
        return verdict.value or None


@extend_schema_view(
    list=extend_schema(operation_id="datasets_judges_list"),
    retrieve=extend_schema(operation_id="datasets_judges_retrieve"),
)
class JudgeViewSet(viewsets.ReadOnlyModelViewSet[Judge]):
    """Judges of a dataset, newest first. 403 for those who still annotate its scenarios."""

    serializer_class = JudgeSerializer
    queryset = Judge.objects.none()

    def get_queryset(self) -> QuerySet[Judge]:
        """The dataset's judges with their counts; 404 for an unknown slug."""
        if "slug" not in self.kwargs:  # the schema is made without a request
            return super().get_queryset()
        dataset = access_judged_dataset(self.request.user, self.kwargs["slug"])
        return judge_figures.judges_of(dataset).select_related("dataset")


@extend_schema_view(list=extend_schema(operation_id="datasets_judges_verdicts_list"))
class VerdictViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Verdict]):
    """Every verdict of a judge, by scenario, criterion and repeat."""

    serializer_class = VerdictSerializer
    filterset_fields = ("criterion", "repeat", "value")
    queryset = Verdict.objects.none()

    def get_queryset(self) -> QuerySet[Verdict]:
        """The judge's verdicts; 404 for an unknown judge."""
        if "slug" not in self.kwargs:  # the schema is made without a request
            return super().get_queryset()
        judge = access_judge(self.request.user, self.kwargs["slug"], int(self.kwargs["judge"]))
        return judge_figures.verdicts(judge, value=judge_figures.ANY)


def register(router: BaseRouter) -> None:
    """Put judges under their dataset."""
    below = r"datasets/(?P<slug>[-\w]+)/judges"
    router.register(below, JudgeViewSet, basename="dataset-judge")
    router.register(rf"{below}/(?P<judge>\d+)/verdicts", VerdictViewSet, basename="judge-verdict")
