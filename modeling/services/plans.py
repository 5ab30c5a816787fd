"""Planning a run: which model, which cells, how decoded, cut into chunks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from annotation.models import Release
from modeling.backends import Decoding
from modeling.models import Chunk, Run
from modeling.services import budgets, manifests
from modeling.services.designs import Design, prompt_versions, stable_hash
from modeling.services.endpoints import BASELINE, Endpoint
from modeling.services.questions import COUNTERPARTS
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit

CHUNK_CELLS: Final = 500
PAID_CHUNK_CELLS: Final = 100
ANSWERED_LATER: Final = ("openai_batch", "files")
BATCH_CHUNK_CELLS: Final = 10_000
"""One chunk is one batch, or one round of imported answers: a crash costs none that is stored."""

MAX_CHUNK_CELLS: Final = 100_000
ROWS_AT_ONCE: Final = 2_000


@dataclass(frozen=True)
class Plan:
    """What is to be asked, whatever its kind.

    `design` is plain JSON that the kind reads back; its `limit`, if any, keeps the first cells.
    `inputs` name the frozen inputs by hash, so that changed inputs make another plan.
    """

    kind: str
    design: Mapping[str, Any]
    cells: int
    cells_per_prompt: int
    prompts: Mapping[str, str]
    inputs: Mapping[str, object]
    dataset_slug: str
    study_slug: str = ""
    release: Release | None = None
    label: str = ""


@dataclass(frozen=True)
class Planned:
    """A run, and whether it was there already."""

    run: Run
    found: bool


def plan_run(
    *,
    release: Release,
    design: Design,
    endpoint: Endpoint,
    decoding: Decoding,
    study_slug: str = "",
    chunk_size: int | None = None,
    new: bool = False,
    budget: Decimal | None = None,
    actor: User | None = None,
) -> Planned:
    """Find the run with exactly this plan, or lay out another with its chunks.

    Without `new` the newest run of the plan is returned, finished or not: asking twice for the
    same answers asks nothing twice. A run that was planned with a lower limit grows to this one. A
    budget is that of a new run, and from now on that of one that was found.
    """
    plan = Plan(
        kind=COUNTERPARTS,
        design=design.as_json(),
        cells=design.cells,
        cells_per_prompt=design.cells_per_prompt,
        prompts=prompt_versions(design),
        inputs={
            "release": release.content_hash,
            "dataset": release.dataset_id,
            "study": study_slug,
        },
        dataset_slug=release.dataset.slug,
        study_slug=study_slug,
        release=release,
    )
    return lay_out(
        plan, endpoint=endpoint, decoding=decoding, chunk_size=chunk_size, new=new, budget=budget,
        actor=actor,
    )  # fmt: skip


def lay_out(
    plan: Plan,
    *,
    endpoint: Endpoint,
    decoding: Decoding,
    chunk_size: int | None = None,
    new: bool = False,
    budget: Decimal | None = None,
    actor: User | None = None,
) -> Planned:
    """Find the run with exactly this plan, or store another with its chunks.

    BadInput for a budget where a price is unknown.
    """
    digest = plan_hash(plan, endpoint, decoding)
    step = _step(chunk_size, endpoint, plan)
    existing = None if new else _find(digest, plan)
    if existing:
        if budget is not None:
            budgets.change(existing, budget)
        return Planned(_grown(existing, plan, step), found=True)
    run = Run(
        kind=plan.kind,
        study_slug=plan.study_slug,
        dataset_slug=plan.dataset_slug,
        release=plan.release,
        endpoint=endpoint.as_json(),
        prices=endpoint.prices.as_json(),
        budget=budgets.checked(budget, endpoint.prices),
        design=dict(plan.design),
        decoding=asdict(decoding),
        prompt_version=stable_hash(plan.prompts.items(), digits=16),
        plan_hash=digest,
        cells=plan.cells,
        simulated=plan.kind != COUNTERPARTS and endpoint.kind == BASELINE,
        created_by=actor,
    )
    run.manifest = manifests.planned(run, plan.prompts)
    return Planned(_save(run, plan.label or endpoint.label, step), found=False)


def plan_hash(plan: Plan, endpoint: Endpoint, decoding: Decoding) -> str:
    """The same for the same question to the same model; limit and size of chunks do not matter."""
    asked = {
        **plan.inputs,
        "design": {**plan.design, "limit": None},
        "prompts": dict(plan.prompts),
        "endpoint": endpoint.identity(),
        "decoding": asdict(decoding),
    }
    return stable_hash([json.dumps(asked, sort_keys=True, default=str)])


def free_label(run: Run, wanted: str) -> str:
    """`wanted`, or with ` #2` and so on where the study has such a run already."""
    taken = set(_namesakes(run).filter(label__startswith=wanted).values_list("label", flat=True))
    label, number = wanted, 2
    while label in taken:
        label, number = f"{wanted} #{number}", number + 1
    return label


def _default_size(endpoint: Endpoint) -> int:
    if endpoint.kind in ANSWERED_LATER:
        return BATCH_CHUNK_CELLS
    return PAID_CHUNK_CELLS if endpoint.is_paid else CHUNK_CELLS


def _step(given: int | None, endpoint: Endpoint, plan: Plan) -> int:
    """Cells a chunk, whole prompts of them."""
    if given is None:
        given = _default_size(endpoint)
    if not 1 <= given <= MAX_CHUNK_CELLS:
        expected = f"1 to {MAX_CHUNK_CELLS}"
        raise BadInput("--chunk-size is out of range.", found=given, expected=expected)
    return max(given - given % plan.cells_per_prompt, plan.cells_per_prompt)


def _find(digest: str, plan: Plan) -> Run | None:
    """The newest run of the plan that this plan continues: as many cells, else the most below."""
    runs = Run.objects.filter(plan_hash=digest, imported=False, cells__lte=plan.cells)
    return runs.order_by("-cells", "-created_at").first()


def _grown(run: Run, plan: Plan, step: int) -> Run:
    """The run with chunks for the cells that its limit had left out; a limit keeps the first."""
    if run.cells == plan.cells:
        return run
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run.pk)
        if run.cells >= plan.cells:  # somebody else has been quicker
            return run
        before, run.cells, run.design = run.cells, plan.cells, dict(plan.design)
        _add_chunks(run, step, start=before, number=run.chunks.count())
        run.manifest = run.manifest | {"design": run.design}
        if run.state == Run.State.DONE:
            run.state, run.finished_at = Run.State.STOPPED, None
        run.save(update_fields=["cells", "design", "manifest", "state", "finished_at"])
        audit.record(verb="run.grown", subject=f"run {run.public_id}", cells=run.cells)
    return run


def _add_chunks(run: Run, step: int, *, start: int = 0, number: int = 0) -> None:
    """Rows of ranges that cover every cell from `start` once, a batch at a time."""
    starts = enumerate(range(start, run.cells, step), start=number)
    while batch := list(islice(starts, ROWS_AT_ONCE)):
        Chunk.objects.bulk_create(
            Chunk(run=run, number=number, start=first, stop=min(first + step, run.cells))
            for number, first in batch
        )


def _save(run: Run, wanted: str, step: int) -> Run:
    """Store run and chunks together. Whoever loses a race for the label takes the next one."""
    while True:
        run.label = free_label(run, wanted[:180])
        try:
            with transaction.atomic():
                run.save(force_insert=True)
                _add_chunks(run, step)
                audit.record(
                    verb="run.planned", subject=f"run {run.public_id}", actor=run.created_by,
                    label=run.label, cells=run.cells,
                )  # fmt: skip
        except IntegrityError:
            if not _label_taken(run):
                raise
        else:
            return run


def _label_taken(run: Run) -> bool:
    return _namesakes(run).filter(label=run.label).exists()


def _namesakes(run: Run) -> QuerySet[Run]:
    """The runs among which a label stands once."""
    runs = Run.objects.filter(kind=run.kind, study_slug=run.study_slug, release=run.release)
    return runs.filter(dataset_slug=run.dataset_slug) if run.release is None else runs
