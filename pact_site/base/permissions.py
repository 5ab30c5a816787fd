"""Who may use the REST interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission

from .models import User

if TYPE_CHECKING:  # the framework imports this module while its own views are still loading
    from rest_framework.request import Request
    from rest_framework.views import APIView


class IsResearcher(BasePermission):
    """Researchers and administrators, by session or token."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True for an active researcher or administrator."""
        user = request.user
        return isinstance(user, User) and user.is_active and user.is_researcher
