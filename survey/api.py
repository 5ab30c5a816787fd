"""Studies over REST, read-only."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.routers import BaseRouter

from survey.models import Cohort, Study
from survey.services import exclusions
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


class StudyViewSet(viewsets.ReadOnlyModelViewSet[Study]):
    """Studies with their state and how many people answered."""

    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[Study]:
        """Every study."""
        return studies()

    def get_serializer_class(self) -> type[StudySerializer]:
        """The flow is counted for one study only."""
        return StudyDetailSerializer if self.action == "retrieve" else StudySerializer


def register(router: BaseRouter) -> None:
    """Put this app's nouns under /api/."""
    router.register("studies", StudyViewSet, basename="study")
