"""The REST interface: every app's nouns under one router, with its OpenAPI description."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.routers import DefaultRouter
from rest_framework.views import APIView

from modeling import card_api, endpoint_api
from pact_site.base.permissions import IsResearcher

from . import run_api
from .operations_api import OperationsView

APPS = ("annotation", "survey", "analysis")

router = DefaultRouter()
for app in APPS:
    if find_spec(f"{app}.api"):
        import_module(f"{app}.api").register(router)
run_api.register(router)
endpoint_api.register(router)
card_api.register(router)


class NothingHere(APIView):
    """Any other address below /api/: 404 in JSON, as everywhere in this interface."""

    permission_classes = [IsResearcher]
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Through the gate, then nowhere."""
        super().initial(request, *args, **kwargs)
        raise NotFound


urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(
            url_name="api-schema", template_name="pact_site/api_docs.html"
        ),
        name="api-docs",
    ),
    path("operations/", OperationsView.as_view(), name="api-operations"),
    path("", include(router.urls)),
    path("<path:rest>/", NothingHere.as_view(), name="api-nothing"),
]
