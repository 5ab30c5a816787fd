"""Who may use the REST interface."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from .models import User


class IsResearcher(BasePermission):
    """Researchers and administrators, by session or token."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True for an active researcher or administrator."""
        user = request.user
        return isinstance(user, User) and user.is_active and user.is_researcher
