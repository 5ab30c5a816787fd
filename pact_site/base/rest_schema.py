"""The OpenAPI description of every endpoint, with the errors that any of them may answer."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal

from django.conf import settings
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from rest_framework.request import Request

DETAIL: Final = {
    "type": "object",
    "properties": {"detail": {"type": "string"}},
    "required": ["detail"],
}
BY_FIELD: Final = {
    "type": "object",
    "additionalProperties": {},
    "description": "Words under the name of the field or parameter they are about, or `detail`.",
}
ERRORS: Final = {
    "400": (BY_FIELD, "What was sent cannot be read, or is refused with a reason."),
    "401": (DETAIL, "Neither a session nor a token."),
    "403": (DETAIL, "Not open to this person."),
    "404": (DETAIL, "Nothing of this name or number, or no such page of a list."),
    "415": (DETAIL, "The body has a content type that is not read here."),
}


class DescribedSchema(AutoSchema):
    """Adds what nobody writes down at each endpoint: the errors of the interface as a whole."""

    def _get_response_bodies(
        self, direction: Literal["request", "response"] = "response"
    ) -> dict[str, Any]:
        told: dict[str, Any] = super()._get_response_bodies(direction)
        for code in self._usual_errors():
            schema, words = ERRORS[code]
            content = {"application/json": {"schema": schema}}
            told.setdefault(code, {"description": words, "content": content})
        return told

    def _usual_errors(self) -> list[str]:
        asks = bool(self._get_parameters()) or self.method != "GET"
        reads = self.method in ("POST", "PUT", "PATCH")
        return [
            *(["400"] if asks else []), "401", "403", *(["404"] if asks else []),
            *(["415"] if reads else []),
        ]  # fmt: skip


class KeptSchema(SchemaGenerator):
    """Describes everything to everybody alike, so once a language: each time takes half a second."""

    _kept: ClassVar[dict[str | None, dict[str, Any]]] = {}

    def get_schema(self, request: Request | None = None, public: bool = False) -> dict[str, Any]:
        """See SchemaGenerator."""
        language = get_language()
        if not public or self.api_version or language not in dict(settings.LANGUAGES):
            return self._made(request, public)
        if language not in self._kept:
            self._kept[language] = self._made(request, public)
        return self._kept[language]

    def _made(self, request: Request | None, public: bool) -> dict[str, Any]:
        made: dict[str, Any] = super().get_schema(request, public)  # type: ignore[no-untyped-call]
        return made
