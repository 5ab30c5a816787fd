"""Datasets and scenarios over REST, read-only; the licence travels with every scenario."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.routers import BaseRouter

from annotation import editing_api, judging_api, release_api, validation_api
from annotation.access import access_dataset
from annotation.filters import ScenarioFilter
from annotation.models import Dataset, ScenarioVersion
from annotation.services import datasets
from annotation.vocab.countries import by_iso2


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    """A dataset with its size and licence."""

    scenarios = serializers.IntegerField(
        source="scenario_count", read_only=True, help_text="How many scenarios it holds."
    )

    class Meta:
        model = Dataset
        fields = (
            "slug",
            "name",
            "source_format",
            "source_version",
            "licence",
            "licence_url",
            "attribution",
            "scenarios",
            "created_at",
        )


class ScenarioSerializer(serializers.ModelSerializer[ScenarioVersion]):
    """The newest version of a scenario, with where it comes from."""

    key = serializers.CharField(source="scenario.key")
    version = serializers.IntegerField(source="number")
    country = serializers.SerializerMethodField(help_text="Full English name.")
    country_code = serializers.CharField(source="country", help_text="ISO 3166-1 alpha-2.")
    is_askable = serializers.BooleanField(help_text="Whether both actions are written out.")
    dataset = serializers.CharField(source="scenario.dataset.slug")
    licence = serializers.CharField(source="scenario.dataset.licence")
    licence_url = serializers.CharField(source="scenario.dataset.licence_url")
    source_id = serializers.CharField(
        source="scenario.source_row.source_id", default=None, allow_null=True
    )
    gold_label = serializers.CharField(
        source="scenario.source_row.gold_label", default=None, allow_null=True
    )

    class Meta:
        model = ScenarioVersion
        fields = (
            "key",
            "version",
            "country",
            "country_code",
            "setting",
            "theme",
            "preference_type",
            "preference_strength",
            "situation",
            "cultural_expectation",
            "personal_preference",
            "culture_action",
            "preference_action",
            "norm_basis",
            "is_askable",
            "dataset",
            "licence",
            "licence_url",
            "source_id",
            "gold_label",
        )

    def get_country(self, version: ScenarioVersion) -> str:
        """The country's full English name."""
        return by_iso2(version.country).name


class DatasetViewSet(viewsets.ReadOnlyModelViewSet[Dataset]):
    """Datasets with their size and licence."""

    serializer_class = DatasetSerializer
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[Dataset]:
        """Every dataset."""
        return datasets.with_sizes()


@extend_schema_view(list=extend_schema(operation_id="datasets_scenarios_list"))
class ScenarioViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[ScenarioVersion]):
    """The newest version of each scenario of a dataset, to filter and page through."""

    serializer_class = ScenarioSerializer
    filterset_class = ScenarioFilter
    queryset = ScenarioVersion.objects.none()

    def get_queryset(self) -> QuerySet[ScenarioVersion]:
        """The dataset's scenarios; 404 for an unknown slug."""
        if "slug" not in self.kwargs:  # the schema is made without a request
            return super().get_queryset()
        return datasets.current_versions(access_dataset(self.request.user, self.kwargs["slug"]))


def register(router: BaseRouter) -> None:
    """Put this app's nouns under the site's router."""
    validation_api.register(router)
    router.register("datasets", DatasetViewSet, basename="dataset")
    router.register(
        r"datasets/(?P<slug>[-\w]+)/scenarios", ScenarioViewSet, basename="dataset-scenario"
    )
    judging_api.register(router)
    editing_api.register(router)
    release_api.register(router)
