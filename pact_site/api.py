"""The REST interface: every app's nouns under one router, with its OpenAPI description."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import DefaultRouter

from modeling import card_api, endpoint_api

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
]
