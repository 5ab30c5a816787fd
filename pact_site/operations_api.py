"""The state of the installation over REST, for administrators."""

from __future__ import annotations

from dataclasses import asdict

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from pact_site.base.permissions import IsResearcher

from .services.operations import operations, services


class IsAdministrator(BasePermission):
    """Administrators."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """See BasePermission."""
        return bool(getattr(request.user, "is_administrator", False))


class OperationsView(APIView):
    """Queues, leases, failures, disk, services and versions, as the operations page shows them."""

    permission_classes = [IsResearcher, IsAdministrator]

    @extend_schema(
        operation_id="operations",
        responses={
            200: OpenApiResponse(dict, "Read at this moment."),
            403: OpenApiResponse(description="Not an administrator."),
        },
    )
    def get(self, request: Request) -> Response:
        """Read it all now."""
        return Response(
            {**asdict(operations()), "services": [asdict(service) for service in services()]}
        )
