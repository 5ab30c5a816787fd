"""Studies over REST: what the pages show, under pseudonyms; nothing is written here."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from annotation.models import Item
from survey.models import (
    Answer,
    Cohort,
    ExportRecord,
    Instrument,
    Participant,
    Study,
)
from survey.prolific_api import COHORT, ProlificEndpoints
from survey.services import coverage, exclusions
from survey.services.overview import studies


class FlowSerializer(serializers.Serializer[exclusions.Flow]):
    """How many participants reached each step."""

    recruited = serializers.IntegerField()
    consented = serializers.IntegerField()
    completed = serializers.IntegerField()
    passed = serializers.IntegerField()
    analysed = serializers.IntegerField()


class StudySerializer(serializers.ModelSerializer[Study]):
    """A study with how many people completed it."""

    release = serializers.CharField(source="release.__str__", read_only=True)
    dataset = serializers.CharField(source="release.dataset.slug", read_only=True)
    licence = serializers.CharField(source="release.dataset.licence", read_only=True)
    completed = serializers.IntegerField(help_text="Real participants who completed.")
    simulated = serializers.IntegerField(
        source="rehearsed", help_text="Simulated participants who completed."
    )

    class Meta:
        model = Study
        fields: tuple[str, ...] = (
            "slug",
            "name",
            "state",
            "origin",
            "scheme",
            "release",
            "dataset",
            "licence",
            "completed",
            "simulated",
            "created_at",
        )


class StudyDetailSerializer(StudySerializer):
    """The same with the flow of each cohort."""

    flow = serializers.SerializerMethodField(help_text="Steps by cohort: real, rehearsal, preview.")

    class Meta(StudySerializer.Meta):
        fields = (*StudySerializer.Meta.fields, "flow")

    @extend_schema_field(serializers.DictField(child=FlowSerializer()))
    def get_flow(self, study: Study) -> dict[str, dict[str, int]]:
        """The steps from recruited to analysed."""
        return {
            str(cohort.value): dict(exclusions.flow(study, cohort).steps()) for cohort in Cohort
        }


class ItemSerializer(serializers.ModelSerializer[Item]):
    """A scenario with its receiver."""

    scenario = serializers.CharField(source="version.scenario.key")
    country = serializers.CharField(source="version.country", help_text="ISO2.")
    theme = serializers.CharField(source="version.theme")

    class Meta:
        model = Item
        fields = (
            "scenario_item_id",
            "scenario",
            "country",
            "theme",
            "receiver_age",
            "receiver_gender",
        )


class CoverageSerializer(serializers.Serializer[coverage.CellCount]):
    """One cell: an item seen from one participant country (ISO2)."""

    item = serializers.IntegerField()
    country = serializers.CharField()
    relation = serializers.CharField()
    target = serializers.IntegerField()
    confirmed = serializers.IntegerField()
    leased = serializers.IntegerField()
    surplus = serializers.IntegerField()


class ParticipantSerializer(serializers.ModelSerializer[Participant]):
    """Somebody under a pseudonym; no recruiter's id is ever in it."""

    excluded = serializers.SerializerMethodField(help_text="Rules that leave them out.")

    class Meta:
        model = Participant
        fields: tuple[str, ...] = (
            "pseudonym", "cohort", "state", "country", "age_bucket", "gender", "language",
            "first_frame", "consent_at", "completed_at", "excluded",
        )  # fmt: skip

    def get_excluded(self, participant: Participant) -> list[str]:
        """The exclusions in force."""
        return sorted(e.rule for e in participant.exclusions.all() if e.reversed_at is None)


class AnswerSerializer(serializers.ModelSerializer[Answer]):
    """Both answers to one item."""

    participant = serializers.CharField(source="assignment.participant.pseudonym")
    scenario_item_id = serializers.CharField(source="assignment.item.scenario_item_id")
    receiver_age = serializers.CharField(source="assignment.item.receiver_age")
    receiver_gender = serializers.CharField(source="assignment.item.receiver_gender")
    relation = serializers.CharField(source="assignment.relation")
    position = serializers.IntegerField(source="assignment.position")
    option_order = serializers.CharField(source="assignment.option_order")
    surplus = serializers.BooleanField(source="assignment.surplus")

    class Meta:
        model = Answer
        fields: tuple[str, ...] = (
            "participant", "scenario_item_id", "receiver_age", "receiver_gender", "relation",
            "position", "option_order", "surplus", "personal", "norm", "importance_norm",
            "importance_preference", "perceived_share", "reason", "language", "instrument_hash",
            "saved_at",
        )  # fmt: skip


