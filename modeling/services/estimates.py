"""What a run will take before it is started: prompts, tokens, cost, time, each with its reason.

Tokens come from a seeded sample of the prompts as they would be sent. Before anything was asked a
token is taken for four characters and a reply for as long as it may be; after a preflight the
server's own counts decide. Cost is None where a price is unknown, time where no speed is known.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from statistics import fmean
from typing import Any, Final

from django.db.models import Sum

from modeling.backends import Decoding, Prompt
from modeling.backends.registry import defaults_of
from modeling.models import Run
from modeling.services import questions
from modeling.services.costs import Prices
from modeling.services.endpoints import BASELINE, Endpoint, stored
from modeling.services.questions import Questions

SAMPLE: Final = 50
SEED: Final = 20_241
CHARACTERS_A_TOKEN: Final = 4.0
IN_FLIGHT: Final = 20


@dataclass(frozen=True)
class Estimate:
    """`measured` says whether the tokens rest on the server's own counts.

    `seconds` is None where no speed is known; `time_basis` says where it comes from.
    """

    cells: int
    prompts: int
    prompt_tokens: int
    completion_tokens: int
    measured: bool
    cost: Decimal | None
    currency: str
    seconds: float | None
    time_basis: str

    @property
    def duration(self) -> timedelta | None:
        """The time in whole seconds, for pages."""
        return None if self.seconds is None else timedelta(seconds=max(1, round(self.seconds)))

    def words(self) -> str:
        """All of it in one line, for terminals."""
        about = "about" if self.measured else "roughly"
        most = "" if self.measured else " at most"
        cost = "cost unknown (the endpoint has no prices)"
        if self.cost is not None:
            cost = f"{self.cost:.2f} {self.currency}" if self.cost else "no cost"
        time = f"{self.duration} ({self.time_basis})" if self.duration else "time unknown"
        return (
            f"{self.cells:,} cells in {self.prompts:,} prompts; {about} {self.prompt_tokens:,} tokens "
            f"sent and {self.completion_tokens:,} written{most}; {cost}; {time}."
        )

    def as_json(self) -> dict[str, Any]:
        """For the REST interface; cost and seconds may be null."""
        return {
            "cells": self.cells,
            "prompts": self.prompts,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "measured": self.measured,
            "cost": None if self.cost is None else float(round(self.cost, 4)),
            "currency": self.currency,
            "seconds": None if self.seconds is None else round(self.seconds),
            "time_basis": self.time_basis,
        }


def of(
    asked: Questions,
    *,
    endpoint: Endpoint,
    decoding: Decoding,
    prices: Prices,
    preflight: Mapping[str, Any] | None = None,
) -> Estimate:
    """What asking all these questions takes; `preflight` is the stored result of one, if any."""
    prompts = -(-asked.cells // asked.cells_per_prompt)
    shown = sampled(asked)
    seen = preflight if preflight and preflight.get("asked") else None
    sent = round(prompts * _prompt_tokens(shown, seen))
    written = round(prompts * _completion_tokens(shown, decoding, seen))
    seconds, basis = _seconds(prompts, asked.cells, endpoint, seen)
    return Estimate(
        cells=asked.cells,
        prompts=prompts,
        prompt_tokens=sent,
        completion_tokens=written,
        measured=seen is not None and bool(seen["prompt_tokens"]),
        cost=prices.cost(sent, written),
        currency=prices.currency,
        seconds=seconds,
        time_basis=basis,
    )


def of_run(run: Run) -> Estimate:
    """What a run takes in all, by its prices and its last preflight."""
    return of(
        questions.of(run),
        endpoint=stored(run.endpoint),
        decoding=Decoding(**run.decoding),
        prices=Prices.from_json(run.prices),
        preflight=run.preflight,
    )


def sampled(asked: Questions, number: int = SAMPLE) -> list[Prompt]:
    """A seeded sample of the prompts, all of them where there are few."""
    step = asked.cells_per_prompt
    groups = range(-(-asked.cells // step))
    draw = random.Random(SEED)  # noqa: S311 - which prompts are measured is no secret
    chosen = sorted(draw.sample(groups, min(number, len(groups))))
    starts = [group * step for group in chosen]
    return [
        one.prompt for start in starts for one in asked.asked(start, min(start + step, asked.cells))
    ]


def _prompt_tokens(shown: list[Prompt], seen: Mapping[str, Any] | None) -> float:
    """Tokens that a prompt has on average; the server's count of characters to tokens if known."""
    if not shown:
        return 0.0
    characters = fmean(sum(len(m["content"]) for m in prompt.messages) for prompt in shown)
    if seen and seen["prompt_tokens"]:
        return characters * float(seen["prompt_tokens"]) / float(seen["characters"])
    return characters / CHARACTERS_A_TOKEN


def _completion_tokens(
    shown: list[Prompt], decoding: Decoding, seen: Mapping[str, Any] | None
) -> float:
    """Tokens that an answer has on average. Where only a sample is asked for reasons, the few
    prompts of a preflight say nothing of it, and each reason counts as long as it may get."""
    if not shown:
        return 0.0
    most = [decoding.max_tokens or prompt.max_tokens for prompt in shown]
    if not (seen and seen["completion_tokens"]):
        return fmean(most)
    measured = float(seen["completion_tokens"]) / float(seen["asked"])
    if len({prompt.mode for prompt in shown}) == 1:
        return measured
    return fmean(
        limit if prompt.mode == "rationale" else min(measured, limit)
        for prompt, limit in zip(shown, most, strict=True)
    )


def _seconds(
    prompts: int, cells: int, endpoint: Endpoint, seen: Mapping[str, Any] | None
) -> tuple[float | None, str]:
    """Seconds and where they come from: an earlier run's speed, else the preflight's latency."""
    rate = earlier_rate(endpoint)
    if rate:
        return (
            cells / rate,
            f"as fast as the last run on {endpoint.name}, {rate:,.0f} cells a second",
        )
    if seen and seen.get("latency_s"):
        latency = float(seen["latency_s"])
        flight = _in_flight(endpoint)
        basis = f"{latency:.2f} s an answer in the preflight, {flight} at once"
        return max(prompts * latency / flight, latency), basis
    return None, ""


def earlier_rate(endpoint: Endpoint) -> float | None:
    """Cells a second of the last finished run that asked this model here; None before any."""
    done = Run.objects.filter(
        state=Run.State.DONE, imported=False, started_at__isnull=False, finished_at__isnull=False,
        endpoint__kind=endpoint.kind, endpoint__model=endpoint.model,
        endpoint__base_url=endpoint.base_url,
    )  # fmt: skip
    run = done.annotate(stored=Sum("chunks__rows", default=0)).order_by("-finished_at").first()
    if run is None or run.started_at is None or run.finished_at is None:
        return None
    seconds = (run.finished_at - run.started_at).total_seconds()
    return run.stored / seconds if run.stored and seconds > 0 else None


def _in_flight(endpoint: Endpoint) -> int:
    """How many requests are under way at first; the pace grows from there."""
    known = {} if endpoint.kind == BASELINE else defaults_of(endpoint.kind)
    given = endpoint.options.get("start_in_flight", known.get("start_in_flight", IN_FLIGHT))
    return max(1, int(str(given)))
