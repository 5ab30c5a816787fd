"""Setting up endpoints: add, change, archive, restore. Runs keep their own copy of what they used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.utils.text import slugify

from annotation.services.datasets import BadArgument
from modeling.backends import KINDS, defaults_of
from modeling.models import ModelEndpoint
from modeling.services.addresses import KEY_NAMES, checked_address, checked_key_name
from modeling.services.endpoints import BASELINE, ENVIRONMENT
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit

ADDRESSED: Final = frozenset({"openai", "lean", "openai_batch"})
"""Kinds that are reached at an address."""

FIELDS: Final = (
    "kind", "model", "base_url", "options", "key_variable", "prompt_price", "completion_price",
    "currency",
)  # fmt: skip
LOOKS_SECRET: Final = re.compile(r"(sk-|hf_|Bearer\s)\S{8,}")
MOST: Final = Decimal(1_000_000)


def kinds() -> list[str]:
    """The kinds an endpoint may have; baselines need no setting up."""
    return [kind for kind in KINDS if kind != BASELINE]


@transaction.atomic
def add(*, name: str, actor: User | None = None, **given: Any) -> ModelEndpoint:
    """Set up an endpoint; `given` are FIELDS. BadArgument names the field."""
    if name != slugify(name) or not name or name in (ENVIRONMENT, BASELINE):
        raise BadArgument(
            "This is no name for an endpoint.", argument="name", found=name,
            expected="small letters, digits and hyphens, other than env and baseline",
        )  # fmt: skip
    if ModelEndpoint.objects.filter(name=name).exists():
        raise BadArgument("An endpoint of this name is there already.", argument="name", found=name)
    row = ModelEndpoint(name=name, created_by=actor, **_known_fields(given))
    _check(row)
    row.save(force_insert=True)
    audit.record(verb="endpoint.added", subject=f"endpoint {name}", actor=actor, **_shown(row))
    return row


@transaction.atomic
def change(*, row: ModelEndpoint, actor: User | None = None, **given: Any) -> ModelEndpoint:
    """Set the fields given; runs planned before keep what they were planned with."""
    row = ModelEndpoint.objects.select_for_update().get(pk=row.pk)
    before = _shown(row)
    for field, value in _known_fields(given).items():
        setattr(row, field, value)
    _check(row)
    row.save()
    changed = {
        field: {"was": before[field], "is": value}
        for field, value in _shown(row).items()
        if value != before[field]
    }
    if changed:
        audit.record(
            verb="endpoint.changed", subject=f"endpoint {row.name}", actor=actor, changed=changed
        )
    return row


@transaction.atomic
def archive(
    *, row: ModelEndpoint, archived: bool = True, actor: User | None = None
) -> ModelEndpoint:
    """Take it out of every list, or put it back; nothing of its runs changes."""
    changed = ModelEndpoint.objects.filter(pk=row.pk, archived=not archived).update(
        archived=archived
    )
    if changed:
        verb = "endpoint.archived" if archived else "endpoint.restored"
        audit.record(verb=verb, subject=f"endpoint {row.name}", actor=actor)
    row.refresh_from_db()
    return row


def _known_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(given) - set(FIELDS))
    if unknown:
        raise BadInput("Unknown field.", found=", ".join(unknown), expected=", ".join(FIELDS))
    return dict(given)


def _check(row: ModelEndpoint) -> None:
    if row.kind not in kinds():
        raise BadArgument(
            "Unknown kind of endpoint.",
            argument="kind",
            found=row.kind,
            expected=", ".join(kinds()),
        )
    if not row.model.strip():
        raise BadArgument(
            "An endpoint needs the name of a model.", argument="model",
            expected="the name it has on its server, or the folder of its weights",
        )  # fmt: skip
    if row.kind in ADDRESSED or row.base_url:
        row.base_url = checked_address(row.base_url, keys=f"an environment variable ({KEY_NAMES})")
    checked_key_name(row.key_variable)
    _check_options(row)
    _check_prices(row)


def _check_options(row: ModelEndpoint) -> None:
    """Only options that the kind has, of the kind of value that its default is."""
    known = defaults_of(row.kind)
    if not isinstance(row.options, dict):
        raise BadArgument(
            "Options are a JSON object.", argument="options", found=row.options,
            expected='such as {"constrain": true}',
        )  # fmt: skip
    for name, value in row.options.items():
        if name not in known:
            raise BadArgument(
                f"Endpoints of kind {row.kind} have no such option.", argument="options", found=name,
                expected=", ".join(known) or "none",
            )  # fmt: skip
        if known[name] is not None and not _alike(value, known[name]):
            raise BadArgument(
                f"Option {name} has a value of another kind.", argument="options", found=value,
                expected=f"such as {known[name]!r}",
            )  # fmt: skip
    if LOOKS_SECRET.search(str(row.options)):
        raise BadArgument(
            "An option holds what looks like a key. Options are stored and shown.",
            argument="options", expected=f"the key in an environment variable ({KEY_NAMES})",
        )  # fmt: skip


def _alike(value: object, default: object) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, int | float)
    return isinstance(value, type(default))


def _check_prices(row: ModelEndpoint) -> None:
    for column in ("prompt_price", "completion_price"):
        price = getattr(row, column)
        if price is not None and not 0 <= price < MOST:
            raise BadArgument(
                "A price of a million tokens is out of range.", argument=column, found=str(price),
                expected=f"0 to {MOST}",
            )  # fmt: skip
    if not re.fullmatch(r"[A-Z]{3}", row.currency):
        raise BadArgument(
            "A currency has three letters.", argument="currency", found=row.currency,
            expected="such as USD",
        )  # fmt: skip


def _shown(row: ModelEndpoint) -> dict[str, Any]:
    """The fields as the audit trail keeps them."""
    values = {field: getattr(row, field) for field in FIELDS}
    return {
        field: str(value.normalize()) if isinstance(value, Decimal) else value
        for field, value in values.items()
    }
