"""Django's own middleware for people who may be signed in; participants' pages do without it.

Under /s/ nobody is signed in, nothing is told from one page to the next, and the language is the
study's or the participant's choice, not the browser's. Two hundred people may click at once there,
and what these did for them was a tenth of a page's processor time (docs/decisions/0023-a-short-way.md).
"""

from __future__ import annotations

from collections.abc import Awaitable

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin

PARTICIPANTS = "/s/"

Answer = HttpResponseBase | Awaitable[HttpResponseBase]


class _ForStaff(MiddlewareMixin):
    def __call__(self, request: HttpRequest) -> Answer:
        """As ever, unless a participant's page is asked for."""
        if request.path_info.startswith(PARTICIPANTS):
            return self.get_response(request)
        return super().__call__(request)


class Sessions(_ForStaff, SessionMiddleware):
    """`request.session`."""


class Users(_ForStaff, AuthenticationMiddleware):
    """`request.user`."""


class Messages(_ForStaff, MessageMiddleware):
    """What the page before has to say."""


class Languages(_ForStaff, LocaleMiddleware):
    """The browser's language, where the site speaks it."""

    def __call__(self, request: HttpRequest) -> Answer:
        """Without what an earlier request of the same thread had asked for."""
        translation.deactivate()
        return super().__call__(request)
