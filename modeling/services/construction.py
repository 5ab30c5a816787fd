"""Construction steps as runs: planned over the rows that are due, asked by the engine, harvested.

One run asks one step of one construction about a frozen list of (source row, step before). The
harvest records the tries through annotation's services; where the run's design names steps that
follow, it plans and starts the next one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from django.utils.functional import cached_property

from annotation.models import Construction
from annotation.services import construction as steps
from annotation.services.construction import Due, Subject
from annotation.services.construction_record import Recorded, Result, record
from annotation.vocab.construction import Motivation, StepName
from modeling.backends import Decoding, Reply
from modeling.models import Run
from modeling.prompts.construction import (
    INVALID,
    Draft,
    Source,
    parse,
    prompt_version,
    render,
    value_of,
)
from modeling.schemas import TEXT_SCHEMA
from modeling.services import answers, endpoints, plans, runs
from modeling.services.designs import stable_hash
from modeling.services.endpoints import Endpoint
from modeling.services.questions import CONSTRUCT, Asked, Kind, Row, reply_columns
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services.jobs import Context

DEFAULT_TEMPERATURE: Final = 0.0
GOLD_LABELS: Final = frozenset({"yes", "no", "neutral", "positive", "negative"})


@dataclass(frozen=True)
class StepQuestions:
    """The questions of one run (`Questions`): one step about each of its subjects."""

    step: StepName
    subjects: Sequence[Subject]
    limit: int | None = None
    cells_per_prompt: int = 1

    @property
    def cells(self) -> int:
        """How many rows are asked about."""
        full = len(self.subjects)
        return full if self.limit is None else min(full, self.limit)

    @cached_property
    def prompt_versions(self) -> Mapping[str, str]:
        """Step -> version of its prompt."""
        return {self.step.value: prompt_version(self.step)}

    def asked(self, start: int, stop: int, known: Container[str] = ()) -> Iterator[Asked]:
        """See Questions.asked."""
        for subject in self.subjects[start:stop]:
            key = self.key(subject)
            if key not in known:
                prompt = render(self.step, key=key, source=_source(subject), draft=_draft(subject))
                yield Asked(prompt, {key: subject})

    def rows(self, asked: Asked, reply: Reply) -> list[Row]:
        """See Questions.rows."""
        ((key, subject),) = asked.cells.items()
        parsed = parse(self.step, reply, _draft(subject))
        return [
            {
                "cell_key": key,
                "subject_id": subject.due.row,
                "subject": subject.key,
                "question": self.step.value,
                "sample_index": 0,
                "value": value_of(parsed),
                "note": "",
                "invalid_reason": parsed.reason_code if parsed.verdict == INVALID else "",
                "text": reply.text or reply.reasoning,
            }
            | reply_columns(reply, first=True)
        ]

    def key(self, subject: Subject) -> str:
        """A stable hash of everything the prompt says."""
        said = json.dumps(subject.written, sort_keys=True, ensure_ascii=False)
        version = self.prompt_versions[self.step.value]
        asked = (subject.due.row, subject.content_hash, subject.motivation, said)
        return stable_hash((self.step.value, version, *asked), digits=32)


def plan_step(
    construction: Construction,
    step: StepName,
    *,
    endpoint: Endpoint,
    decoding: Decoding,
    rows: Collection[int] | None = None,
    again: bool = False,
    invalid: bool = False,
    then: Sequence[StepName] = (),
    limit: int | None = None,
    chunk_size: int | None = None,
    actor: User | None = None,
) -> Run | None:
    """A run of this step over the rows that are due, or None where none is.

    An unfinished run of just these rows is found and continued. `again` asks rows that have been
    asked before, `invalid` those of them that brought nothing to use. `then` are the steps to
    follow of themselves.
    """
    cells = steps.due(construction, step, rows=rows, again=again, invalid=invalid)[:limit]
    if not cells:
        return None
    design = {
        "kind": f"{CONSTRUCT}:{step}",
        "construction": construction.pk,
        "step": str(step),
        "cells": [[cell.row, cell.after] for cell in cells],
        "limit": None,
    }
    asked = [f"{cell.row}:{cell.after}" for cell in cells]
    plan = plans.Plan(
        kind=f"{CONSTRUCT}:{step}",
        design=design,
        cells=len(cells),
        cells_per_prompt=1,
        prompts={str(step): prompt_version(step)},
        inputs={"construction": construction.pk, "cells": stable_hash(asked)},
        dataset_slug=construction.dataset.slug,
        label=f"{construction.name}: {step}",
    )
    lay_out = partial(
        plans.lay_out,
        plan,
        endpoint=endpoint,
        decoding=decoding,
        chunk_size=chunk_size,
        actor=actor,
    )
    run = lay_out().run
    if run.state == Run.State.DONE:  # its results are stored: these rows are to be asked anew
        run = lay_out(new=True).run
    # What follows is no part of the question, so it is kept out of the plan's hash.
    run.design = run.design | {"then": [str(name) for name in then]}
    run.save(update_fields=["design"])
    return run


def harvest(run: Run, context: Context) -> dict[str, object]:
    """Record what the run brought, and start the next step where the design names one."""
    construction, step = _construction(run), StepName(run.design["step"])
    if run.simulated:
        steps.mark_simulated(construction)
    told = record(
        construction=construction,
        step=step,
        results=_results(run, context),
        run_id=run.public_id,
        actor=run.created_by,
    )
    following = _start_next(run, construction)
    return vars(told) | {"next": following.public_id if following else None}


def told_by(run: Run) -> Recorded:
    """What the steps recorded from this run came to, counted again from the tables."""
    found = Recorded()
    for verdict in (
        _construction(run).steps.filter(run_id=run.public_id).values_list("verdict", flat=True)
    ):
        setattr(found, verdict, getattr(found, verdict) + 1)
    return found


def raw_reply(run: Run, cell_key: str) -> str | None:
    """The reply of one cell as it came, from the run's shards; None if there is none."""
    for table in answers.tables(run, ["cell_key", "text"]):
        for row in table.to_pylist():
            if row["cell_key"] == cell_key:
                return str(row["text"])
    return None


