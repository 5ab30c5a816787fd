"""Which addresses and which keys an endpoint may name: the server will call the one with the other."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from annotation.services.datasets import BadArgument

OPENAI_KEY: Final = "OPENAI_API_KEY"
KEY_PREFIX: Final = "PACT_KEY_"
KEY_NAME: Final = re.compile(rf"{OPENAI_KEY}|{KEY_PREFIX}[A-Z0-9_]{{1,60}}")
KEY_NAMES: Final = f"{OPENAI_KEY}, or {KEY_PREFIX} and capitals, digits or _"

METADATA_HOSTS: Final = frozenset({"metadata.google.internal", "metadata"})
"""Names under which clouds hand their credentials to whoever asks from inside."""


def checked_address(url: str, *, argument: str = "base_url", keys: str = OPENAI_KEY) -> str:
    """The address without a slash at its end. BadArgument names what is wrong with it.

    Only http(s), nothing secret in it, no cloud's metadata service, and only hosts of
    PACT_ENDPOINT_HOSTS where that is set.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadArgument(
            f"{argument} is no web address.", argument=argument, found=url, expected="http(s)://..."
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise BadArgument(
            f"{argument} holds more than an address. A run keeps it, so no secret may be in it.",
            argument=argument,
            expected=f"the key in {keys}",
        )
    _refuse_inner(parts.hostname, argument)
    return url.strip().rstrip("/")


def checked_key_name(name: str) -> str:
    """The name of an environment variable that may hold an endpoint's key; "" for no key.

    Any other name is refused: the variable's value is sent to the endpoint, and the environment
    also holds the secrets of this site.
    """
    if name and not KEY_NAME.fullmatch(name):
        raise BadArgument(
            "This environment variable may not hold an endpoint's key.",
            argument="key_variable", found=name, expected=KEY_NAMES,
        )  # fmt: skip
    return name


def key_of(name: str) -> str:
    """The key in this environment variable; "" where it is not set or not for endpoints."""
    if name == OPENAI_KEY:
        return str(settings.OPENAI_API_KEY)
    return str(settings.PACT_ENDPOINT_KEYS.get(name, ""))


def _refuse_inner(host: str, argument: str) -> None:
    allowed = settings.PACT_ENDPOINT_HOSTS
    if allowed and host not in allowed:
        raise BadArgument(
            f"{argument}: endpoints may not be on this host.",
            argument=argument, found=host, expected=f"one of PACT_ENDPOINT_HOSTS: {', '.join(allowed)}",
        )  # fmt: skip
    if host.rstrip(".") in METADATA_HOSTS or _is_inner(host):
        raise BadArgument(
            f"{argument} is no address of a model server.", argument=argument, found=host,
            expected="a host that serves models, not an inner service of the network",
        )  # fmt: skip


def _is_inner(host: str) -> bool:
    """Link-local, multicast and unspecified numbers; loopback is where local models are served."""
    try:
        number = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(number, "ipv4_mapped", None) or number
    return bool(mapped.is_link_local or mapped.is_multicast or mapped.is_unspecified)
