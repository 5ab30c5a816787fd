"""Endpoints over REST: set up, changed, put away, tried. Keys are named and never shown."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from annotation.services.datasets import BadArgument
from modeling.access import access_run
from modeling.models import ModelEndpoint
from modeling.services import endpoint_rows, preflight, preflight_jobs, runs
from modeling.services.addresses import key_of
from modeling.services.endpoints import of_row, stored
from pact_site.base.errors import BadInput
from pact_site.base.models import Job, User


class CheckSerializer(serializers.Serializer[Any]):
    """One thing that a preflight looked at."""

    name = serializers.CharField()
    passed = serializers.BooleanField()
    severity = serializers.ChoiceField(
        ["info", "warning", "error"], help_text="An error holds a run back, a warning does not."
    )
    words = serializers.CharField(help_text="What was seen, in the server's words where it spoke.")
    advice = serializers.CharField(help_text="What to do about it; empty where it passed.")


class PreflightSerializer(serializers.Serializer[Any]):
    """The last preflight; `state` is null before the first one, `checks` are empty until it is done."""

    state = serializers.CharField(allow_null=True)
    error = serializers.CharField(help_text="Why the preflight itself could not be made.")
    passed = serializers.BooleanField(allow_null=True)
    at = serializers.CharField(allow_null=True)
    checks = CheckSerializer(many=True)


class EndpointSerializer(serializers.ModelSerializer[ModelEndpoint]):
    """An endpoint of the interface. Prices are of a million tokens, null where unknown."""

    has_key = serializers.SerializerMethodField(
        help_text="Whether the web server's environment holds the key that `key_variable` names."
    )

    class Meta:
        model = ModelEndpoint
        fields = ("name", *endpoint_rows.FIELDS, "archived", "has_key", "created_at")
        read_only_fields = ("created_at",)

    def get_has_key(self, row: ModelEndpoint) -> bool:
        """Whether there is a key."""
        return bool(key_of(row.key_variable))


class EndpointViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[ModelEndpoint],
):
    """Endpoints of the interface; `env` and the baselines are always there and stand not here."""

    serializer_class = EndpointSerializer
    lookup_field = "name"
    filterset_fields = ("kind", "archived")
    http_method_names = ("get", "head", "options", "post", "patch")

    def get_queryset(self) -> QuerySet[ModelEndpoint]:
        """All of them, archived ones too."""
        return ModelEndpoint.objects.order_by("name")

    def perform_create(self, serializer: serializers.BaseSerializer[ModelEndpoint]) -> None:
        """Set one up."""
        given = dict(serializer.validated_data)
        given.pop("archived", None)
        serializer.instance = _refusing(endpoint_rows.add, actor=_user(self.request), **given)

    def perform_update(self, serializer: serializers.BaseSerializer[ModelEndpoint]) -> None:
        """Change what is given, and archive or restore it; its name stays."""
        given, actor = dict(serializer.validated_data), _user(self.request)
        archived = given.pop("archived", None)
        row = serializer.instance
        assert row is not None
        if given.pop("name", row.name) != row.name:
            raise serializers.ValidationError({"name": ["An endpoint keeps its name."]})
        if given:
            row = _refusing(endpoint_rows.change, row=row, actor=actor, **given)
        if archived is not None:
            row = endpoint_rows.archive(row=row, archived=archived, actor=actor)
        serializer.instance = row

    @extend_schema(methods=["get"], responses=PreflightSerializer)
    @extend_schema(methods=["post"], responses={202: PreflightSerializer}, request=None)
    @action(detail=True, methods=["get", "post"])
    def preflight(self, request: Request, name: str) -> Response:
        """POST queues a preflight with ten small questions; GET tells how the last one went."""
        row = get_object_or_404(ModelEndpoint, name=name)
        if request.method != "POST":
            return Response(told(preflight_jobs.last_of_endpoint(row)))
        if not preflight.needed(of_row(row)):
            raise serializers.ValidationError({"detail": "This endpoint needs no preflight."})
        job = preflight_jobs.of_endpoint(row, actor=_user(request))
        return Response(told(job), status=status.HTTP_202_ACCEPTED)


class RunPreflight:
    """The same for a run, with its own prompts; for the viewset of runs."""

    @extend_schema(methods=["get"], responses=PreflightSerializer, filters=False)
    @extend_schema(
        methods=["post"], responses={202: PreflightSerializer}, request=None, filters=False
    )
    @action(detail=True, methods=["get", "post"])
    def preflight(self, request: Request, id: str) -> Response:
        """POST queues a preflight with a few of the run's own prompts; GET tells the last one."""
        run = access_run(request.user, id)
        job = preflight_jobs.last_of_run(run)
        if request.method != "POST":
            return Response(told(job, run.preflight))
        if not preflight.needed(stored(run.endpoint)) or run.state not in runs.STARTABLE:
            raise serializers.ValidationError(
                {"detail": "This run needs no preflight, or is past it."}
            )
        job = preflight_jobs.of_run(run, actor=_user(request))
        return Response(told(job), status=status.HTTP_202_ACCEPTED)


def told(job: Job | None, kept: dict[str, Any] | None = None) -> dict[str, Any]:
    """How a preflight stands, in the shape of `PreflightSerializer`; a run keeps its result."""
    result = kept or (job.result if job is not None else None) or {}
    return {
        "state": job.state if job is not None else None,
        "error": job.error if job is not None else "",
        "passed": result.get("passed"),
        "at": result.get("at"),
        "checks": result.get("checks", []),
    }


def _refusing(write: Any, **given: Any) -> ModelEndpoint:
    try:
        return cast(ModelEndpoint, write(**given))
    except BadInput as error:
        argument = error.argument if isinstance(error, BadArgument) else ""
        raise serializers.ValidationError({argument or "non_field_errors": [str(error)]}) from None


def _user(request: Request) -> User:
    return cast(User, request.user)


def register(router: BaseRouter) -> None:
    """Put endpoints under the site's router."""
    router.register("endpoints", EndpointViewSet, basename="endpoint")
