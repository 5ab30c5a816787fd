"""Validations over REST, read-only: protocol and progress for researchers, and what was answered
for those whose own answers, if they give any, are final."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from drf_spectacular.utils import extend_schema_view as with_schemas
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from analysis.metrics.agreement import SINGLE_RATED, WEIGHTS
from annotation.access import access_results, access_validation
from annotation.models import Adjudication, Criterion, Label, SampledItem, Validation
from annotation.services.labels import results
from annotation.services.labels.rows import given
from annotation.services.validation.progress import SeatProgress, by_seat


class DetailSerializer(serializers.Serializer[Any]):
    """Why a request was refused."""

    detail = serializers.CharField()


UNKNOWN = OpenApiResponse(DetailSerializer, "No validation has this slug.")
HELD = OpenApiResponse(
    DetailSerializer,
    "You annotate here yourself: what others have said opens once your own answers are final, or "
    "the validation is closed. Also for those who are no researchers.",
)
CLOSED = OpenApiResponse(DetailSerializer, "Researchers only.")
STRANGER = OpenApiResponse(DetailSerializer, "Neither a session nor a token.")
OPEN_ERRORS = {401: STRANGER, 403: CLOSED, 404: UNKNOWN}
HELD_ERRORS = {401: STRANGER, 403: HELD, 404: UNKNOWN}


class CriterionSerializer(serializers.ModelSerializer[Criterion]):
    """One question about every item."""

    class Meta:
        model = Criterion
        fields = ("code", "question", "guidance")


class ValidationSerializer(serializers.ModelSerializer[Validation]):
    """A validation with its frozen protocol."""

    dataset = serializers.CharField(source="dataset.slug")
    criteria = CriterionSerializer(many=True)
    labels = serializers.ListField(child=serializers.CharField(), help_text="In their order.")
    stratify_by = serializers.ListField(child=serializers.CharField())
    plan = serializers.DictField(help_text="How the items are shared out.")
    removal_rule = serializers.DictField()

    class Meta:
        model = Validation
        fields = (
            "slug",
            "name",
            "state",
            "simulated",
            "dataset",
            "criteria",
            "labels",
            "sample_size",
            "stratify_by",
            "seed",
            "plan",
            "removal_rule",
            "population_size",
            "population_hash",
            "protocol_hash",
            "frozen_at",
            "closed_at",
            "created_at",
        )


class SampledItemSerializer(serializers.ModelSerializer[SampledItem]):
    """One item of the sample, with the scenario version behind it."""

    scenario = serializers.CharField(source="version.scenario.key", default=None, allow_null=True)
    version = serializers.IntegerField(source="version.number", default=None, allow_null=True)

    class Meta:
        model = SampledItem
        fields = ("key", "position", "stratum", "scenario", "version")


class LabelSerializer(serializers.ModelSerializer[Label]):
    """One label with its reason, under the annotator's pseudonym."""

    item = serializers.CharField(source="task.item.key")
    annotator = serializers.CharField(source="task.annotator.pseudonym")
    criterion = serializers.CharField(source="criterion.code")
    note = serializers.CharField(source="task.note", help_text="On the whole item.")
    repeat = serializers.IntegerField(source="task.repeat")
    revision = serializers.IntegerField(source="task.revision")
    flagged = serializers.BooleanField(source="task.flagged")
    seconds = serializers.FloatField(source="task.seconds", allow_null=True)
    submitted_at = serializers.DateTimeField(source="task.submitted_at", allow_null=True)

    class Meta:
        model = Label
        fields = (
            "item",
            "annotator",
            "criterion",
            "value",
            "reason",
            "note",
            "repeat",
            "revision",
            "flagged",
            "seconds",
            "submitted_at",
        )


class OutcomeSerializer(serializers.ModelSerializer[Adjudication]):
    """What the lead settled where annotators differ, and why; the labels stay as they are."""

    item = serializers.CharField(source="item.key")
    criterion = serializers.CharField(source="criterion.code")
    decided_by = serializers.CharField(source="decided_by.username", default=None, allow_null=True)

    class Meta:
        model = Adjudication
        fields = ("item", "criterion", "value", "rationale", "decided_by", "decided_at")


class AgreementSerializer(serializers.Serializer[Any]):
    """One coefficient of one criterion, or of all together (`__pooled__`); undefined is null."""

    criterion = serializers.CharField()
    coefficient = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    se = serializers.FloatField(allow_null=True)
    lower = serializers.FloatField(allow_null=True)
    upper = serializers.FloatField(allow_null=True)
    n_items = serializers.IntegerField()
    n_pairs = serializers.IntegerField()
    n_raters = serializers.IntegerField()
    n_dropped = serializers.IntegerField()
    single_rated = serializers.CharField(help_text="The rule for items with a single rating.")
    other_rule = serializers.FloatField(
        allow_null=True, help_text="The value under the other rule."
    )
    note = serializers.CharField(help_text="Remarks; why a value is null.")


