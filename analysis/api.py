"""Reports over REST: list, detail, ask for one, and the estimates of a finished one."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from analysis.access import access_report, visible_reports
from analysis.frames.indicators import get_indicators
from analysis.frames.kinds import check_source
from analysis.frames.subjects import get_study, get_validation, resolve_cohort
from analysis.metrics.estimate import COLUMNS
from analysis.models import IndicatorTable, Report
from analysis.published import PAPERS
from analysis.reports.book import read_book
from analysis.reports.options import KINDS, LEVEL, REPLICATES, SEED, Options
from analysis.reports.service import file_of, request_report
from analysis.results_api import ResultsPageViewSet
from analysis.services.indicators import MOST_BYTES, delete_indicators, store_upload
from annotation.access import access_results
from pact_site.base.errors import BadInput


class ReportSerializer(serializers.ModelSerializer[Report]):
    """A report as JSON; its numbers are under `estimates`."""

    state = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField()

    class Meta:
        model = Report
        fields = (
            "public_id",
            "kind",
            "subject",
            "cohort",
            "options",
            "state",
            "progress",
            "summary",
            "created_at",
            "finished_at",
        )

    def get_state(self, report: Report) -> str:
        """Done, or the state of its job."""
        return state_of(report)

    def get_progress(self, report: Report) -> float:
        """Between 0 and 1."""
        return 1.0 if report.finished_at else (report.job.progress if report.job else 0.0)


class ReportRequestSerializer(serializers.Serializer[Any]):
    """What a report is asked for with."""

    kind = serializers.ChoiceField(choices=KINDS)
    study = serializers.SlugField(
        help_text="Slug of the study; of the validation where that is the kind."
    )
    cohort = serializers.ChoiceField(choices=("real", "rehearsal"), required=False)
    replicates = serializers.IntegerField(default=REPLICATES)
    seed = serializers.IntegerField(default=SEED)
    level = serializers.FloatField(default=LEVEL)
    published = serializers.ChoiceField(
        choices=sorted(PAPERS),
        required=False,
        help_text="A paper whose printed figures stand beside the report's own.",
    )
    indicators = serializers.SlugField(
        required=False,
        help_text="A table of figures about countries that stand beside their rates.",
    )
    reasons = serializers.BooleanField(
        default=False, help_text="Show what people gave as their reasons, under pseudonyms."
    )
    kinds_from = serializers.CharField(
        required=False,
        help_text="Who tells kinds of preference: dataset, or VALIDATION:CRITERION; else keywords.",
    )


class EstimateSerializer(serializers.Serializer[Any]):
    """One estimate, under the names of `estimates.csv`; undefined values are null."""

    table = serializers.CharField()
    setting = serializers.CharField()
    model = serializers.CharField()
    frame = serializers.CharField()
    group = serializers.DictField()
    metric = serializers.CharField()
    definition = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    lower = serializers.FloatField(allow_null=True)
    upper = serializers.FloatField(allow_null=True)
    n_items = serializers.IntegerField()
    n_humans = serializers.IntegerField()
    n_answers = serializers.IntegerField()
    n_dropped = serializers.IntegerField()
    note = serializers.CharField()


class EstimateQuery(serializers.Serializer[Any]):
    """Which estimates: those with these values, and a part of them."""

    table = serializers.CharField(required=False)
    metric = serializers.CharField(required=False)
    setting = serializers.CharField(required=False, allow_blank=True)
    model = serializers.CharField(required=False, allow_blank=True)
    frame = serializers.CharField(required=False, allow_blank=True)
    limit = serializers.IntegerField(required=False, min_value=1, help_text="At most so many.")
    offset = serializers.IntegerField(default=0, min_value=0, help_text="Leave out so many first.")


def state_of(report: Report) -> str:
    """Done, or the state of the job that builds it."""
    if report.finished_at:
        return "done"
    return str(report.job.state) if report.job else "queued"


class ReportViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Report]
):
    """Reports, newest first."""

    serializer_class = ReportSerializer
    queryset = Report.objects.select_related("job")
    lookup_field = "public_id"
    lookup_value_regex = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    filterset_fields = ("kind", "subject")

    def get_queryset(self) -> QuerySet[Report]:
        """Every report but those that would sway somebody's own answers."""
        return visible_reports(self.request.user).select_related("job")

    def get_object(self) -> Report:
        """Through the same gate as the page."""
        return access_report(self.request.user, self.kwargs["public_id"])

    @extend_schema(request=ReportRequestSerializer, responses={202: ReportSerializer})
    def create(self, request: Request) -> Response:
        """Queue a report; 202 with the row to watch."""
        wanted = ReportRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        try:
            options = Options(**wanted.validated_data)
            if options.indicators is not None:
                get_indicators(options.indicators)
            check_source(options.kinds_from)
            if options.kind == Report.Kind.VALIDATION:
                access_results(request.user, get_validation(options.study).slug)
            else:
                resolve_cohort(get_study(options.study), options.cohort)
        except BadInput as error:
            raise ValidationError({error.column or "study": [str(error)]}) from error
        report = request_report(options=options, actor=request.user)  # type: ignore[arg-type]
        return Response(ReportSerializer(report).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(parameters=[EstimateQuery], responses=EstimateSerializer(many=True))
    @action(detail=True, filter_backends=[], pagination_class=None)
    def estimates(self, request: Request, public_id: str) -> Response:
        """The numbers of a finished report, in the file's order; all of them without a limit.

        The header X-Total-Count says how many there are before `limit` and `offset`.
        """
        path = file_of(self.get_object(), "estimates.csv")
        if path is None:
            raise NotFound("The report is not built yet.")
        query = EstimateQuery(data=request.GET)
        query.is_valid(raise_exception=True)
        wanted = dict(query.validated_data)
        start, limit = wanted.pop("offset"), wanted.pop("limit", None)
        rows = [
            estimate
            for estimate in read_book(path).estimates
            if all(getattr(estimate, name) == value for name, value in wanted.items())
        ]
        shown = rows[start : None if limit is None else start + limit]
        # As the serializer above describes them; to ask it for every field of every row takes
        # nine times as long, and a report can have tens of thousands.
        data = [{name: getattr(estimate, name) for name in COLUMNS} for estimate in shown]
        return Response(data, headers={"X-Total-Count": str(len(rows))})


class IndicatorSerializer(serializers.ModelSerializer[IndicatorTable]):
    """A table of figures about countries; `file` is read on upload alone, `values` is what it held."""

    file = serializers.FileField(write_only=True, help_text="CSV: country, then one column each.")
    values = serializers.SerializerMethodField()

    class Meta:
        model = IndicatorTable
        fields = (
            "slug", "name", "source", "licence", "indicators", "content_hash", "created_at",
            "file", "values",
        )  # fmt: skip
        read_only_fields = ("indicators", "content_hash", "created_at")

    def get_values(self, table: IndicatorTable) -> dict[str, dict[str, float]]:
        """Indicator -> country (ISO 3166-1 alpha-2) -> value."""
        found: dict[str, dict[str, float]] = {name: {} for name in table.indicators}
        for one in table.values.all():
            found[one.indicator][one.country] = one.value
        return found


class IndicatorViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet[IndicatorTable],
):
    """Tables of figures about countries."""

    serializer_class = IndicatorSerializer
    queryset = IndicatorTable.objects.prefetch_related("values")
    lookup_field = "slug"
    parser_classes = (MultiPartParser,)

    def create(self, request: Request) -> Response:
        """Upload a table; 201 with its values, 400 with file, row and column of what is wrong."""
        wanted = IndicatorSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
        upload = given.pop("file")
        if upload.size > MOST_BYTES:
            raise ValidationError({"file": ["The file is larger than 1 MB."]})
        try:
            table = store_upload(upload, actor=request.user, **given)  # type: ignore[arg-type]
        except BadInput as error:
            column = error.column if error.column in ("slug", "name", "source", "licence") else None
            raise ValidationError({column or "file": [str(error)]}) from error
        return Response(IndicatorSerializer(table).data, status=status.HTTP_201_CREATED)

    def perform_destroy(self, instance: IndicatorTable) -> None:
        """With an audit row."""
        delete_indicators(table=instance, actor=self.request.user)  # type: ignore[arg-type]


def register(router: BaseRouter) -> None:
    """Put this app's nouns under `/api/`."""
    router.register("reports", ReportViewSet, basename="report")
    router.register("results", ResultsPageViewSet, basename="results")
    router.register("indicators", IndicatorViewSet, basename="indicators")
