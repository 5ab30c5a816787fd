"""Results pages over REST: drafts, what would become public, publishing and taking back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from analysis.access import access_published
from analysis.models import Report, ResultsPage
from analysis.services.results import pages
from analysis.services.results.draft import LIMITS, MINIMUM, NOTE_LIMIT, read_draft
from analysis.services.results.exporting import zip_page
from analysis.services.results.freezing import hash_of
from analysis.services.results.offer import reports_of
from pact_site.base.errors import BadInput
from survey.access import access_study


class DraftSerializer(serializers.Serializer[Any]):
    """The words and choices of a page; what is not sent keeps its usual value."""

    report = serializers.UUIDField(help_text="A finished report on the study.")
    figures = serializers.ListField(child=serializers.CharField(), required=False)
    tables = serializers.ListField(child=serializers.CharField(), required=False)
    example = serializers.CharField(required=False, allow_blank=True)
    minimum = serializers.IntegerField(default=MINIMUM)
    year = serializers.IntegerField(required=False, allow_null=True)
    notes = serializers.DictField(
        child=serializers.CharField(max_length=NOTE_LIMIT, allow_blank=True), required=False
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The fields above and one for each text."""
        words = {
            name: serializers.CharField(max_length=limit, required=False, allow_blank=True)
            for name, limit in LIMITS.items()
        }
        return {**super().get_fields(), **words}


class ConfirmSerializer(serializers.Serializer[Any]):
    """Publishing asks: the hash of what `becomes-public` has shown."""

    hash = serializers.CharField(max_length=64)


class ResultsPageSerializer(serializers.ModelSerializer[ResultsPage]):
    """A study's page as JSON."""

    report = serializers.SlugRelatedField(slug_field="public_id", read_only=True)  # type: ignore[var-annotated]
    is_published = serializers.BooleanField(read_only=True)
    newer_report = serializers.SerializerMethodField()
    withdrawn_since = serializers.SerializerMethodField()

    class Meta:
        model = ResultsPage
        fields = (
            "study",
            "report",
            "draft",
            "is_published",
            "edition",
            "published_at",
            "frozen_hash",
            "newer_report",
            "withdrawn_since",
        )
        read_only_fields = fields

    def get_newer_report(self, page: ResultsPage) -> str | None:
        """A report built after the one that is public."""
        standing = pages.standing_of(page)
        return str(standing.newer.public_id) if standing and standing.newer else None

    def get_withdrawn_since(self, page: ResultsPage) -> int:
        """People still counted on the public page who have withdrawn since."""
        standing = pages.standing_of(page)
        return standing.withdrawn if standing else 0


class ResultsPageViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ResultsPage]
):
    """Results pages, by the slug of their study."""

    serializer_class = ResultsPageSerializer
    queryset = ResultsPage.objects.select_related("report")
    lookup_field = "study"
    lookup_value_regex = "[-a-zA-Z0-9_]+"
    filterset_fields = ("study",)

    def get_queryset(self) -> QuerySet[ResultsPage]:
        """Every page, drafts included: this interface is for researchers alone."""
        return ResultsPage.objects.select_related("report")

    @extend_schema(request=DraftSerializer, responses=ResultsPageSerializer)
    def update(self, request: Request, study: str) -> Response:
        """Keep a draft; nothing of it becomes public."""
        found = access_study(study)
        wanted = DraftSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        values = dict(wanted.validated_data)
        report = _report(study, values.pop("report"))
        try:
            page = pages.save_draft(
                study=found,
                draft=read_draft(values),
                report=report,
                actor=request.user,  # type: ignore[arg-type]
            )
        except BadInput as error:
            raise _refusal(error) from error
        return Response(ResultsPageSerializer(page).data)

    @extend_schema(responses=OpenApiTypes.OBJECT)
    @action(detail=True, url_path="becomes-public", filter_backends=[], pagination_class=None)
    def becomes_public(self, request: Request, study: str) -> Response:
        """Everything that publishing would make public now, with its hash."""
        frozen = self._frozen(self.get_object())
        return Response({"hash": hash_of(frozen), "content": frozen})

    @extend_schema(request=ConfirmSerializer, responses=ResultsPageSerializer)
    @action(detail=True, methods=["post"], filter_backends=[])
    def publish(self, request: Request, study: str) -> Response:
        """Publish exactly what `becomes-public` showed."""
        page = self.get_object()
        confirmed = ConfirmSerializer(data=request.data)
        confirmed.is_valid(raise_exception=True)
        frozen = self._frozen(page)
        if confirmed.validated_data["hash"] != hash_of(frozen):
            raise ValidationError({"hash": ["The draft or its report has changed since."]})
        made = pages.publish(page=page, frozen=frozen, actor=request.user)  # type: ignore[arg-type]
        return Response(ResultsPageSerializer(made).data)

    @extend_schema(request=None, responses=ResultsPageSerializer)
    @action(detail=True, methods=["post"], filter_backends=[])
    def unpublish(self, request: Request, study: str) -> Response:
        """Take the page back; the draft stays."""
        page = self.get_object()
        pages.unpublish(page=page, actor=request.user)  # type: ignore[arg-type]
        page.refresh_from_db()
        return Response(ResultsPageSerializer(page).data)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    @action(detail=True, filter_backends=[], pagination_class=None)
    def site(self, request: Request, study: str) -> HttpResponse:
        """The published page as a folder in a zip file."""
        packed = zip_page(access_published(study))
        return HttpResponse(
            packed.getvalue(),
            content_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="{study}-results.zip"'},
        )

    @staticmethod
    def _frozen(page: ResultsPage) -> dict[str, Any]:
        try:
            return pages.frozen_draft(page)
        except BadInput as error:
            raise _refusal(error) from error


def _report(study: str, public_id: UUID) -> Report:
    report = reports_of(study).filter(public_id=public_id).first()
    if report is None:
        raise ValidationError({"report": ["No finished report on this study has this id."]})
    return report


def _refusal(error: BadInput) -> ValidationError:
    return ValidationError({error.column or "detail": [str(error)]})
