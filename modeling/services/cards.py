"""Model-card notes: what people write down of a model, and what its runs know of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction

from annotation.services.datasets import BadArgument
from modeling.models import ModelCard, Run
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit

FIELDS: Final = (
    "developer", "size", "released", "licence", "context", "training", "relation", "source",
)  # fmt: skip
LONGEST_TEXT: Final = 4000
NOT_STATED: Final = "not stated"


@dataclass(frozen=True)
class Known:
    """What the runs of a model say: where it was asked, under which name, with what."""

    name: str
    served: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    runs: int = 0
    simulated: bool = False


@dataclass(frozen=True)
class Noted:
    """A model's notes, if there are any, beside what its runs know."""

    known: Known
    card: ModelCard | None

    @property
    def name(self) -> str:
        """The model's name."""
        return self.known.name

    def said(self, field: str) -> str:
        """What a note says, "" where it is not stated."""
        return str(getattr(self.card, field)) if self.card else ""


def family_of(run: Run) -> str:
    """The family a run's design names, else its label."""
    return str(run.design.get("family") or run.label)


def noted(runs: Iterable[Run]) -> list[Noted]:
    """Notes and facts of every model of these runs, by family or label, in their order."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(family_of(run), []).append(run)
    names = sorted(groups)
    cards = {card.name: card for card in ModelCard.objects.filter(name__in=names)}
    return [Noted(_known(name, groups[name]), cards.get(name)) for name in names]


def _known(name: str, runs: Sequence[Run]) -> Known:
    endpoints = [run.endpoint for run in runs if isinstance(run.endpoint, Mapping)]
    return Known(
        name=name,
        served=_distinct(endpoint.get("model") for endpoint in endpoints),
        endpoints=_distinct(_where(endpoint) for endpoint in endpoints),
        details=_distinct(detail for run in runs for detail in _details(run)),
        runs=len(runs),
        simulated=all(run.simulated or run.endpoint.get("kind") == "baseline" for run in runs),
    )


def _where(endpoint: Mapping[str, Any]) -> str:
    name, kind = str(endpoint.get("name") or ""), str(endpoint.get("kind") or "")
    return f"{name} ({kind})" if name and kind else name or kind


_TOLD: Final = ("revision", "dtype", "quantization", "max_model_len", "system_fingerprint")


def _details(run: Run) -> list[str]:
    """Options that the run was asked with and what its endpoint said of itself; never guessed."""
    backend = run.manifest.get("backend") or {}
    options = run.endpoint.get("options") or {}
    told = {**options, **backend} if isinstance(backend, Mapping) else dict(options)
    return [f"{name} {told[name]}" for name in _TOLD if told.get(name) not in (None, "")]


def _distinct(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(sorted({str(value) for value in values if value}))


@transaction.atomic
def write(*, name: str, actor: User | None = None, **given: str) -> ModelCard:
    """Set the notes given, of a model that may have none yet; BadArgument names the field."""
    unknown = sorted(set(given) - set(FIELDS))
    if unknown:
        raise BadInput("Unknown field.", found=", ".join(unknown), expected=", ".join(FIELDS))
    name = name.strip()
    if not name or len(name) > 200 or any(not char.isprintable() for char in name):
        raise BadArgument(
            "This cannot be a model's name.", argument="name", found=name[:40],
            expected="the family or label of its runs, at most 200 characters",
        )  # fmt: skip
    card = ModelCard.objects.select_for_update().filter(name=name).first() or ModelCard(name=name)
    before = {field: getattr(card, field) for field in FIELDS}
    for field, value in given.items():
        setattr(card, field, _checked(field, value))
    changed = {
        field: {"was": before[field], "is": getattr(card, field)}
        for field in FIELDS
        if getattr(card, field) != before[field]
    }
    if changed or card.pk is None:
        card.changed_by = actor
        card.save()
        audit.record(
            verb="card.written", subject=f"model card {name}", actor=actor, changed=changed
        )
    return card


def _checked(field: str, value: str) -> str:
    text = str(value).strip()
    most = getattr(ModelCard._meta.get_field(field), "max_length", None) or LONGEST_TEXT
    if len(text) > most:
        raise BadArgument(
            "This is too long.", argument=field, found=f"{len(text):,} characters",
            expected=f"at most {most:,}",
        )  # fmt: skip
    if "\x00" in text:
        raise BadArgument("A note holds a character that no text has.", argument=field)
    if field == "source" and text:
        try:
            URLValidator(schemes=["http", "https"])(text)
        except ValidationError:
            raise BadArgument(
                "This is no address of a page.", argument=field, found=text,
                expected="such as https://huggingface.co/ORGANISATION/MODEL",
            ) from None  # fmt: skip
    return text
