"""Admin pages of rows that people look at and only services write."""

from typing import Any

from django.http import HttpRequest


class NothingByHand:
    """Rows are neither made nor changed by hand: that would pass leases, versions and audit by."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never by hand."""
        return False


class LookOnly(NothingByHand):
    """Rows are not deleted by hand either."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never by hand."""
        return False
