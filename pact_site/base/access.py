"""Gates by role. Apps build their own gates for rows on top of these."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from .models import User

V = TypeVar("V", bound=Callable[..., HttpResponseBase])


def _gate(name: str, allowed: Callable[[User], bool]) -> Callable[[V], V]:
    def decorate(view: V) -> V:
        @wraps(view)
        def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = request.user
            if not user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not (user.is_active and allowed(user)):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        gated.pact_gate = name  # type: ignore[attr-defined]  # the URL walk in the tests asks for it
        return cast(V, gated)

    return decorate


staff_only = _gate("staff", lambda user: True)
researcher_only = _gate("researcher", lambda user: user.is_researcher)
administrator_only = _gate("administrator", lambda user: user.is_administrator)


def public(view: V) -> V:
    """Mark a view as open to everybody on purpose; the URL walk fails on views without a gate."""
    view.pact_gate = "public"  # type: ignore[attr-defined]
    return view
