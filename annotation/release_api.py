"""Releases, screenings with their ledgers, and schemes over REST, read-only."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from annotation.access import access_dataset, access_screening, refuse_unfinished
from annotation.models import Release, ScenarioVersion, Screening
from annotation.services import schemes
from annotation.services import screening_ledger as ledgers
from annotation.services.schemes import DISTANCE, REGION
from annotation.services.screening import with_outcome
from annotation.vocab.distance import UnknownScheme
from annotation.vocab.regions import UnknownRegions

SLUG = r"(?P<slug>[-\w]+)"


class ReleaseSerializer(serializers.ModelSerializer[Release]):
    """A release: its counts before and after, its hash, and the screening behind it."""

    dataset = serializers.CharField(source="dataset.slug")
    screening = serializers.SerializerMethodField(help_text="Null where nobody screened it.")
    counts = serializers.JSONField(help_text="Before and after, in all, by country and source.")

    class Meta:
        model = Release
        fields = ("dataset", "number", "content_hash", "note", "counts", "screening", "created_at")

    def get_screening(self, release: Release) -> int | None:
        """The screening's number."""
        screening = getattr(release, "screening", None)
        return screening.pk if screening else None


class FrozenSerializer(serializers.ModelSerializer[ScenarioVersion]):
    """A scenario of a release, in the version that was frozen."""

    key = serializers.CharField(source="scenario.key")
    version = serializers.IntegerField(source="number")

    class Meta:
        model = ScenarioVersion
        fields = (
            "key",
            "version",
            "country",
            "situation",
            "cultural_expectation",
            "personal_preference",
            "culture_action",
            "preference_action",
            "setting",
            "theme",
            "preference_type",
            "preference_strength",
            "norm_basis",
            "content_hash",
        )


class ScreeningSerializer(serializers.ModelSerializer[Screening]):
    """A screening with what it came to and how often its rule errs."""

    dataset = serializers.CharField(source="dataset.slug")
    release = serializers.IntegerField(source="release.number", default=None)
    rule = serializers.JSONField()
    checks = serializers.JSONField()
    outcome = serializers.SerializerMethodField()
    error_rates = serializers.SerializerMethodField(
        method_name="get_rates", help_text="Estimates with 95 % intervals; null with a note."
    )

    class Meta:
        model = Screening
        fields = (
            "id",
            "dataset",
            "name",
            "rule",
            "seed",
            "checks",
            "versions_hash",
            "release",
            "simulated",
            "outcome",
            "error_rates",
            "created_at",
        )

    def get_outcome(self, screening: Screening) -> dict[str, int]:
        """Counts of what was looked at, flagged, checked, removed and kept."""
        found = ledgers.outcome(screening)
        return {
            "scenarios": found.before,
            "flagged": found.flagged.size,
            "not_judged": found.not_judged,
            "to_check": found.to_check,
            "checked": found.checked,
            "removed": found.removed,
            "kept": found.after,
        }

    def get_rates(self, screening: Screening) -> list[dict[str, Any]]:
        """The error rates of the rule."""
        return [
            {
                "metric": rate.metric,
                "value": rate.value,
                "lower": rate.lower,
                "upper": rate.upper,
                "checked": rate.n_sampled,
                "of": rate.n_population,
                "note": rate.note,
            }
            for rate in ledgers.errors(screening)
        ]


class ScreenedSerializer(serializers.Serializer[Any]):
    """One row of a ledger."""

    key = serializers.CharField(source="version.scenario.key")
    version = serializers.IntegerField(source="version.number")
    country = serializers.CharField(source="version.country", help_text="ISO 3166-1 alpha-2.")
    flagged = serializers.BooleanField()
    reasons = serializers.JSONField()
    to_check = serializers.BooleanField()
    decision = serializers.CharField(allow_null=True)
    decision_reason = serializers.CharField(source="decided_because", allow_null=True)
    removed = serializers.BooleanField()


class SchemeSerializer(serializers.Serializer[Any]):
    """A distance or region scheme; `edition` is null for a shipped one."""

    kind = serializers.CharField()
    name = serializers.CharField()
    edition = serializers.IntegerField(allow_null=True)
    hash = serializers.CharField()
    note = serializers.CharField()


class DefinedSerializer(SchemeSerializer):
    """The same with its definition, in the form of the data files."""

    definition = serializers.JSONField()


