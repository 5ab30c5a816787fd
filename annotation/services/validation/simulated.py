"""A SIMULATED validation, through the same services as a real one: for the demo and for trying.

Each item has a hidden chance of a yes under each question: high for most, even for a few. Every
simulated annotator draws from it. All of it follows from the seed by SHA-256.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from annotation.models import Annotator, Dataset, Task, Validation
from annotation.services.validation import annotating, claiming, drafts, freezing, people
from annotation.services.validation.presets import PAPER
from pact_site.base.models import User

ITEMS: Final = 24
DOUBTFUL: Final = 0.15
"""Share of (item, question) pairs about which simulated people are of two minds."""

SURE: Final = 0.97
UNSURE: Final = 0.5
SKIPPED: Final = 0.02
WHY: Final = (
    "Simulated: one could do both.",
    "Simulated: it is not said who is there.",
    "Simulated: nobody would put it like this.",
)


def simulated_validation(*, dataset: Dataset, slug: str, seed: int = 1) -> Validation:
    """A closed validation of 24 items by four simulated annotators, made once and marked simulated.

    Every item is rated twice, six of them by everybody, and each annotator meets two items again.
    """
    existing = Validation.objects.filter(slug=slug).first()
    if existing is not None and existing.state == Validation.State.CLOSED:
        return existing
    validation = existing or _open(dataset, slug, seed)
    for seat in validation.annotators.select_related("validation"):
        _work(seat, seed)
    return freezing.close(validation=validation)


def validation_to_try(*, dataset: Dataset, slug: str, user: User) -> Validation:
    """An open validation of twelve items for one person to try the desk; made once."""
    existing = Validation.objects.filter(slug=slug).first()
    if existing is not None:
        return existing
    plan = replace(PAPER.plan, annotators=1, shared=0, shared_raters=1)
    validation = drafts.create_draft(
        name="Try the desk",
        slug=slug,
        dataset=dataset,
        protocol=replace(PAPER, sample_size=12, plan=plan),
    )
    people.accept(token=people.invite(seat=validation.annotators.get()), user=user)
    return freezing.freeze(validation=validation)


def _open(dataset: Dataset, slug: str, seed: int) -> Validation:
    plan = replace(PAPER.plan, raters=2, shared=6, shared_raters=4, repeats=2)
    draft = drafts.create_draft(
        name="Simulated validation",
        slug=slug,
        dataset=dataset,
        protocol=replace(PAPER, sample_size=ITEMS, plan=plan, seed=seed),
        simulated=True,
    )
    return freezing.freeze(validation=draft)


def _work(seat: Annotator, seed: int) -> None:
    """Rate everything on the annotator's list, in its order."""
    while task := claiming.next_task(seat=seat):
        who = f"{seed}|{seat.pseudonym}|{task.item.key}|{task.repeat}"
        if _chance(f"{who}|skip") < SKIPPED:
            annotating.skip(seat=seat, task_id=task.pk, reason="Simulated: I know this too well.")
        else:
            annotating.answer(seat=seat, task_id=task.pk, given=_given(seat, task, who, seed))


def _given(seat: Annotator, task: Task, who: str, seed: int) -> annotating.Given:
    yes, no = seat.validation.labels
    values, reasons = {}, {}
    for code in claiming.criteria_of(seat.validation):
        doubtful = _chance(f"{seed}|{task.item.key}|{code}") < DOUBTFUL
        agrees = _chance(f"{who}|{code}") < (UNSURE if doubtful else SURE)
        values[code] = yes if agrees else no
        if not agrees:
            reasons[code] = WHY[int(_chance(f"{who}|{code}|why") * len(WHY))]
    return annotating.Given(
        values=values,
        reasons=reasons,
        note="Simulated: please look again." if len(reasons) > 1 else "",
        flagged=len(reasons) > 1,
        seconds=round(12 + 40 * _chance(f"{who}|seconds"), 1),
    )


def _chance(text: str) -> float:
    """A number in [0, 1) that is random over texts and the same for one."""
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
