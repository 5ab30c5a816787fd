"""How far a run is: counted from its chunks, for pages and terminals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from modeling.models import Run
from modeling.services import batches
from modeling.services.costs import Prices, shown
from pact_site.base.models import State

WINDOW: Final = timedelta(seconds=60)


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
    """Count the run's chunks now."""
    names = ("rows", "valid", "invalid", "prompt_tokens", "completion_tokens")
    stored = run.chunks.exclude(shard="")
    sums = stored.aggregate(**{name: Sum(name, default=0) for name in names})
    given_up = run.chunks.filter(state=State.FAILED).aggregate(n=Sum("failed", default=0))["n"]
    rate = _rate(run)
    left = run.cells - sums["rows"]
    eta = timedelta(seconds=round(left / rate)) if rate and left else None
    prices = Prices.from_json(run.prices)
    return Progress(
        cells=run.cells,
        answered=sums["rows"],
        valid=sums["valid"],
        invalid=sums["invalid"],
        failed=given_up,
        prompt_tokens=sums["prompt_tokens"],
        completion_tokens=sums["completion_tokens"],
        in_batches=_in_batches(run),
        rate=rate,
        eta=eta if run.state == Run.State.RUNNING else None,
        cost=prices.cost(sums["prompt_tokens"], sums["completion_tokens"]),
        budget=run.budget,
        currency=prices.currency,
    )


def _in_batches(run: Run) -> int:
    """Cells without an answer in chunks whose batch is under way."""
    size = Sum(F("stop") - F("start") - F("rows"), default=0)
    cells: int = batches.under_way(run).aggregate(n=size)["n"]
    return cells


def _rate(run: Run) -> float | None:
    """Over the last minute while running, over the whole time once finished."""
    if run.started_at is None:
        return None
    now = run.finished_at or timezone.now()
    since = run.started_at if run.finished_at else max(run.started_at, now - WINDOW)
    finished = run.chunks.filter(state=State.DONE, finished_at__gte=since)
    cells: int = finished.aggregate(n=Sum("rows", default=0))["n"]
    seconds = (now - since).total_seconds()
    return cells / seconds if cells and seconds > 0 else None
