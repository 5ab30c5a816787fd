"""Names for exports: they differ by study, and only the study's key leads them back."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from survey import entry_statements
from survey.models import PseudonymKey, Study


def pseudonym(*, study: Study, cohort: str, pid: str) -> str:
    """The name of one person (a recruiter's id) in one study and cohort.

    Raises ValueError once the study's key is destroyed: a new key would make a second person of
    everybody.
    """
    return pseudonyms(study=study, cohort=cohort, pids=[pid])[pid]


def pseudonyms(*, study: Study, cohort: str, pids: Iterable[str]) -> dict[str, str]:
    """The names of many people at once, by their recruiter's ids; the key is read once."""
    secret = _secret(study).encode()
    return {pid: _name(secret, f"{study.slug}|{cohort}|{pid}") for pid in pids}


def _name(secret: bytes, text: str) -> str:
    return f"p-{hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:20]}"


def _secret(study: Study) -> str:
    """The study's key, made at the first need; two first needs at once get the same."""
    if study.key_destroyed_at is not None:
        raise ValueError("the study's key is destroyed")
    known = entry_statements.read_secret(study_id=study.pk)
    if known is not None:
        return known
    key, _ = PseudonymKey.objects.get_or_create(
        study=study, defaults={"secret": secrets.token_hex(32)}
    )
    return key.secret
