"""Preflight of an endpoint or of a run: a few prompts before many, and what holds a run back.

The result is plain JSON, stored on the run: {passed, checks: [{name, passed, severity, words,
advice}], at, asked, prompt_tokens, completion_tokens, characters, latency_s, overridden_by}.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from statistics import fmean
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from annotation.vocab.terms import OptionOrder
from modeling.backends import BackendError, Decoding, absent_kinds
from modeling.backends.findings import checks
from modeling.backends.preflight import Check, Probe, Seen, bad, examine
from modeling.models import Run
from modeling.prompts.samples import sample_pairs
from modeling.services import questions
from modeling.services.designs import Cell
from modeling.services.endpoints import BASELINE, Endpoint, stored
from modeling.services.items import Questionnaire
from modeling.services.questions import Questions, Turnable
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit

Result = dict[str, Any]

PAIRS: Final = 5
SINGLES: Final = 5
SEED: Final = 20_240
NOT_ASKED: Final = frozenset({BASELINE, "files"})
"""Kinds that need no preflight: nothing is asked over a network, or not from here."""


def needed(endpoint: Endpoint) -> bool:
    """Whether runs on this endpoint want a preflight first, and it can be made from here."""
    return endpoint.kind not in NOT_ASKED and endpoint.kind not in absent_kinds()


def of_endpoint(endpoint: Endpoint, decoding: Decoding | None = None) -> Result:
    """Try the endpoint with five small questions of our own, either option first."""
    probes = [
        Probe(prompt, number) for number, pair in enumerate(sample_pairs()) for prompt in pair
    ]
    return check(endpoint, probes, decoding or Decoding())


def of_questions(endpoint: Endpoint, asked: Questions, decoding: Decoding) -> Result:
    """Try the endpoint with a few of the very prompts that a run would send."""
    return check(endpoint, probes_of(asked), decoding)


def of_run(run: Run) -> Result:
    """Try the run's endpoint with the run's prompts, and store what was found on the run."""
    result = of_questions(stored(run.endpoint), questions.of(run), Decoding(**run.decoding))
    return keep(run, result)


def check(endpoint: Endpoint, probes: Sequence[Probe], decoding: Decoding) -> Result:
    """Ask the probes and judge the replies; whatever the endpoint does ends in a check."""
    try:
        seen = _apart(examine(endpoint.spec(), probes, decoding))
    except (BackendError, BadInput) as error:
        advice = "Mend the endpoint's settings."
        return _result([bad("endpoint", str(error), advice)], None)
    return _result(checks(seen), seen)


def _apart(examining: Coroutine[Any, Any, Seen]) -> Seen:
    """In an event loop and a thread of its own, whatever the caller's thread is doing."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, examining).result()


def probes_of(asked: Questions) -> list[Probe]:
    """Seeded: five items with either option first for label prompts, else five single prompts."""
    draw = random.Random(SEED)  # noqa: S311 - which prompts are tried is no secret
    if isinstance(asked, Turnable):
        chosen = sorted(draw.sample(range(asked.cells), min(PAIRS, asked.cells)))
        both = [(pair, asked.both_orders(number)) for pair, number in enumerate(chosen)]
        return [Probe(prompt, pair) for pair, prompts in both for prompt in prompts]
    if isinstance(asked, Questionnaire) and asked.design.mode == "label":
        return _pairs(asked, draw)
    step = asked.cells_per_prompt
    groups = range(-(-asked.cells // step))
    chosen = sorted(draw.sample(groups, min(SINGLES, len(groups))))
    starts = [group * step for group in chosen]
    return [
        Probe(one.prompt)
        for start in starts
        for one in asked.asked(start, min(start + step, asked.cells))
    ]


def _pairs(asked: Questionnaire, draw: random.Random) -> list[Probe]:
    """Five items, each asked in both orders; a limit or a single order of the run changes nothing."""
    design = asked.design
    chosen = sorted(draw.sample(range(design.items), min(PAIRS, design.items)))
    probes: list[Probe] = []
    for pair, item in enumerate(chosen):
        cell = Cell(
            style=draw.choice(design.styles),
            item=item,
            persona=draw.choice(design.personas),
            frame=draw.choice(design.frames),
            order="",
            sample=0,
        )
        turned = (cell._replace(order=order.value) for order in OptionOrder)
        probes += [Probe(asked.prompt(one), pair) for one in turned]
    return probes


def _result(found: Sequence[Check], seen: Seen | None) -> Result:
    replies = [(p, r) for p, r in seen.answered] if seen else []
    return {
        "passed": not any(one.severity == "error" and not one.passed for one in found),
        "checks": [asdict(one) for one in found],
        "at": timezone.now().isoformat(),
        "asked": len(replies),
        "characters": sum(len(m["content"]) for p, _ in replies for m in p.messages),
        "prompt_tokens": sum(reply.prompt_tokens for _, reply in replies),
        "completion_tokens": sum(reply.completion_tokens for _, reply in replies),
        "latency_s": fmean(reply.latency_s for _, reply in replies) if replies else None,
        "overridden_by": None,
    }


def keep(run: Run, result: Result) -> Result:
    """Store the result on the run, and what matters of it in the manifest."""
    with transaction.atomic():
        run.refresh_from_db(fields=["manifest", "preflight"], from_queryset=_locked())
        run.preflight = result
        run.manifest = run.manifest | {"preflight": _for_manifest(result)}
        run.save(update_fields=["preflight", "manifest"])
        audit.record(
            verb="run.preflight", subject=f"run {run.public_id}", passed=result["passed"],
            failed=failed_names(result),
        )  # fmt: skip
    return result


def override(run: Run, *, actor: User | None = None) -> None:
    """Let the run start in spite of what its preflight found, or without one; who and when is kept."""
    with transaction.atomic():
        run.refresh_from_db(fields=["manifest", "preflight"], from_queryset=_locked())
        result = run.preflight or {"passed": False, "checks": [], "at": None}
        who = {"who": str(actor) if actor else "the command line", "at": timezone.now().isoformat()}
        run.preflight = result | {"overridden_by": who | {"failed": failed_names(result)}}
        run.manifest = run.manifest | {"preflight": _for_manifest(run.preflight)}
        run.save(update_fields=["preflight", "manifest"])
        audit.record(
            verb="run.preflight_overridden", subject=f"run {run.public_id}", actor=actor,
            failed=failed_names(result), skipped=not result["checks"],
        )  # fmt: skip


def holds_back(run: Run) -> bool:
    """Whether the last preflight failed and nobody has overridden it."""
    result = run.preflight
    return bool(result) and not result.get("passed") and not result.get("overridden_by")


def is_due(run: Run) -> bool:
    """Whether the run, which has not started, still needs a preflight that passes or an override."""
    if run.started_at is not None and not holds_back(run):
        return False
    settled = run.preflight.get("passed") or run.preflight.get("overridden_by")
    return needed(stored(run.endpoint)) and not settled


def failed_names(result: Result) -> list[str]:
    """The checks that failed, by name."""
    return [
        one["name"]
        for one in result.get("checks", ())
        if not one["passed"] and one["severity"] == "error"
    ]


def _for_manifest(result: Result) -> Result:
    kept = {name: result.get(name) for name in ("passed", "at", "overridden_by")}
    return kept | {
        "checks": [
            {name: one[name] for name in ("name", "passed", "severity", "words")}
            for one in result["checks"]
        ]
    }


def _locked() -> Any:
    return Run.objects.select_for_update()
