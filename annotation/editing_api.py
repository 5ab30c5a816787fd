"""Versions of a scenario and steps of a construction over REST. A version is added, never changed."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from drf_spectacular.utils import (
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from annotation.access import access_construction, access_dataset, access_scenario_key
from annotation.models import Construction, ScenarioVersion, Step
from annotation.services import editing
from pact_site.base.errors import BadInput
from pact_site.base.models import User

TEXTS = editing.COLUMNS


class FindingSerializer(serializers.Serializer[Any]):
    """What a check found in a version."""

    code = serializers.CharField()
    column = serializers.CharField()
    found = serializers.ListField(child=serializers.CharField(), help_text="The words in question.")
    refuses = serializers.BooleanField(help_text="Whether a construction step would be invalid.")
    sentence = serializers.CharField()


class VersionSerializer(serializers.ModelSerializer[ScenarioVersion]):
    """One version. To add one, send the texts, `note` and the newest number as `based_on`."""

    scenario = serializers.CharField(source="scenario.key", read_only=True)
    based_on = serializers.IntegerField(write_only=True)
    note = serializers.CharField(max_length=editing.MAX_NOTE, help_text="Why it was written.")
    created_by = serializers.CharField(
        source="created_by.username", default=None, read_only=True, allow_null=True
    )
    findings = serializers.SerializerMethodField(help_text="What the checks found.")

    class Meta:
        model = ScenarioVersion
        fields = (
            "scenario",
            "number",
            *TEXTS,
            "origin",
            "note",
            "based_on",
            "content_hash",
            "created_at",
            "created_by",
            "findings",
        )
        read_only_fields = ("number", "origin", "content_hash", "created_at")
        # The service judges the texts, here as on the page.
        extra_kwargs: ClassVar[dict[str, dict[str, Any]]] = {
            name: {"required": False, "allow_blank": True, "max_length": None, "validators": []}
            for name in TEXTS
        }

    @extend_schema_field(FindingSerializer(many=True))
    def get_findings(self, version: ScenarioVersion) -> list[dict[str, object]]:
        """The findings as plain values."""
        return [
            finding.as_json() | {"refuses": finding.refuses, "sentence": finding.sentence}
            for finding in editing.findings(version)
        ]


class ConstructionSerializer(serializers.ModelSerializer[Construction]):
    """A construction: which model, which steps."""

    dataset = serializers.CharField(source="dataset.slug")
    steps = serializers.ListField(child=serializers.CharField(), source="options.steps")

    class Meta:
        model = Construction
        fields = ("id", "dataset", "name", "endpoint", "steps", "simulated", "created_at")


class StepSerializer(serializers.ModelSerializer[Step]):
    """One try at one step for one row. The raw reply lies in the run's shards under `cell_key`."""

    step = serializers.CharField(source="name")
    source_id = serializers.CharField(source="source_row.source_id")
    version = serializers.IntegerField(
        source="version.number", default=None, allow_null=True, help_text="The version it became."
    )
    run = serializers.CharField(source="run_id")

    class Meta:
        model = Step
        fields = (
            "id",
            "source_id",
            "step",
            "attempt",
            "after",
            "verdict",
            "reason_code",
            "output",
            "flags",
            "model",
            "prompt_version",
            "run",
            "cell_key",
            "version",
            "created_at",
        )


@extend_schema_view(
    list=extend_schema(operation_id="datasets_scenarios_versions_list"),
    create=extend_schema(
        operation_id="datasets_scenarios_versions_create",
        responses={
            201: VersionSerializer,
            200: OpenApiResponse(VersionSerializer, "Nothing differs from the newest version."),
        },
    ),
)
class VersionViewSet(
    mixins.CreateModelMixin, mixins.ListModelMixin, viewsets.GenericViewSet[ScenarioVersion]
):
    """Every version of a scenario, the newest first; a POST adds one, as the page does."""

    serializer_class = VersionSerializer
    queryset = ScenarioVersion.objects.none()

    def get_queryset(self) -> QuerySet[ScenarioVersion]:
        """The scenario's versions; 404 for an unknown dataset or key."""
        if "slug" not in self.kwargs:  # the schema is made without a request
            return super().get_queryset()
        scenario = access_scenario_key(self.request.user, self.kwargs["slug"], self.kwargs["key"])
        return scenario.versions.select_related("scenario", "created_by").order_by("-number")

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """201 with the new version; 200 with the newest where nothing differs; 400 by column."""
        scenario = access_scenario_key(request.user, kwargs["slug"], kwargs["key"])
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        try:
            written = editing.edit(
                scenario=scenario,
                wording=editing.wording_from({name: given.get(name, "") for name in TEXTS}),
                based_on=given["based_on"],
                note=given["note"],
                actor=cast(User, request.user),
            )
        except BadInput as error:
            raise serializers.ValidationError(
                {error.column or "non_field_errors": [str(error)]}
            ) from None
        status = 201 if written.is_new else 200
        return Response(self.get_serializer(written.version).data, status=status)


@extend_schema_view(
    list=extend_schema(operation_id="datasets_constructions_list"),
    retrieve=extend_schema(operation_id="datasets_constructions_retrieve"),
)
class ConstructionViewSet(viewsets.ReadOnlyModelViewSet[Construction]):
    """The dataset's constructions, newest first."""

    serializer_class = ConstructionSerializer
    queryset = Construction.objects.none()

    def get_queryset(self) -> QuerySet[Construction]:
        """The constructions; 404 for an unknown slug."""
        if "slug" not in self.kwargs:
            return super().get_queryset()
        dataset = access_dataset(self.request.user, self.kwargs["slug"])
        return dataset.constructions.select_related("dataset")


@extend_schema_view(list=extend_schema(operation_id="datasets_constructions_steps_list"))
class StepViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Step]):
    """Every try at every step of a construction, by row and step."""

    serializer_class = StepSerializer
    filterset_fields = ("name", "verdict", "reason_code", "source_row__source_id")
    queryset = Step.objects.none()

    def get_queryset(self) -> QuerySet[Step]:
        """The steps; 404 for a construction that the dataset does not have."""
        if "slug" not in self.kwargs:
            return super().get_queryset()
        construction = access_construction(
            self.request.user, self.kwargs["slug"], self.kwargs["construction"]
        )
        return construction.steps.select_related("source_row", "version").order_by(
            "source_row", "id"
        )


def register(router: BaseRouter) -> None:
    """Put these nouns under the site's router."""
    dataset = r"datasets/(?P<slug>[-\w]+)"
    router.register(
        dataset + r"/scenarios/(?P<key>[^/]+)/versions", VersionViewSet, basename="dataset-version"
    )
    router.register(
        dataset + r"/constructions/(?P<construction>[0-9]+)/steps",
        StepViewSet,
        basename="dataset-step",
    )
    router.register(
        dataset + "/constructions", ConstructionViewSet, basename="dataset-construction"
    )
