"""A run's budget: no chunk is asked that might take the run above it.

What is spent is known from the tokens of stored answers. What a chunk will cost is told from its
prompts, rendered: as many tokens a character, and as many written tokens a cell, as the last chunk
brought. Before there is one, and so before anything is known, the most it can cost is assumed.
Chunks that are out are taken to cost as much a cell as the dearest that has come back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from django.db.models import F, Max, Q, QuerySet, Sum
from django.utils import timezone

from modeling.models import Chunk, Run
from modeling.services import runs
from modeling.services.costs import Prices, shown
from modeling.services.questions import Questions
from pact_site.base.errors import BadInput
from pact_site.base.models import State

LEAST_CHARACTERS_A_TOKEN: Final = 3
TOKENS_AROUND_A_MESSAGE: Final = 8
LOOK_AGAIN: Final = timedelta(seconds=1)
LARGEST: Final = Decimal(10_000_000)


@dataclass(frozen=True)
class Size:
    """What a chunk asks: cells, characters of its prompts, and the most tokens it can take."""

    cells: int
    characters: int
    most_prompt_tokens: int
    most_completion_tokens: int


def checked(amount: Decimal | None, prices: Prices) -> Decimal | None:
    """A budget that can be kept; BadInput where it is out of range or a price is unknown."""
    if amount is None:
        return None
    if not 0 < amount <= LARGEST:
        raise BadInput("The budget is out of range.", found=str(amount), expected="above 0")
    if not prices.known:
        raise BadInput(
            "A budget needs prices, and those of this endpoint are unknown.",
            expected="an endpoint with both prices of a million tokens, or no budget",
        )
    return amount


def change(run: Run, amount: Decimal) -> None:
    """Give a planned run another budget; see `checked`."""
    run.budget = checked(amount, Prices.from_json(run.prices))
    Run.objects.filter(pk=run.pk).update(budget=run.budget)


def permits(chunk: Chunk, questions: Questions) -> bool:
    """Whether the chunk just claimed may be asked; if not, it has gone back to the queue.

    While other chunks are out, their cost decides: it is waited for. Otherwise the run stops. A
    batch that is under way has been paid for.
    """
    run = chunk.run
    if run.budget is None or chunk.in_batch:
        return True
    prices = Prices.from_json(run.prices)
    one = _forecast(chunk, questions, prices)
    others = run.chunks.filter(Q(state=State.RUNNING) | Chunk.IN_BATCH & Q(state=State.QUEUED))
    out = _cells(others.exclude(pk=chunk.pk))
    a_cell = max(one / (chunk.stop - chunk.start), _dearest_cell(run, prices))
    so_far = spent(run, prices)
    if so_far + a_cell * out + one <= run.budget:
        return True
    _hand_back(chunk)
    if not out:
        runs.stop(run=run, reason=_words(run.budget, so_far, one, prices.currency))
    return False


def spent(run: Run, prices: Prices) -> Decimal:
    """What the run's stored answers have cost."""
    sums = run.chunks.aggregate(
        prompt=Sum("prompt_tokens", default=0), completion=Sum("completion_tokens", default=0)
    )
    return prices.cost(sums["prompt"], sums["completion"]) or Decimal(0)


def size(chunk: Chunk, questions: Questions, max_tokens: int | None) -> Size:
    """Render the chunk's prompts and count."""
    characters = prompt_tokens = completion_tokens = 0
    for asked in questions.asked(chunk.start, chunk.stop):
        messages = asked.prompt.messages
        length = sum(len(text) for message in messages for text in message.values())
        characters += length
        prompt_tokens += length // LEAST_CHARACTERS_A_TOKEN
        prompt_tokens += TOKENS_AROUND_A_MESSAGE * len(messages)
        completion_tokens += max_tokens or asked.prompt.max_tokens
    return Size(chunk.stop - chunk.start, characters, prompt_tokens, completion_tokens)


def _forecast(chunk: Chunk, questions: Questions, prices: Prices) -> Decimal:
    most = chunk.run.decoding.get("max_tokens")
    mine = size(chunk, questions, most)
    done = chunk.run.chunks.filter(state=State.DONE, prompt_tokens__gt=0)
    last = done.order_by("-finished_at").first()
    if last is None:
        tokens = mine.most_prompt_tokens, mine.most_completion_tokens
    else:
        other = size(last, questions, most)
        tokens = (
            -(-last.prompt_tokens * mine.characters // other.characters),
            -(-last.completion_tokens * mine.cells // other.cells),
        )
    return prices.cost(*tokens) or Decimal(0)


def _dearest_cell(run: Run, prices: Prices) -> Decimal:
    """The most that a cell has cost in the chunks that came back, each on average; 0 before."""
    cells = 1.0 * (F("stop") - F("start"))
    most = run.chunks.filter(state=State.DONE).aggregate(
        prompt=Max(F("prompt_tokens") / cells), completion=Max(F("completion_tokens") / cells)
    )
    tokens = (Decimal(most[kind] or 0) for kind in ("prompt", "completion"))
    return prices.cost(*tokens) or Decimal(0)


def _cells(chunks: QuerySet[Chunk]) -> int:
    total: int = chunks.aggregate(n=Sum(F("stop") - F("start"), default=0))["n"]
    return total


def _hand_back(chunk: Chunk) -> None:
    chunk.held().update(
        state=State.QUEUED, attempts=F("attempts") - 1, lease_expires=None,
        not_before=timezone.now() + LOOK_AGAIN,
    )  # fmt: skip


def _words(budget: Decimal, so_far: Decimal, one: Decimal, currency: str) -> str:
    return (
        f"The budget of {shown(budget, currency)} is used up: {shown(so_far, currency)} spent, and "
        f"the next chunk would cost about {shown(one, currency)}. A higher budget continues the run."
    )
