"""What a screening came to: flagged, reviewed, removed and kept; how often the rule errs; and the
release that is made of what was kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from django.db import transaction

from annotation.models import Dataset, Release, Review, ScenarioVersion, Screening
from annotation.services.datasets import current_versions
from annotation.services.releases import create_release, for_every_receiver, make_items
from annotation.services.screening import KEEP, REMOVE, with_outcome
from annotation.vocab.countries import by_iso2
from pact_site.base.csvsafe import write_rows
from pact_site.base.errors import BadInput
from pact_site.base.models import User

if TYPE_CHECKING:
    from analysis.metrics.pass_rate import Rate

LEDGER_COLUMNS = {
    "key": "the scenario's key in its dataset",
    "version": "number of the version that was looked at",
    "country": "full English name",
    "source": "where the scenario comes from",
    "flagged": "yes where the rule flagged the version",
    "rule": "what flagged it: judge, people or list",
    "criteria": "criteria that it failed, or that nobody judged",
    "rationale": "what was given as the reason, one criterion after the other",
    "to_check": "yes where the version was drawn for a check by people",
    "reviews": "how many decisions of people there are; the newest counts",
    "decision": "keep or remove, empty where nobody decided",
    "decision_reason": "why, in the reviewer's words",
    "reviewer": "reviewer's number within this screening",
    "reviewed_at": "when, in UTC",
    "outcome": "kept or removed",
}


@dataclass(frozen=True)
class Side:
    """Counts of one side, flagged or not."""

    size: int
    removed: int
    to_check: int
    checked: int
    overridden: int

    @property
    def kept(self) -> int:
        """How many stay."""
        return self.size - self.removed


@dataclass(frozen=True)
class Outcome:
    """A screening in numbers; `not_judged` counts versions on which the rule had nothing to go by."""

    flagged: Side
    unflagged: Side
    not_judged: int

    @property
    def before(self) -> int:
        """Versions looked at."""
        return self.flagged.size + self.unflagged.size

    @property
    def removed(self) -> int:
        """Versions that do not enter the release."""
        return self.flagged.removed + self.unflagged.removed

    @property
    def after(self) -> int:
        """Versions that do."""
        return self.before - self.removed

    @property
    def to_check(self) -> int:
        """Drawn checks of both sides."""
        return self.flagged.to_check + self.unflagged.to_check

    @property
    def checked(self) -> int:
        """Drawn checks that are done."""
        return self.flagged.checked + self.unflagged.checked


def outcome(screening: Screening) -> Outcome:
    """Count what is flagged, checked, overridden and removed."""
    rows = list(
        with_outcome(screening).values_list("flagged", "removed", "to_check", "decision", "reasons")
    )
    silent = sum(not row[0] and bool(row[4]) for row in rows)
    return Outcome(_side(rows, flagged=True), _side(rows, flagged=False), silent)


def _side(rows: Sequence[tuple[Any, ...]], *, flagged: bool) -> Side:
    side = [row for row in rows if row[0] is flagged]
    drawn = [row for row in side if row[2]]
    return Side(
        size=len(side),
        removed=sum(row[1] for row in side),
        to_check=len(drawn),
        checked=sum(row[3] is not None for row in drawn),
        overridden=sum(row[1] is not flagged for row in side),
    )


def errors(screening: Screening, *, level: float = 0.95) -> list[Rate]:
    """False removals, misses, the share of the unacceptable that was missed, and how many of the
    kept versions people find acceptable, with intervals.

    Only drawn checks speak for others: what somebody picked is no random sample.
    """
    import pandas as pd

    from analysis.metrics.pass_rate import kept_rate, removal_errors

    rows = with_outcome(screening).values("pk", "flagged", "to_check", "decision", "removed")
    frame = pd.DataFrame.from_records(rows).rename(columns={"pk": "item"})
    frame["decided"] = frame["decision"].map({KEEP: 1.0, REMOVE: 0.0})
    frame["human"] = frame["decided"].where(frame["to_check"])
    return [*removal_errors(frame, level=level), kept_rate(frame, level=level)]


def before_and_after(
    versions: Iterable[ScenarioVersion], kept: Iterable[ScenarioVersion]
) -> dict[str, dict[str, list[int]]]:
    """{"by_country" | "by_source": {name: [before, after]}}, by names, for a release's counts."""
    before, after = list(versions), list(kept)
    counts = {}
    for name, of in (("by_country", _country), ("by_source", source_of)):
        one, other = Counter(map(of, before)), Counter(map(of, after))
        counts[name] = {value: [one[value], other[value]] for value in sorted(one)}
    return counts