def endpoint_of(construction: Construction) -> Endpoint:
    """Where the construction asks."""
    return endpoints.stored(construction.endpoint)


def _load(run: Run) -> StepQuestions:
    construction, step = _construction(run), StepName(run.design["step"])
    if run.prompt_version and run.manifest.get("prompts", {}).get(step) != prompt_version(step):
        raise BadInput(
            f"The prompt of step {step} has changed since run {run.public_id} was planned.",
            expected="another run",
        )
    cells = [Due(row, after) for row, after in run.design["cells"]]
    return StepQuestions(step, steps.subjects(construction, cells), run.design.get("limit"))


def _construction(run: Run) -> Construction:
    found = Construction.objects.select_related("dataset").filter(pk=run.design["construction"])
    construction = found.first()
    if construction is None:
        raise BadInput(f"Run {run.public_id} belongs to a construction that is gone.")
    return construction


def _results(run: Run, context: Context) -> Iterator[Result]:
    """The run's rows as results, in the order of its plan."""
    after = dict(run.design["cells"])
    step = StepName(run.design["step"])
    version = run.manifest["prompts"][step.value]
    done = 0
    for table in answers.tables(run):
        for row in table.to_pylist():
            yield _result(row, Due(row["subject_id"], after[row["subject_id"]]), version, run)
        done += len(table)
        context.report(done / max(run.cells, 1), f"{done} of {run.cells} rows")


def _result(row: Row, cell: Due, version: str, run: Run) -> Result:
    unreadable = {"verdict": INVALID, "code": row["invalid_reason"], "output": {}, "flags": []}
    read = json.loads(row["value"]) if row["value"] else unreadable
    return Result(
        due=cell,
        prompt_version=version,
        model=str(run.endpoint["model"]),
        verdict=read["verdict"],
        reason_code=read["code"],
        output=read["output"],
        flags=read["flags"],
        cell_key=row["cell_key"],
    )


def _start_next(run: Run, construction: Construction) -> Run | None:
    """Plan and start the first of the steps to follow that has rows, for this run's rows."""
    remaining = [StepName(name) for name in run.design.get("then", [])]
    rows = [row for row, _ in run.design["cells"]]
    for place, step in enumerate(remaining):
        following = plan_step(
            construction,
            step,
            endpoint=endpoints.stored(run.endpoint),
            decoding=Decoding(**run.decoding),
            rows=rows,
            then=remaining[place + 1 :],
            actor=run.created_by,
        )
        if following:
            runs.start(run=following, actor=run.created_by)
            return following
    return None


def _source(subject: Subject) -> Source:
    return Source(
        country=subject.country,
        rule=subject.rule,
        story=subject.story,
        gold_label=subject.gold_label if subject.gold_label in GOLD_LABELS else "",
        motivation=Motivation(subject.motivation),
    )


def _draft(subject: Subject) -> Draft:
    return Draft().with_output(subject.written)


KIND = Kind(load=_load, schema=TEXT_SCHEMA, harvest=harvest)