class InstrumentSerializer(serializers.ModelSerializer[Instrument]):
    """One version of what participants see."""

    class Meta:
        model = Instrument
        fields = ("number", "content_hash", "note", "created_at", "definition")


class ExportSerializer(serializers.ModelSerializer[ExportRecord]):
    """An export that was made."""

    class Meta:
        model = ExportRecord
        fields = ("kind", "name", "cohort", "rows", "content_hash", "made_at")


class StudyViewSet(ProlificEndpoints, viewsets.ReadOnlyModelViewSet[Study]):
    """Studies with their state and how many people answered."""

    lookup_field = "slug"
    filterset_fields: tuple[str, ...] = ()

    def _listed(self, rows: QuerySet[Any], serializer: type[Any]) -> Response:
        """One page of rows of this study."""
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(serializer(page, many=True).data)

    def _cohort(self) -> str:
        """The cohort in the query: real (default), rehearsal or preview."""
        cohort = self.request.query_params.get("cohort", str(Cohort.REAL.value))
        if cohort not in Cohort.values:
            raise ValidationError({"cohort": f"{cohort!r} is none of {', '.join(Cohort.values)}"})
        return cohort

    @extend_schema(responses=ItemSerializer(many=True))
    @action(detail=True)
    def items(self, request: Request, slug: str) -> Response:
        """The items that the study's release holds."""
        study = self.get_object()
        rows = Item.objects.filter(release=study.release_id).select_related("version__scenario")
        return self._listed(rows.order_by("pk"), ItemSerializer)

    @extend_schema(parameters=[COHORT], responses=CoverageSerializer(many=True))
    @action(detail=True)
    def coverage(self, request: Request, slug: str) -> Response:
        """Answers wanted, confirmed and under way, for every item and participant country."""
        study = self.get_object()
        counts = coverage.cell_counts(study, self._cohort()) if study.instruments.exists() else []
        page = self.paginate_queryset(counts) or []
        told = [CoverageSerializer(one).data for one in page]
        return self.get_paginated_response(told)

    @extend_schema(parameters=[COHORT], responses=ParticipantSerializer(many=True))
    @action(detail=True)
    def participants(self, request: Request, slug: str) -> Response:
        """Everybody of a cohort under a pseudonym, with the rules that leave them out."""
        people = Participant.objects.filter(study=self.get_object(), cohort=self._cohort())
        rows = people.prefetch_related("exclusions").order_by("pk")
        return self._listed(rows, ParticipantSerializer)

    @extend_schema(parameters=[COHORT], responses=AnswerSerializer(many=True))
    @action(detail=True)
    def answers(self, request: Request, slug: str) -> Response:
        """Every stored answer of a cohort; nobody who withdrew or is held back."""
        people = Participant.objects.filter(study=self.get_object()).in_cohort(self._cohort())
        rows = Answer.objects.filter(assignment__participant__in=people.takeable()).select_related(
            "assignment__participant", "assignment__item"
        )
        return self._listed(rows.order_by("pk"), AnswerSerializer)

    @extend_schema(responses=InstrumentSerializer(many=True))
    @action(detail=True)
    def instruments(self, request: Request, slug: str) -> Response:
        """The versions of the instrument, newest first."""
        return self._listed(self.get_object().instruments.order_by("-number"), InstrumentSerializer)

    @extend_schema(responses=ExportSerializer(many=True))
    @action(detail=True)
    def exports(self, request: Request, slug: str) -> Response:
        """The exports made so far. Files come from the study's data page."""
        return self._listed(self.get_object().exports.all(), ExportSerializer)

    def get_queryset(self) -> QuerySet[Study]:
        """Every study."""
        return studies()

    def get_serializer_class(self) -> type[StudySerializer]:
        """The flow is counted for one study only."""
        return StudyDetailSerializer if self.action == "retrieve" else StudySerializer


def register(router: BaseRouter) -> None:
    """Put this app's nouns under /api/."""
    router.register("studies", StudyViewSet, basename="study")
