"""Runs over REST: what they are, how far, what they answered; starting, stopping, repeating them.

Planning a new run touches several apps: `pact_site.run_api` adds it, and puts all of this under
the site's router.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from modeling import run_serializers as shapes
from modeling.access import access_run
from modeling.endpoint_api import RunPreflight
from modeling.filters import RestRunFilter
from modeling.models import Run
from modeling.services import (
    answers,
    auditing,
    comparing,
    flips,
    progress,
    repeating,
    runs,
    starting,
)
from modeling.services.answers import LazyRows
from modeling.services.invalid import InvalidAnswers
from pact_site.base.errors import BadInput
from pact_site.base.models import User

PAGED = ("page", "page_size")
REFUSED = OpenApiResponse(
    OpenApiTypes.OBJECT, "What was wrong and what was expected: `detail`, or words by field."
)
ERRORS = {
    400: REFUSED,
    401: OpenApiResponse(shapes.RunRefusalSerializer, "Neither a session nor a token."),
    403: OpenApiResponse(
        shapes.RunRefusalSerializer,
        "Researchers only; a judge's run is closed to whoever still annotates its dataset.",
    ),
    404: OpenApiResponse(shapes.RunRefusalSerializer, "No run has this id."),
}
FILTERS = [
    OpenApiParameter(name, OpenApiTypes.STR, description=words)
    for name, words in (
        ("reason", "One reason's code."),
        ("frame", "Counterparts: personal or norm."),
        ("persona", "Counterparts: no_persona, or a code such as BR:older_male."),
        ("style", "Counterparts: a prompt style."),
        ("order", "The option that stands first."),
    )
]
PAGES = [
    OpenApiParameter("page", OpenApiTypes.INT),
    OpenApiParameter("page_size", OpenApiTypes.INT, description="At most 1,000."),
]


class RowPages(PageNumberPagination):
    """Pages of answers; `page_size` up to a thousand."""

    page_size_query_param = "page_size"
    max_page_size = 1000


class RunViewSet(RunPreflight, viewsets.ReadOnlyModelViewSet[Run]):
    """Runs of models, newest first. Imported answers are runs like any other."""

    serializer_class = shapes.RunSerializer
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    filterset_class: ClassVar[Any] = RestRunFilter

    def get_queryset(self) -> QuerySet[Run]:
        """Every run with its counts."""
        return progress.with_counts(Run.objects.select_related("repeat_of"))

    def get_object(self) -> Run:
        """One run, through its gate."""
        self._run()
        return super().get_object()

    def handle_exception(self, exc: Exception) -> Response:
        """Bad input is 400 with its words, and so are answers in files that are damaged."""
        try:
            with answers.reading(self._named()):
                raise exc
        except BadInput as error:
            exc = ValidationError({"detail": str(error)})
        except Exception as error:
            exc = error
        return super().handle_exception(exc)

    @extend_schema(responses={200: shapes.ProgressSerializer, **ERRORS}, filters=False)
    @action(detail=True, url_path="progress")
    def progress_now(self, request: Request, id: str) -> Response:
        """How far the run is: cells, tokens, cost, time left."""
        run = self._run()
        now = progress.of(run)
        told = asdict(now) | {
            "state": run.state, "error": run.error, "invalid_share": now.invalid_share,
        }  # fmt: skip
        return Response(shapes.ProgressSerializer(told).data)

    @extend_schema(responses={200: OpenApiTypes.OBJECT, **ERRORS}, filters=False)
    @action(detail=True)
    def manifest(self, request: Request, id: str) -> Response:
        """The manifest alone: what the run asked, of whom, with what."""
        return Response(self._run().manifest)

    @extend_schema(request=shapes.StartSerializer, responses={200: shapes.RunSerializer, **ERRORS})
    @action(detail=True, methods=["post"])
    def start(self, request: Request, id: str) -> Response:
        """Start a planned run, once its preflight has passed or is overridden; workers ask it."""
        given = _given(shapes.StartSerializer, request)
        return self._begin(override=given["override"])

    @extend_schema(request=None, responses={200: shapes.RunSerializer, **ERRORS})
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, id: str) -> Response:
        """Go on where a stopped or failed run was; nothing is asked twice."""
        return self._begin(override=False)

    @extend_schema(request=None, responses={200: shapes.RunSerializer, **ERRORS})
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, id: str) -> Response:
        """Hand out no further chunks; stored answers are kept."""
        run = self._run()
        runs.stop(run=run, reason=f"Stopped by {request.user}.", actor=_user(request))
        return self._told(run)

    @extend_schema(request=None, responses={200: shapes.RetriedSerializer, **ERRORS})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, id: str) -> Response:
        """Ask the chunks that failed once more, and nothing else."""
        n = runs.retry_failed(run=self._run(), actor=_user(request))
        return Response(shapes.RetriedSerializer({"chunks": n}).data)

    @extend_schema(request=shapes.RepeatSerializer, responses={201: shapes.RunSerializer, **ERRORS})
    @action(detail=True, methods=["post"])
    def repeat(self, request: Request, id: str) -> Response:
        """Plan the same run once more, linked to this one. It waits to be started."""
        given = _given(shapes.RepeatSerializer, request)
        run = self._run()
        asked = repeating.of_run(run, endpoint=given["endpoint"])
        made = repeating.repeat(asked, anyway=given["anyway"], actor=_user(request))
        return self._told(made, status.HTTP_201_CREATED)

    @extend_schema(
        responses={200: shapes.RowsPageSerializer, **ERRORS}, parameters=PAGES, filters=False
    )
    @action(detail=True)
    def answers(self, request: Request, id: str) -> Response:
        """Every stored answer, in the order of the plan, in the columns of the run's shards.

        For whole runs take `export_data predictions` or `decisions`, or the shards themselves.
        """
        return Response(self._page(LazyRows(answers.scan([self._run().pk]))))

    @extend_schema(
        responses={200: shapes.InvalidPageSerializer, **ERRORS},
        parameters=[*FILTERS, *PAGES], filters=False,
    )  # fmt: skip
    @action(detail=True)
    def invalid(self, request: Request, id: str) -> Response:
        """Answers that could not be read, with raw text and counts by reason.

        Every attribute of the run's kind is a filter; benchmark runs take role, balance and so on.
        """
        asked = request.query_params
        given = {name: str(value) for name, value in asked.items() if name not in PAGED}
        found = InvalidAnswers(self._run(), given)
        reasons = shapes.ReasonSerializer(found.reasons(), many=True).data
        return Response(self._page(found) | {"reasons": reasons})

    @extend_schema(
        responses={200: shapes.AuditPageSerializer, **ERRORS}, parameters=PAGES, filters=False
    )
    @action(detail=True)
    def audit(self, request: Request, id: str) -> Response:
        """How often the written answer names what the first token chose."""
        found = auditing.audit([self._run()])
        told = dict(shapes.AuditSerializer(found).data)
        return Response(told | {"disagreements": self._page(found.disagreements)})

    @extend_schema(
        responses={200: shapes.FlipsPageSerializer, **ERRORS}, filters=False,
        parameters=[
            OpenApiParameter("by", OpenApiTypes.STR, required=True, description="An attribute."),
            OpenApiParameter("base", OpenApiTypes.STR, description="Its first value."),
            OpenApiParameter("other", OpenApiTypes.STR, description="Its second; any without."),
            *PAGES,
        ],
    )  # fmt: skip
    @action(detail=True)
    def flips(self, request: Request, id: str) -> Response:
        """Pairs of answers that differ in one attribute alone and part in their choice."""
        asked = request.query_params
        found = flips.of(
            self._run(), asked.get("by", ""), base=asked.get("base", ""),
            other=asked.get("other", ""),
        )  # fmt: skip
        told = dict(shapes.FlipsSerializer(found).data)
        return Response(told | {"flipped": self._page(found.flipped, pairs=True)})

    @extend_schema(
        responses={200: shapes.ComparisonPageSerializer, **ERRORS}, filters=False,
        parameters=[OpenApiParameter("other", OpenApiTypes.STR, OpenApiParameter.PATH), *PAGES],
    )  # fmt: skip
    @action(detail=True, url_path="compare/(?P<other>[0-9a-z]+)")
    def compare(self, request: Request, id: str, other: str) -> Response:
        """This run and another of the same kind and release, paired cell by cell."""
        found = comparing.compare(self._run(), access_run(request.user, other))
        told = dict(shapes.ComparisonSerializer(found).data)
        return Response(told | {"flipped": self._page(found.flipped, pairs=True)})

    def _run(self) -> Run:
        return access_run(self.request.user, self.kwargs["id"])

    def _named(self) -> list[int]:
        """The runs that the address names."""
        ids = [value for name, value in self.kwargs.items() if name in ("id", "other")]
        return list(Run.objects.filter(public_id__in=ids).values_list("pk", flat=True))

    def _begin(self, *, override: bool) -> Response:
        run = self._run()
        if run.imported:
            raise BadInput("These answers were imported: there is nothing to ask.")
        starting.begin(run=run, override=override, actor=_user(self.request))
        return self._told(run)

    def _told(self, run: Run, code: int = status.HTTP_200_OK) -> Response:
        told = self.get_queryset().get(pk=run.pk)
        return Response(self.get_serializer(told).data, status=code)

    def _page(self, rows: Sequence[Any], *, pairs: bool = False) -> dict[str, Any]:
        pages = RowPages()
        found = pages.paginate_queryset(cast("QuerySet[Any]", rows), self.request) or []
        plain = [{"one": one, "two": two} for one, two in found] if pairs else list(found)
        told: dict[str, Any] = pages.get_paginated_response(plain).data
        return told


def _given(serializer: type[Any], request: Request) -> dict[str, Any]:
    form = serializer(data=request.data)
    form.is_valid(raise_exception=True)
    found: dict[str, Any] = form.validated_data
    return found


def _user(request: Request) -> User:
    return cast(User, request.user)
