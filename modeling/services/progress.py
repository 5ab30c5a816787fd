"""How far a run is: counted from its chunks, for pages and terminals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from modeling.models import Run
from modeling.services import batches
from modeling.services.costs import Prices, shown
from pact_site.base.models import State

WINDOW: Final = timedelta(seconds=60)
_COUNTED: Final = ("rows", "valid", "invalid", "prompt_tokens", "completion_tokens")
_UNANSWERED: Final = F("stop") - F("start") - F("rows")


@dataclass(frozen=True)
class Progress:
    """Stored answers of a run. `rate` is cells a second lately, None before any; `failed` counts
    cells of chunks that gave up, `in_batches` those of chunks that wait for a batch; `eta` is None
    where it cannot be told, `cost` (in `currency`) where a price is unknown, `budget` where there
    is none."""

    cells: int
    answered: int
    valid: int
    invalid: int
    failed: int
    prompt_tokens: int
    completion_tokens: int
    in_batches: int
    rate: float | None
    eta: timedelta | None
    cost: Decimal | None = None
    budget: Decimal | None = None
    currency: str = ""

    @property
    def cost_words(self) -> str:
        """Such as `0.0412 USD`; empty where the cost is unknown."""
        return "" if self.cost is None else shown(self.cost, self.currency)

    @property
    def budget_words(self) -> str:
        """Such as `5.00 USD`; empty without a budget."""
        return "" if self.budget is None else shown(self.budget, self.currency)

    @property
    def share(self) -> float:
        """Answered cells of all, 0 to 1."""
        return self.answered / self.cells if self.cells else 0.0

    @property
    def percent(self) -> int:
        """The same in whole percent, for the progress element."""
        return int(100 * self.share)

    @property
    def invalid_share(self) -> float | None:
        """Invalid answers of all answers; None before the first."""
        return self.invalid / self.answered if self.answered else None


def with_counts(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Runs with `answered`, `valid`, `invalid` summed over their stored chunks, in one query.

    Newest first: grouping drops the model's own order.
    """
    stored = ~Q(chunks__shard="")
    counted = runs.select_related("release__dataset").annotate(
        answered=Sum("chunks__rows", filter=stored, default=0),
        valid=Sum("chunks__valid", filter=stored, default=0),
        invalid=Sum("chunks__invalid", filter=stored, default=0),
    )
    return counted.order_by("-created_at", "-pk")


def of(run: Run) -> Progress:
    """Count the run's chunks now, in one query."""
    now, since = _lately(run)
    stored, done = ~Q(shard=""), Q(state=State.DONE)
    sums = run.chunks.aggregate(
        **{f"stored_{name}": Sum(name, filter=stored, default=0) for name in _COUNTED},
        given_up=Sum("failed", filter=Q(state=State.FAILED), default=0),
        in_batches=Sum(_UNANSWERED, filter=batches.UNDER_WAY, default=0),
        lately=Sum("rows", filter=done & Q(finished_at__gte=since), default=0),
    )
    rate = _rate(sums["lately"], now - since)
    counts = {name: sums[f"stored_{name}"] for name in _COUNTED}
    left = run.cells - counts["rows"]
    eta = timedelta(seconds=round(left / rate)) if rate and left else None
    prices = Prices.from_json(run.prices)
    return Progress(
        cells=run.cells,
        answered=counts["rows"],
        valid=counts["valid"],
        invalid=counts["invalid"],
        failed=sums["given_up"],
        prompt_tokens=counts["prompt_tokens"],
        completion_tokens=counts["completion_tokens"],
        in_batches=sums["in_batches"],
        rate=rate,
        eta=eta if run.state == Run.State.RUNNING else None,
        cost=prices.cost(counts["prompt_tokens"], counts["completion_tokens"]),
        budget=run.budget,
        currency=prices.currency,
    )


def _lately(run: Run) -> tuple[datetime, datetime]:
    """End and start of the time that the rate is of: the last minute while running, else all."""
    now = run.finished_at or timezone.now()
    started = run.started_at or now
    return now, started if run.finished_at else max(started, now - WINDOW)


def _rate(cells: int, span: timedelta) -> float | None:
    """Cells a second; None before any."""
    seconds = span.total_seconds()
    return cells / seconds if cells and seconds > 0 else None
