"""Planning a run: which model, which cells, how decoded, cut into chunks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Final

from django.db import IntegrityError, transaction

from annotation.models import Release
from modeling.backends import Decoding
from modeling.models import Chunk, Run
from modeling.services import manifests
from modeling.services.designs import Design, prompt_versions, stable_hash
from modeling.services.endpoints import Endpoint
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services import audit

CHUNK_CELLS: Final = 500
PAID_CHUNK_CELLS: Final = 100
MAX_CHUNK_CELLS: Final = 100_000


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
    actor: User | None = None,
) -> Planned:
    """Find the run with exactly this plan, or lay out another with its chunks.

    Without `new` the newest run of the plan is returned, finished or not: asking twice for the
    same answers asks nothing twice.
    """
    plan = plan_hash(release, design, endpoint, decoding, study_slug)
    existing = None if new else Run.objects.filter(plan_hash=plan, imported=False).first()
    if existing:
        return Planned(existing, found=True)
    run = Run(
        study_slug=study_slug,
        release=release,
        endpoint=endpoint.as_json(),
        design=design.as_json(),
        decoding=asdict(decoding),
        prompt_version=stable_hash(prompt_versions(design).items(), digits=16),
        plan_hash=plan,
        cells=design.cells,
        created_by=actor,
    )
    run.manifest = manifests.planned(run, design)
    size = _chunk_size(chunk_size, endpoint)
    return Planned(_save(run, endpoint.label, _chunks(design, size)), found=False)


def plan_hash(
    release: Release, design: Design, endpoint: Endpoint, decoding: Decoding, study_slug: str
) -> str:
    """The same for the same question to the same model; the size of chunks does not matter."""
    plan = {
        "release": release.content_hash,
        "dataset": release.dataset_id,
        "study": study_slug,
        "design": design.as_json(),
        "prompts": prompt_versions(design),
        "endpoint": endpoint.as_json(),
        "decoding": asdict(decoding),
    }
    return stable_hash([json.dumps(plan, sort_keys=True, default=str)])


def free_label(run: Run, wanted: str) -> str:
    """`wanted`, or with ` #2` and so on where the study has such a run already."""
    taken = set(
        Run.objects.filter(study_slug=run.study_slug, release=run.release)
        .filter(label__startswith=wanted)
        .values_list("label", flat=True)
    )
    label, number = wanted, 2
    while label in taken:
        label, number = f"{wanted} #{number}", number + 1
    return label


def _chunk_size(given: int | None, endpoint: Endpoint) -> int:
    if given is None:
        return PAID_CHUNK_CELLS if endpoint.is_paid else CHUNK_CELLS
    if not 1 <= given <= MAX_CHUNK_CELLS:
        expected = f"1 to {MAX_CHUNK_CELLS}"
        raise BadInput("--chunk-size is out of range.", found=given, expected=expected)
    return given


def _chunks(design: Design, size: int) -> list[Chunk]:
    """Ranges that cover every cell once and never cut a prompt in two."""
    step = max(size - size % design.cells_per_prompt, design.cells_per_prompt)
    starts = range(0, design.cells, step)
    return [
        Chunk(number=number, start=start, stop=min(start + step, design.cells))
        for number, start in enumerate(starts)
    ]


def _save(run: Run, wanted: str, chunks: Iterable[Chunk]) -> Run:
    """Store run and chunks together. Whoever loses a race for the label takes the next one."""
    while True:
        run.label = free_label(run, wanted[:180])
        try:
            with transaction.atomic():
                run.save(force_insert=True)
                for chunk in chunks:
                    chunk.run = run
                Chunk.objects.bulk_create(chunks, batch_size=1000)
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
    same = Run.objects.filter(study_slug=run.study_slug, release=run.release, label=run.label)
    return same.exists()