@extend_schema_view(list=extend_schema(operation_id="datasets_releases_list"))
class ReleaseViewSet(viewsets.ReadOnlyModelViewSet[Release]):
    """The releases of a dataset."""

    serializer_class = ReleaseSerializer
    lookup_field = "number"
    lookup_value_regex = r"\d+"
    queryset = Release.objects.none()

    def get_queryset(self) -> QuerySet[Release]:
        """The dataset's releases; 404 for an unknown slug."""
        if "slug" not in self.kwargs:  # the schema is made without a request
            return super().get_queryset()
        dataset = access_dataset(self.request.user, self.kwargs["slug"])
        return dataset.releases.select_related("dataset", "screening").order_by("number")


class FrozenViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[ScenarioVersion]):
    """The scenarios of a release, as they were frozen."""

    serializer_class = FrozenSerializer
    queryset = ScenarioVersion.objects.none()

    def get_queryset(self) -> QuerySet[ScenarioVersion]:
        """The release's versions by key; 404 where there is no such release."""
        if "slug" not in self.kwargs:
            return super().get_queryset()
        dataset = access_dataset(self.request.user, self.kwargs["slug"])
        release = dataset.releases.filter(number=self.kwargs["number"]).first()
        if release is None:
            raise Http404
        return release.versions.select_related("scenario").order_by("scenario__key")


@extend_schema_view(list=extend_schema(operation_id="datasets_screenings_list"))
class ScreeningViewSet(viewsets.ReadOnlyModelViewSet[Screening]):
    """The screenings of a dataset; closed to people who still annotate it."""

    serializer_class = ScreeningSerializer
    lookup_value_regex = r"\d+"
    queryset = Screening.objects.none()

    def get_queryset(self) -> QuerySet[Screening]:
        """The dataset's screenings, the newest first."""
        if "slug" not in self.kwargs:
            return super().get_queryset()
        dataset = access_dataset(self.request.user, self.kwargs["slug"])
        refuse_unfinished(self.request.user, dataset)
        return dataset.screenings.select_related("dataset", "release")


class LedgerViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    """The ledger of a screening, a row a scenario; closed to people who still annotate it."""

    serializer_class = ScreenedSerializer
    queryset = Screening.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        """The screening's rows in the dataset's order."""
        if "slug" not in self.kwargs:
            return super().get_queryset()
        return with_outcome(
            access_screening(self.request.user, self.kwargs["slug"], int(self.kwargs["pk"]))
        )


class SchemeViewSet(viewsets.GenericViewSet[Any]):
    """Distance and region schemes: the shipped ones and the newest edition of each own one."""

    serializer_class = SchemeSerializer
    filter_backends = []
    lookup_value_regex = r"(?:distance|region)/[-\w]+(?:@\d+)?"

    @extend_schema(responses=SchemeSerializer(many=True))
    def list(self, request: Request) -> Response:
        """All schemes, those of distances first."""
        rows = [*schemes.all_schemes(DISTANCE), *schemes.all_schemes(REGION)]
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(SchemeSerializer(page, many=True).data)

    @extend_schema(
        responses=DefinedSerializer,
        parameters=[
            OpenApiParameter(
                "id", OpenApiTypes.STR, OpenApiParameter.PATH, description="Kind and name."
            )
        ],
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        """One scheme with its definition: `distance/geo-v1`, `region/mine@2`."""
        kind, _, name = pk.partition("/")
        try:
            definition = schemes.definition_of(kind, name)
        except (UnknownScheme, UnknownRegions):
            raise Http404 from None
        edition = schemes.edition_named(kind, name)
        found = {
            "kind": kind,
            "name": schemes.full_name(kind, name),
            "edition": edition.edition if edition else None,
            "hash": schemes.hash_of(kind, name),
            "note": edition.note if edition else "",
            "definition": definition,
        }
        return Response(DefinedSerializer(found).data)


def register(router: BaseRouter) -> None:
    """Put these nouns under the site's router."""
    releases, screenings = rf"datasets/{SLUG}/releases", rf"datasets/{SLUG}/screenings"
    router.register(releases, ReleaseViewSet, basename="dataset-release")
    router.register(
        rf"{releases}/(?P<number>\d+)/scenarios", FrozenViewSet, basename="release-scenario"
    )
    router.register(screenings, ScreeningViewSet, basename="dataset-screening")
    router.register(rf"{screenings}/(?P<pk>\d+)/ledger", LedgerViewSet, basename="screening-ledger")
    router.register("schemes", SchemeViewSet, basename="scheme")