class SeatSerializer(serializers.Serializer[SeatProgress]):
    """How far one annotator is, under a pseudonym."""

    annotator = serializers.CharField(source="seat.pseudonym")
    active = serializers.BooleanField(source="seat.active")
    finished_at = serializers.DateTimeField(source="seat.finished_at", allow_null=True)
    submitted = serializers.IntegerField(source="progress.submitted")
    skipped = serializers.IntegerField(source="progress.skipped")
    left = serializers.IntegerField(source="progress.left")


SINGLE = OpenApiParameter(
    "single_rated",
    enum=list(SINGLE_RATED),
    description="Whether items with one rating count towards chance. Default: include.",
)
WEIGHT = OpenApiParameter("weights", enum=list(WEIGHTS), description="Default: identity.")
WRONG = OpenApiResponse(OpenApiTypes.OBJECT, "An option has no such value.")


@with_schemas(
    list=extend_schema(
        responses={200: ValidationSerializer(many=True), 401: STRANGER, 403: CLOSED}
    ),
    retrieve=extend_schema(responses={200: ValidationSerializer, **OPEN_ERRORS}),
)
class ValidationViewSet(viewsets.ReadOnlyModelViewSet[Validation]):
    """Validations by people, newest first."""

    serializer_class = ValidationSerializer
    queryset = Validation.objects.select_related("dataset").prefetch_related("criteria")
    lookup_field = "slug"
    filterset_fields = ("state", "simulated")

    def get_object(self) -> Validation:
        """Through the same gate as the page."""
        return access_validation(self.request.user, self.kwargs["slug"])

    @extend_schema(responses={200: SampledItemSerializer(many=True), **OPEN_ERRORS}, filters=False)
    @action(detail=True)
    def items(self, request: Request, slug: str) -> Response:
        """The sample in its order."""
        rows = self.get_object().items.select_related("version__scenario")
        return self._listed(rows.order_by("position"), SampledItemSerializer)

    @extend_schema(responses={200: LabelSerializer(many=True), **HELD_ERRORS}, filters=False)
    @action(detail=True)
    def labels(self, request: Request, slug: str) -> Response:
        """Every submitted label, of annotators who have left as well."""
        rows = given(access_results(request.user, slug))
        return self._listed(
            rows.select_related("task__item", "task__annotator", "criterion"), LabelSerializer
        )

    @extend_schema(responses={200: OutcomeSerializer(many=True), **HELD_ERRORS}, filters=False)
    @action(detail=True)
    def outcomes(self, request: Request, slug: str) -> Response:
        """What was settled, item by item."""
        rows = Adjudication.objects.filter(item__validation=access_results(request.user, slug))
        related = rows.select_related("item", "criterion", "decided_by")
        return self._listed(
            related.order_by("item__position", "criterion__position"), OutcomeSerializer
        )

    @extend_schema(
        parameters=[SINGLE, WEIGHT],
        responses={200: AgreementSerializer(many=True), 400: WRONG, **HELD_ERRORS},
        filters=False,
    )
    @action(detail=True)
    def agreement(self, request: Request, slug: str) -> Response:
        """Every coefficient with its interval, by criterion and pooled; empty without labels."""
        validation = access_results(request.user, slug)
        rule = results.Rule(
            self._option("single_rated", SINGLE_RATED), self._option("weights", WEIGHTS)
        )
        found = results.agreement(validation, results.ratings_of(validation), rule)
        rows = [row for criterion in found for row in criterion.estimates.values()]
        return self._listed(rows, AgreementSerializer)

    @extend_schema(responses={200: SeatSerializer(many=True), **OPEN_ERRORS}, filters=False)
    @action(detail=True)
    def progress(self, request: Request, slug: str) -> Response:
        """How far every annotator is; never what they said."""
        return self._listed(by_seat(self.get_object()), SeatSerializer)

    def _listed(self, rows: QuerySet[Any] | Sequence[Any], serializer: type[Any]) -> Response:
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(serializer(page, many=True).data)

    def _option(self, name: str, known: tuple[str, ...]) -> str:
        value = self.request.query_params.get(name, known[0])
        if value not in known:
            raise ValidationError({name: f"{value!r} is none of {', '.join(known)}"})
        return value


def register(router: BaseRouter) -> None:
    """Put validations under the site's router."""
    router.register("validations", ValidationViewSet, basename="validation")
