"""How often the door may be knocked at: per person, and, far higher, per address.

The counts live in the cache for a minute. An address is never stored: only a keyed hash of it is,
and only there.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

SECONDS = 60


def too_often(*, who: str, address: str) -> bool:
    """Whether this person (an id from the link, or empty) or address has come too often.

    While the cache is away nobody is: people who were sent here are worth more than the limit.
    """
    limits = [(address, settings.PACT_ADDRESS_LIMIT)]
    if who:
        limits.append((who, settings.PACT_ENTRY_LIMIT))
    try:
        return any([_count(name) > limit for name, limit in limits])  # every count goes up
    except RedisError as error:
        log.warning("The cache is away; nobody is counted at the door: %s", error)
        return False


def _count(name: str) -> int:
    key = "survey.limit." + salted_hmac("survey.limit", name).hexdigest()
    if cache.add(key, 1, SECONDS):
        return 1
    try:
        return int(cache.incr(key))
    except ValueError:  # it ran out between the two lines
        return 1
