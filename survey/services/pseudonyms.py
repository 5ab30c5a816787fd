"""Names for exports: they differ by study, and only the study's key leads them back."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from survey.models import PseudonymKey, Study


def pseudonym(*, study: Study, cohort: str, pid: str) -> str:
    """The name of one person (a recruiter's id) in one study and cohort.

    Raises ValueError once the study's key is destroyed: a new key would make a second person of
    everybody.
    """
    text = f"{study.slug}|{cohort}|{pid}"
    mac = hmac.new(_secret(study).encode(), text.encode(), hashlib.sha256)
    return f"p-{mac.hexdigest()[:20]}"


def _secret(study: Study) -> str:
    """The study's key, made at the first need; two first needs at once get the same."""
    if study.key_destroyed_at is not None:
        raise ValueError("the study's key is destroyed")
    key, _ = PseudonymKey.objects.get_or_create(
        study=study, defaults={"secret": secrets.token_hex(32)}
    )
    return key.secret
