"""Judges as runs: the questions of a judge, and what becomes of its answers.

A cell is scenario version x repeat x criterion; one prompt asks all criteria, so its reply fills as
many neighbouring cells as there are criteria, each readable or not by itself.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.db import transaction
from django.utils.functional import cached_property

from annotation.models import Judge, ScenarioVersion
from annotation.services import judging
from annotation.services.datasets import BadArgument
from annotation.services.judging import Said, Selection, Subject
from annotation.vocab.countries import by_iso2
from modeling.backends import Decoding, ReadValue, Reply, fitted, read_object
from modeling.backends.baseline import WRITERS
from modeling.models import Run
from modeling.prompts.judge import (
    CriterionFields,
    JudgeFields,
    criterion_schema,
    prompt_version,
    render,
)
from modeling.schemas import TEXT_SCHEMA
from modeling.services import answers, plans
from modeling.services.designs import stable_hash
from modeling.services.endpoints import BASELINE, Endpoint
from modeling.services.questions import JUDGE, Asked, Kind, Row, reply_columns
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.services.jobs import Context

MAX_REPEATS: Final = 100
VERDICTS_AT_ONCE: Final = 2_000


@dataclass(frozen=True)
class JudgeDesign:
    """What a judge's run keeps: enough to put every question again. `limit` counts versions."""

    selection: Selection
    versions_hash: str
    criteria: tuple[CriterionFields, ...]
    labels: tuple[str, ...]
    repeats: int = 1
    limit: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values for the database; `from_json` reads them back."""
        return {"kind": JUDGE} | asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> JudgeDesign:
        """The design that `as_json` wrote."""
        return cls(
            selection=Selection(**plain["selection"]),
            versions_hash=plain["versions_hash"],
            criteria=tuple(CriterionFields(**criterion) for criterion in plain["criteria"]),
            labels=tuple(plain["labels"]),
            repeats=plain["repeats"],
            limit=plain["limit"],
        )


@dataclass(frozen=True, slots=True)
class JudgeCell:
    """One verdict to be given."""

    version: ScenarioVersion
    repeat: int
    criterion: str


@dataclass(frozen=True)
class JudgeQuestions:
    """The questions (`Questions`) of a judge's run."""

    design: JudgeDesign
    versions: Sequence[ScenarioVersion]

    @property
    def cells(self) -> int:
        """Verdicts in all, after `limit`."""
        return self.size * self.design.repeats * self.cells_per_prompt

    @property
    def size(self) -> int:
        """Versions asked about, after `limit`."""
        limit = self.design.limit
        return len(self.versions) if limit is None else min(limit, len(self.versions))

    @property
    def cells_per_prompt(self) -> int:
        """One a criterion."""
        return len(self.design.criteria)

    @cached_property
    def prompt_versions(self) -> Mapping[str, str]:
        """The judge's prompt has one name."""
        return {JUDGE: prompt_version()}

    def asked(self, start: int, stop: int, known: Container[str] = ()) -> Iterator[Asked]:
        """See Questions.asked."""
        step = self.cells_per_prompt
        for at in range(start, stop, step):
            place, repeat = divmod(at // step, self.design.repeats)
            version = self.versions[place]
            cells = {
                self._key(version, repeat, criterion.code): JudgeCell(
                    version, repeat, criterion.code
                )
                for criterion in self.design.criteria
            }
            if not all(key in known for key in cells):
                yield Asked(render(self._fields(version, next(iter(cells)))), cells, repeat)

    def rows(self, asked: Asked, reply: Reply) -> list[Row]:
        """See Questions.rows."""
        read = read_object(reply)
        rows: list[Row] = []
        for key, cell in asked.cells.items():
            found = self._verdict(read, cell.criterion)
            value, note = found.value or (None, "")
            rows.append(
                {
                    "cell_key": key,
                    "subject_id": cell.version.pk,
                    "subject": cell.version.scenario.key,
                    "question": cell.criterion,
                    "sample_index": cell.repeat,
                    "value": value,
                    "note": note,
                    "invalid_reason": found.invalid_reason,
                    "text": reply.text or reply.reasoning,
                }
                | reply_columns(reply, first=not rows)
            )
        return rows

    def _verdict(self, read: ReadValue, code: str) -> ReadValue:
        """Label and reason of one criterion. A label without a reason counts; never the reverse."""
        if read.invalid_reason:
            return read
        schema = criterion_schema(self.design.labels) | {"required": ["value"]}
        found = fitted(read.value.get(code), schema)
        if found.invalid_reason:
            return found
        return ReadValue((found.value["value"], found.value.get("rationale", "")))

    def _key(self, version: ScenarioVersion, repeat: int, code: str) -> str:
        """A stable hash of everything the cell asks."""
        asked = (version.scenario.key, version.content_hash)
        how = (*self.prompt_versions.values(), *self.design.labels, self._criteria_hash)
        return stable_hash((JUDGE, *asked, *how, repeat, code), digits=32)

    @cached_property
    def _criteria_hash(self) -> str:
        return stable_hash(map(repr, self.design.criteria))

    def _fields(self, version: ScenarioVersion, key: str) -> JudgeFields:
        return JudgeFields(
            key=key,
            item=f"{version.scenario.key}|{version.content_hash}",
            country=by_iso2(version.country).name,
            situation=version.situation,
            cultural_expectation=version.cultural_expectation,
            personal_preference=version.personal_preference,
            culture_action=version.culture_action,
            preference_action=version.preference_action,
            criteria=self.design.criteria,
            labels=self.design.labels,
        )


@dataclass(frozen=True)
class PlannedJudge:
    """A judge with its run, and whether they were there already."""

    judge: Judge
    run: Run
    found: bool


def plan_judge(
    *,
    subject: Subject,
    endpoint: Endpoint,
    decoding: Decoding,
    repeats: int = 1,
    limit: int | None = None,
    name: str = "",
    chunk_size: int | None = None,
    new: bool = False,
    actor: User | None = None,
) -> PlannedJudge:
    """Find the judge with exactly this plan, or make one with its run.

    A judge planned with a lower limit grows. BadInput for numbers out of range, nothing to judge,
    and a name that another judge of the dataset has.
    """
    _check(endpoint, repeats, limit)
    versions = subject.selection.versions()
    if not versions:
        raise BadInput("There is no scenario to judge.", found=subject.selection.slug)
    criteria = tuple(CriterionFields(**asdict(criterion)) for criterion in subject.criteria)
    digest = judging.versions_hash(versions)
    design = JudgeDesign(subject.selection, digest, criteria, subject.labels, repeats, limit=limit)
    questions = JudgeQuestions(design, versions)
    with transaction.atomic():
        planned = plans.lay_out(
            _plan(questions, subject, name),
            endpoint=endpoint,
            decoding=decoding,
            chunk_size=chunk_size,
            new=new,
            actor=actor,
        )
        run = planned.run
        if planned.found:
            return PlannedJudge(_grown(run, questions.size, name), run, found=True)
        judge = judging.make_judge(
            subject=subject,
            name=name or run.label,
            model=endpoint.label,
            prompt_version=prompt_version(),
            versions=versions[: questions.size],
            repeats=repeats,
            run_id=run.public_id,
            simulated=run.simulated,
            actor=actor,
        )
    return PlannedJudge(judge, run, found=False)


def _plan(questions: JudgeQuestions, subject: Subject, name: str) -> plans.Plan:
    return plans.Plan(
        kind=JUDGE,
        design=questions.design.as_json(),
        cells=questions.cells,
        cells_per_prompt=questions.cells_per_prompt,
        prompts=questions.prompt_versions,
        inputs={"dataset": subject.dataset.pk},
        dataset_slug=subject.dataset.slug,
        label=name,
    )


def _grown(run: Run, size: int, name: str) -> Judge:
    judge = judge_of(run)
    if name and judge.name != name:
        raise BadArgument(
            "This has been asked already, under another name; --new asks it again.",
            found=name,
            expected=judge.name,
            argument="name",
        )
    judging.resize(judge=judge, size=size)
    return judge


def _check(endpoint: Endpoint, repeats: int, limit: int | None) -> None:
    if endpoint.kind == BASELINE and endpoint.model not in WRITERS:
        raise BadInput(
            "This baseline cannot fill in a judge's reply.",
            found=endpoint.name,
            expected=", ".join(f"{BASELINE}:{name}" for name in WRITERS),
        )
    if not 1 <= repeats <= MAX_REPEATS:
        raise BadInput("--repeats is out of range.", found=repeats, expected=f"1 to {MAX_REPEATS}")
    if limit is not None and limit < 1:
        raise BadInput("--limit is out of range.", found=limit, expected="1 or more")


def judge_of(run: Run) -> Judge:
    """The judge behind a run; BadInput where somebody has deleted it."""
    judge = Judge.objects.filter(run_id=run.public_id).first()
    if judge is None:
        raise BadInput("The judge of this run is gone.", found=run.public_id)
    return judge


def _load(run: Run) -> JudgeQuestions:
    design = JudgeDesign.from_json(run.design)
    versions = design.selection.versions()
    if judging.versions_hash(versions) != design.versions_hash:
        raise BadInput(
            f"The scenarios that run {run.public_id} asks about are not those it was planned for."
        )
    return JudgeQuestions(design, versions)


def _harvest(run: Run, context: Context) -> dict[str, object]:
    """Store the verdicts, some in a transaction; those stored before stay as they are."""
    judge = judge_of(run)
    done = 0
    for table in answers.tables(run):
        for start in range(0, len(table), VERDICTS_AT_ONCE):
            rows = table.slice(start, VERDICTS_AT_ONCE).to_pylist()
            judging.store_verdicts(judge=judge, said=map(_said, rows))
            done += len(rows)
            context.report(done / max(run.cells, 1), f"{done} of {run.cells} verdicts")
    return dict(judging.close(judge=judge, simulated=run.simulated))


def _said(row: Row) -> Said:
    return Said(
        version_id=row["subject_id"],
        criterion=row["question"],
        repeat=row["sample_index"],
        value=row["value"] or "",
        rationale=row["note"],
        invalid_reason=row["invalid_reason"],
    )


KIND: Final = Kind(load=_load, schema=TEXT_SCHEMA, harvest=_harvest)