def source_of(version: ScenarioVersion) -> str:
    """The data set a scenario comes from: as its row says, else the dataset it stands in."""
    row = version.scenario.source_row
    named = (row.cells.get("dataset") or row.cells.get("metadata_source")) if row else None
    return str(named or version.scenario.dataset.slug)


def release_screening(
    *, screening: Screening, note: str = "", actor: User | None = None
) -> Release:
    """Freeze what the screening keeps as the dataset's next release; from then on it is closed.

    Raises BadInput where it has a release already or keeps nothing.
    """
    with transaction.atomic():
        locked = Screening.objects.select_for_update().get(pk=screening.pk)
        if locked.release_id is not None:
            raise BadInput("This screening has its release.", found=str(locked.release))
        rows = list(with_outcome(locked).select_related("version__scenario__dataset"))
        versions = [row.version for row in rows]
        kept = [row.version for row in rows if not row.removed]
        release = _release(locked.dataset, versions, kept, locked.name, note, actor)
        locked.release = release
        locked.save(update_fields=["release"])
    screening.release = release
    return release


@transaction.atomic
def release_dataset(*, dataset: Dataset, note: str = "", actor: User | None = None) -> Release:
    """Freeze the dataset's current versions as they are, without a screening; the release says so."""
    versions = list(current_versions(dataset))
    return _release(dataset, versions, versions, "", note, actor)


def _release(
    dataset: Dataset,
    versions: Sequence[ScenarioVersion],
    kept: Sequence[ScenarioVersion],
    screening: str,
    note: str,
    actor: User | None,
) -> Release:
    if not kept:
        raise BadInput("Nothing is left to release.", found=dataset.slug)
    counts = {
        "before": len(versions),
        "after": len(kept),
        "removed": len(versions) - len(kept),
        "screening": screening,
        **before_and_after(versions, kept),
    }
    release = create_release(dataset=dataset, versions=kept, note=note, counts=counts, actor=actor)
    make_items(release=release, items=for_every_receiver([v for v in kept if v.is_askable]))
    return release


def write_ledger(stream: TextIO, screening: Screening) -> int:
    """Write the ledger as CSV, a row a version; returns how many there are."""
    return write_rows(stream, tuple(LEDGER_COLUMNS), ledger(screening))


def ledger(screening: Screening) -> Iterator[dict[str, object]]:
    """The ledger's rows; reviewers stand under numbers, in the order of their first review."""
    reviews = Review.objects.filter(screened__screening=screening).order_by("id")
    by_row: dict[int, list[Review]] = {}
    numbers: dict[int | None, int] = {}
    for review in reviews:
        by_row.setdefault(review.screened_id, []).append(review)
        numbers.setdefault(review.reviewed_by_id, len(numbers) + 1)
    rows = with_outcome(screening).select_related("version__scenario__dataset")
    for row in rows.iterator(chunk_size=500):
        yield _ledger_row(row, by_row.get(row.pk, []), numbers)


def _ledger_row(
    row: Any, reviews: Sequence[Review], numbers: dict[int | None, int]
) -> dict[str, object]:
    newest = reviews[-1] if reviews else None
    reasons: list[dict[str, str]] = row.reasons
    return {
        "key": row.version.scenario.key,
        "version": row.version.number,
        "country": _country(row.version),
        "source": source_of(row.version),
        "flagged": "yes" if row.flagged else "no",
        "rule": reasons[0]["rule"] if row.flagged and reasons else None,
        "criteria": "; ".join(reason["criterion"] for reason in reasons) or None,
        "rationale": "; ".join(r["rationale"] for r in reasons if r["rationale"]) or None,
        "to_check": "yes" if row.to_check else "no",
        "reviews": len(reviews),
        "decision": newest.decision if newest else None,
        "decision_reason": (newest.reason or None) if newest else None,
        "reviewer": numbers[newest.reviewed_by_id] if newest else None,
        "reviewed_at": newest.reviewed_at.isoformat(timespec="seconds") if newest else None,
        "outcome": "removed" if row.removed else "kept",
    }


def _country(version: ScenarioVersion) -> str:
    return by_iso2(version.country).name
