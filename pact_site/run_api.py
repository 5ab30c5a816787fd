"""Runs over REST, planning included: what to ask may come from a study, which no lower app knows."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, cast

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from modeling.api import ERRORS, RunViewSet
from modeling.backends import Decoding
from modeling.run_serializers import RunSerializer
from modeling.services.questions import BENCHMARK, COUNTERPARTS
from pact_site.base.models import User

from .services.proposals import Proposal, benchmark_proposal, counterpart_proposal

PROPOSE: Final[dict[str, Callable[..., Proposal]]] = {
    COUNTERPARTS: counterpart_proposal,
    BENCHMARK: benchmark_proposal,
}
OWN: Final = {
    COUNTERPARTS: ("personas", "styles", "frames", "orders", "mode"),
    BENCHMARK: (
        "relations", "roles", "conditions", "balances", "order", "scheme", "draw_seed", "family",
        "stage",
    ),
}  # fmt: skip
"""Design -> its own options; what is left out has the default of `run_models`."""

SHARED: Final = ("samples", "limit", "rationale_share", "rationale_seed")


def _words(text: str) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, help_text=text
    )


class NewRunSerializer(serializers.Serializer[Any]):
    """What to ask, of whom, how. Names and values are those of `run_models`."""

    study = serializers.SlugField(required=False, help_text="Either a study ...")
    dataset = serializers.SlugField(required=False, help_text="... or a dataset.")
    design = serializers.ChoiceField(choices=tuple(PROPOSE), default=COUNTERPARTS)
    endpoint = serializers.CharField(help_text="baseline:NAME, env, or an endpoint's name.")
    personas = _words("Counterparts: all, none, persona, countries, or country:older_male.")
    styles = _words("Counterparts: prompt styles, or all.")
    frames = _words("Counterparts: personal, norm or all.")
    orders = _words("Counterparts: culture_first, preference_first or all.")
    mode = serializers.CharField(required=False, help_text="Counterparts: label or paper.")
    relations = _words("Benchmark: same, close, far or all.")
    roles = _words("Benchmark: C1, C2, C3 or all.")
    conditions = _words("Benchmark: full_demo, age_only, gender_only, no_demo or all.")
    balances = _words("Benchmark: balance, no_balance or all.")
    order = serializers.CharField(required=False, help_text="Benchmark: an order, or a drawn one.")
    scheme = serializers.CharField(required=False, help_text="Benchmark: where actors come from.")
    draw_seed = serializers.IntegerField(required=False)
    family = serializers.CharField(required=False)
    stage = serializers.CharField(required=False)
    samples = serializers.IntegerField(required=False)
    limit = serializers.IntegerField(required=False, help_text="Only the first so many cells.")
    rationale_share = serializers.FloatField(required=False, min_value=0.0, max_value=1.0)
    rationale_seed = serializers.IntegerField(required=False)
    temperature = serializers.FloatField(default=0.0, min_value=0.0, max_value=2.0)
    top_p = serializers.FloatField(default=1.0, min_value=0.0, max_value=1.0)
    seed = serializers.IntegerField(required=False, allow_null=True, default=None)
    chunk_size = serializers.IntegerField(required=False, allow_null=True, default=None)
    budget = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=Decimal(0), required=False, allow_null=True,
        default=None, help_text="The run stops before it costs more.",
    )  # fmt: skip
    new = serializers.BooleanField(default=False, help_text="Another run of the same plan.")
    dry_run = serializers.BooleanField(default=False, help_text="Say what it takes; store nothing.")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """Refuse an option of another design: it would do nothing."""
        design = given["design"]
        for other, names in OWN.items():
            foreign = [name for name in names if name in given and name not in OWN[design]]
            if foreign:
                words = f"Belongs to the design {other}, not {design}."
                raise serializers.ValidationError({foreign[0]: words})
        return given


class RunEstimateSerializer(serializers.Serializer[Any]):
    """What a run will take; cost and time are null where nobody can tell."""

    cells = serializers.IntegerField()
    prompts = serializers.IntegerField()
    prompt_tokens = serializers.IntegerField()
    completion_tokens = serializers.IntegerField()
    measured = serializers.BooleanField(help_text="Whether tokens rest on the server's counts.")
    cost = serializers.FloatField(allow_null=True)
    currency = serializers.CharField()
    seconds = serializers.FloatField(allow_null=True)
    time_basis = serializers.CharField()


class PlannedSerializer(serializers.Serializer[Any]):
    """The run and what it takes; `run` is null in a dry run, `found` says it was planned before."""

    run = RunSerializer(allow_null=True)
    found = serializers.BooleanField()
    estimate = RunEstimateSerializer()


class PlanningRunViewSet(RunViewSet):
    """Runs of models, newest first. Imported answers are runs like any other."""

    @extend_schema(
        request=NewRunSerializer,
        responses={
            201: OpenApiResponse(PlannedSerializer, "Planned. POST start/ sets it going."),
            200: OpenApiResponse(PlannedSerializer, "A dry run, or planned before."),
            **{code: words for code, words in ERRORS.items() if code != 404},
        },
    )
    def create(self, request: Request) -> Response:
        """Plan a run, or find the one of exactly this plan. Nothing is asked yet."""
        form = NewRunSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        proposal = _proposal(given)
        estimate = proposal.estimate()
        if given["dry_run"]:
            return _planned({"run": None, "found": False, "estimate": estimate}, found=True)
        made = proposal.plan(
            chunk_size=given["chunk_size"], budget=given["budget"] or None, new=given["new"],
            actor=cast(User, request.user),
        )  # fmt: skip
        run = self.get_queryset().get(pk=made.run.pk)
        return _planned({"run": run, "found": made.found, "estimate": estimate}, found=made.found)


def _proposal(given: dict[str, Any]) -> Proposal:
    design = given["design"]
    named = {name: given[name] for name in (*OWN[design], *SHARED) if name in given}
    decoding = Decoding(temperature=given["temperature"], top_p=given["top_p"], seed=given["seed"])
    return PROPOSE[design](
        endpoint=given["endpoint"], decoding=decoding, study=given.get("study"),
        dataset=given.get("dataset"), **named,
    )  # fmt: skip


def _planned(told: dict[str, Any], *, found: bool) -> Response:
    code = status.HTTP_200_OK if found else status.HTTP_201_CREATED
    return Response(PlannedSerializer(told).data, status=code)


def register(router: BaseRouter) -> None:
    """Put runs under the site's router."""
    router.register("runs", PlanningRunViewSet, basename="run")
