"""How staff accounts come about: an administrator makes them; nobody signs up."""

from collections.abc import Mapping

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's adapter with public registration switched off."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by themselves."""
        return False


def login_name(request: HttpRequest, credentials: Mapping[str, str] | None) -> str:
    """The name that a lockout counts: what was typed, user name or e-mail, in lower case.

    allauth passes `username` or `email`; Django's own admin form posts `username`.
    """
    given = credentials or {}
    posted = request.POST
    name = given.get("username") or given.get("email") or posted.get("login") or ""
    return (name or posted.get("username", "")).strip().casefold()[:255]


def no_address(request: HttpRequest) -> None:
    """Lockouts go by name, so no network address needs to be stored."""
