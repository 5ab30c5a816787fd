"""Model-card notes over REST: read, and written by researchers."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.routers import BaseRouter

from annotation.services.datasets import BadArgument
from modeling.models import ModelCard
from modeling.services import cards
from pact_site.base.models import User


class CardSerializer(serializers.ModelSerializer[ModelCard]):
    """Notes of one model; an empty field is not stated. `name` is a family or a run's label."""

    class Meta:
        model = ModelCard
        fields = ("id", "name", *cards.FIELDS, "changed_at")
        read_only_fields = ("changed_at",)


class CardViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[ModelCard],
):
    """Notes of models, by name."""

    serializer_class = CardSerializer
    queryset = ModelCard.objects.order_by("name")
    filterset_fields = ("name",)
    http_method_names = ("get", "head", "options", "post", "patch")

    def perform_create(self, serializer: serializers.BaseSerializer[ModelCard]) -> None:
        """Write the notes of a model that has none."""
        serializer.instance = self._write(**serializer.validated_data)

    @extend_schema(description="Change what is given; the name stays.")
    def perform_update(self, serializer: serializers.BaseSerializer[ModelCard]) -> None:
        """Change what is given."""
        row = cast(ModelCard, serializer.instance)
        given = dict(serializer.validated_data)
        if given.pop("name", row.name) != row.name:
            raise serializers.ValidationError({"name": ["Notes keep their model's name."]})
        serializer.instance = self._write(name=row.name, **given)

    def _write(self, **given: Any) -> ModelCard:
        try:
            return cards.write(actor=cast(User, self.request.user), **given)
        except BadArgument as error:
            argument = error.argument or "non_field_errors"
            raise serializers.ValidationError({argument: [str(error)]}) from None


def register(router: BaseRouter) -> None:
    """Put model cards under the site's router."""
    router.register("model-cards", CardViewSet, basename="model-card")
