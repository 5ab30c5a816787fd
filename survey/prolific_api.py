"""Prolific's side of a study over REST: link and statuses, ledger, decisions. Under pseudonyms only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from survey.models import Cohort, ProlificDecision, ProlificSubmission, Study
from survey.prolific.choosing import SHOWS, choose
from survey.prolific.connection import by_status, connection
from survey.prolific.ledger import Entry, counts, ledger
from survey.prolific.polling import last_poll
from survey.prolific.suggesting import Kind, Next

if TYPE_CHECKING:
    from rest_framework.viewsets import ReadOnlyModelViewSet

    Base = ReadOnlyModelViewSet[Study]
else:
    Base = object

COHORT = OpenApiParameter("cohort", enum=list(Cohort.values), description="Default: real.")
SHOW = OpenApiParameter("show", enum=list(SHOWS), description="Default: every line.")
KIND = OpenApiParameter("kind", enum=[one.value for one in Kind], description="A discrepancy.")
NEXT = OpenApiParameter("next", enum=[one.value for one in Next], description="The next step.")
ACTION = OpenApiParameter("action", enum=list(ProlificDecision.Action.values))
STATE = OpenApiParameter("state", enum=list(ProlificDecision.State.values))
PAGE = OpenApiParameter("page", OpenApiTypes.INT, description="Which page of the list.")

ERRORS = {
    400: OpenApiResponse(description="A filter has a value that does not exist; it is named."),
    403: OpenApiResponse(description="Not signed in, or not as a researcher."),
    404: OpenApiResponse(
        description="No such study, no answers are collected for it, or no such page."
    ),
}


class ConnectionSerializer(serializers.Serializer[dict[str, Any]]):
    """How a study is connected with Prolific, and what is known of its submissions."""

    prolific_study_id = serializers.CharField(help_text="Empty: not linked.")
    token_set = serializers.BooleanField(help_text="Whether Prolific can be asked at all.")
    webhook_secret_set = serializers.BooleanField(help_text="Whether webhooks are taken.")
    polled_at = serializers.DateTimeField(allow_null=True)
    poll_state = serializers.CharField(help_text="Of the newest poll; empty before the first.")
    event_at = serializers.DateTimeField(allow_null=True, help_text="The newest webhook.")
    imported_at = serializers.DateTimeField(allow_null=True, help_text="The newest export.")
    statuses = serializers.DictField(
        child=serializers.IntegerField(), help_text="Submissions by Prolific's status."
    )
    discrepancies = serializers.DictField(
        child=serializers.IntegerField(), help_text="Lines of the ledger by kind, zeros included."
    )


class LedgerSerializer(serializers.Serializer[Entry]):
    """One line of the ledger: a session here, a submission there, or both."""

    submission = serializers.IntegerField(
        source="key", allow_null=True, help_text="As in decisions; null where only we know of it."
    )
    pseudonym = serializers.CharField(help_text="Empty: nobody known here.")
    state = serializers.CharField(help_text="Of the session here; empty without one.")
    status = serializers.ChoiceField(
        choices=[("", ""), *((one, one) for one in ProlificSubmission.Status.values)],
        help_text="At Prolific; empty where it has told nothing.",
    )
    code_given = serializers.CharField()
    code_expected = serializers.CharField()
    checks_failed = serializers.IntegerField(source="failed")
    checks_answered = serializers.IntegerField(source="asked")
    seconds = serializers.FloatField(allow_null=True)
    kinds = serializers.ListField(child=serializers.CharField(), help_text="Discrepancies.")
    flags = serializers.ListField(child=serializers.CharField())
    next = serializers.CharField(source="action")
    reason = serializers.CharField(source="suggestion.reason")


class DecisionSerializer(serializers.ModelSerializer[ProlificDecision]):
    """A decision about paying for a submission, with what it rests on."""

    submission = serializers.IntegerField(source="submission_id")
    because = serializers.CharField(source="evidence.because", default="")
    decided_by = serializers.CharField(source="decided_by.username", default=None, allow_null=True)

    class Meta:
        model = ProlificDecision
        fields: tuple[str, ...] = (
            "submission", "action", "category", "message", "because", "state", "error",
            "decided_by", "decided_at", "sent_at",
        )  # fmt: skip


class ProlificEndpoints(Base):
    """The part of a study's endpoints that is about Prolific; nothing is written here."""

    def _recruited(self) -> Study:
        """The study, if it collects answers here; 404 otherwise."""
        study: Study = self.get_object()
        if not study.instruments.exists():
            raise Http404
        return study

    def _chosen(self, name: str, allowed: Iterable[str], default: str = "") -> str:
        """A filter of the query; 400 names what it may be."""
        value = str(self.request.query_params.get(name, default))
        if value and value not in allowed:
            raise ValidationError({name: f"{value!r} is none of {', '.join(allowed)}"})
        return value

    def _paged(self, rows: Any, serializer: type[Any]) -> Response:
        """One page of a list or a query."""
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(serializer(page, many=True).data)

    def _asked_cohort(self) -> str:
        return self._chosen("cohort", Cohort.values, "real") or "real"

    @extend_schema(parameters=[COHORT], responses={200: ConnectionSerializer, **ERRORS})
    @action(detail=True, pagination_class=None, filter_backends=[])
    def prolific(self, request: Request, slug: str) -> Response:
        """The link with Prolific, when news last came, and counts of statuses and discrepancies."""
        study = self._recruited()
        entries = ledger(study, self._asked_cohort())
        known, job = connection(study), last_poll(study)
        told = {
            "prolific_study_id": known.study_id,
            "token_set": known.token,
            "webhook_secret_set": known.secret,
            "polled_at": known.polled_at,
            "poll_state": job.state if job else "",
            "event_at": known.event_at,
            "imported_at": known.imported_at,
            "statuses": dict(by_status(entries)),
            "discrepancies": {kind.value: count for kind, count in counts(entries).items()},
        }
        return Response(ConnectionSerializer(told).data)

    @extend_schema(
        parameters=[COHORT, SHOW, KIND, NEXT, PAGE],
        responses={200: LedgerSerializer(many=True), **ERRORS},
    )
    @action(detail=True)
    def ledger(self, request: Request, slug: str) -> Response:
        """Sessions here and submissions at Prolific, each once; what needs doing comes first."""
        study = self._recruited()
        entries = choose(
            ledger(study, self._asked_cohort()),
            show=self._chosen("show", SHOWS),
            kind=self._chosen("kind", [one.value for one in Kind]),
            action=self._chosen("next", [one.value for one in Next]),
        )
        return self._paged(entries, LedgerSerializer)

    @extend_schema(
        parameters=[ACTION, STATE, PAGE],
        responses={200: DecisionSerializer(many=True), **ERRORS},
    )
    @action(detail=True)
    def decisions(self, request: Request, slug: str) -> Response:
        """Decisions to approve, reject or ask back, newest first, sent or not."""
        study = self._recruited()
        names = {"action": ProlificDecision.Action.values, "state": ProlificDecision.State.values}
        asked = {name: self._chosen(name, allowed) for name, allowed in names.items()}
        rows = ProlificDecision.objects.filter(
            submission__study=study, **{name: value for name, value in asked.items() if value}
        )
        return self._paged(rows.select_related("decided_by").order_by("-pk"), DecisionSerializer)
