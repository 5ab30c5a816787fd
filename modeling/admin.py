"""Endpoints, runs and chunks in Django's admin, to look at: services write them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from modeling.models import Chunk, ModelCard, ModelEndpoint, Run
from pact_site.base.looking import LookOnly, NothingByHand


@admin.register(ModelEndpoint)
class ModelEndpointAdmin(LookOnly, admin.ModelAdmin[ModelEndpoint]):
    """Endpoints; they are set up on their pages."""

    list_display = ("name", "kind", "model", "base_url", "key_variable", "archived")
    list_filter = ("kind", "archived")


@admin.register(ModelCard)
class ModelCardAdmin(LookOnly, admin.ModelAdmin[ModelCard]):
    """Notes on models; they are written on their page."""

    list_display = ("name", "developer", "size", "released", "licence", "changed_at")
    search_fields = ("name", "developer")


@admin.register(Run)
class RunAdmin(NothingByHand, admin.ModelAdmin[Run]):
    """Runs. Deleting one takes its answers out of every report; its shards are swept later."""

    list_display = ("label", "public_id", "study_slug", "state", "cells", "imported", "created_at")
    list_filter = ("state", "imported", "simulated")
    search_fields = ("label", "public_id", "study_slug")


@admin.register(Chunk)
class ChunkAdmin(NothingByHand, admin.ModelAdmin[Chunk]):
    """Chunks with what came of them."""

    list_display = ("run", "number", "state", "attempts", "rows", "valid", "invalid", "failed")
    list_filter = ("state",)
    list_select_related = ("run",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only together with their run, from the run's own page."""
        match = request.resolver_match
        asked_for_run = match is not None and (match.url_name or "").startswith("modeling_run_")
        return asked_for_run and super().has_delete_permission(request, obj)
