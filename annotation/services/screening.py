"""Screenings: what a rule flags, what people check of both sides, and what is then released.

A screening pins the versions it looked at. Reviews are only ever added: the newest of a version
decides, and without one the flag does. Once its release is made, a screening takes no more reviews.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from django.db import transaction
from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, Value, When
from django_stubs_ext import WithAnnotations

from annotation.models import Dataset, Review, ScenarioVersion, Screened, Screening
from annotation.services.datasets import current_versions
from annotation.services.releases import wordings_hash
from annotation.services.screening_rules import Flags
from annotation.services.validation.sampling import ranked
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit

BATCH = 500
KEEP, REMOVE = Review.Decision.KEEP, Review.Decision.REMOVE


@dataclass(frozen=True)
class Checks:
    """How many versions of each side people are asked to check."""

    flagged: int = 50
    unflagged: int = 50


@transaction.atomic
def make_screening(
    *,
    dataset: Dataset,
    name: str,
    flag: Callable[[Sequence[ScenarioVersion]], Flags],
    checks: Checks | None = None,
    seed: int = 1,
    actor: User | None = None,
) -> Screening:
    """Flag the dataset's current versions by a rule and draw what people check of either side.

    Raises BadInput for a name that is taken and a dataset without scenarios.
    """
    if not name.strip() or dataset.screenings.filter(name=name).exists():
        raise BadInput("The screening needs a name of its own.", column="name", found=name)
    versions = list(current_versions(dataset))
    if not versions:
        raise BadInput("The dataset holds no scenario.", found=dataset.slug)
    flags = flag(versions)
    checks = checks or Checks()
    screening = Screening.objects.create(
        dataset=dataset,
        name=name,
        rule=dict(flags.rule),
        judge=flags.judge,
        seed=seed,
        checks={"flagged": checks.flagged, "unflagged": checks.unflagged},
        versions_hash=wordings_hash(versions),
        simulated=flags.simulated,
        created_by=actor,
    )
    drawn = _drawn(versions, flags, checks, seed)
    Screened.objects.bulk_create(
        (
            Screened(
                screening=screening,
                version=version,
                flagged=version.pk in flags.flagged,
                reasons=flags.reasons.get(version.pk, []),
                to_check=version.pk in drawn,
            )
            for version in versions
        ),
        batch_size=BATCH,
    )
    audit.record(
        verb="screening.made",
        subject=f"screening:{screening.pk}",
        actor=actor,
        rule=screening.rule,
        flagged=len(flags.flagged),
    )
    return screening


@transaction.atomic
def review(
    *, screened: Screened, decision: str, reason: str = "", actor: User | None = None
) -> Review:
    """Add a person's decision. Who removes says why, whatever the rule said: people who check are
    not told the flag, and a reason asked of overrides alone would give it away.

    Raises BadInput for an unknown decision, a removal without a reason, and a screening whose
    release is made. The same decision sent twice in a row by one person counts once.
    """
    screening = Screening.objects.select_for_update().get(pk=screened.screening_id)
    if screening.release_id is not None:
        raise BadInput("The release is made; its ledger is closed.", found=screening.name)
    if decision not in Review.Decision.values:
        expected = " or ".join(Review.Decision.values)
        raise BadInput("No such decision.", column="decision", found=decision, expected=expected)
    if decision == REMOVE and not reason.strip():
        raise BadInput("Who removes a scenario says why.", column="reason")
    newest = screened.reviews.order_by("-id").first()
    said = {"decision": decision, "reason": reason.strip(), "reviewed_by": actor}
    if newest and all(getattr(newest, name) == value for name, value in said.items()):
        return newest
    made = Review.objects.create(screened=screened, **said)
    audit.record(
        verb="screening.reviewed",
        subject=f"screening:{screening.pk}",
        actor=actor,
        version=screened.version_id,
        decision=decision,
    )
    return made


class Decided(TypedDict):
    """What `with_outcome` adds to a row."""

    decision: str | None
    decided_because: str | None
    removed: bool


def with_outcome(screening: Screening) -> QuerySet[WithAnnotations[Screened, Decided]]:
    """The screening's rows with `decision` and `decided_because` (the newest review's) and
    `removed`, in the dataset's order."""
    newest = Review.objects.filter(screened=OuterRef("pk")).order_by("-id")
    removed = Q(decision=REMOVE) | Q(decision__isnull=True, flagged=True)
    rows = screening.screened.select_related("version__scenario__source_row")
    return (
        rows.annotate(
            decision=Subquery(newest.values("decision")[:1]),
            decided_because=Subquery(newest.values("reason")[:1]),
        )
        .annotate(removed=Case(When(removed, then=Value(True)), default=Value(False)))
        .order_by("version__scenario_id")
    )


def next_to_check(screening: Screening, after: int = 0) -> Screened | None:
    """The next drawn row without a review, behind `after` where there is one, else from the start."""
    open_rows = shuffled_checks(screening)
    reviewed = set(Review.objects.filter(screened__in=open_rows).values_list("screened", flat=True))
    waiting = [pk for pk in open_rows if pk not in reviewed]
    if not waiting:
        return None
    places = {pk: place for place, pk in enumerate(open_rows)}
    behind = [pk for pk in waiting if places[pk] > places.get(after, -1)]
    return screening.screened.select_related("version__scenario").get(pk=(behind or waiting)[0])


def checks_done(screening: Screening) -> tuple[int, int]:
    """How many drawn rows have a review, and how many are drawn."""
    drawn = screening.screened.filter(to_check=True)
    return drawn.filter(reviews__isnull=False).distinct().count(), drawn.count()


def shuffled_checks(screening: Screening) -> list[int]:
    """The drawn rows, both sides mixed by the screening's seed: the order tells nobody the side."""
    drawn = screening.screened.filter(to_check=True)
    by_key = dict(drawn.values_list("version__scenario__key", "pk"))
    return [by_key[key] for key in ranked(by_key, seed=screening.seed, purpose="check order")]


def changed_since(screening: Screening) -> int:
    """How many of the dataset's current versions the screening has not seen."""
    seen = screening.screened.values("version_id")
    return current_versions(screening.dataset).exclude(pk__in=seen).count()


def _drawn(
    versions: Sequence[ScenarioVersion], flags: Flags, checks: Checks, seed: int
) -> frozenset[int]:
    """Ids of both sides' check samples, each drawn by the seed."""
    drawn: set[int] = set()
    for side, size in ((True, checks.flagged), (False, checks.unflagged)):
        by_key = {
            version.scenario.key: version.pk
            for version in versions
            if (version.pk in flags.flagged) is side
        }
        order = ranked(by_key, seed=seed, purpose=f"check {'flagged' if side else 'unflagged'}")
        drawn |= {by_key[key] for key in order[: max(0, size)]}
    return frozenset(drawn)
