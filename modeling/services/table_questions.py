"""Questions of a table as a run: any prompts, a label set of their own or free text.

The table is frozen when the run is planned; the run's design keeps its hash. A cell is question x
order of options x sample.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.utils.functional import cached_property

from modeling.backends import TIE, Answer, Decoding, Reply, read_answer
from modeling.backends.reading import blocked
from modeling.models import Run
from modeling.prompts.questions import (
    LETTERS,
    MAX_TEXT_TOKENS,
    QuestionFields,
    prompt_versions,
    render,
)
from modeling.schemas import QUESTION_SCHEMA
from modeling.services import plans
from modeling.services.designs import (
    MAX_SAMPLES,
    asks_reason,
    chosen,
    positive,
    share_of_reasons,
    stable_hash,
)
from modeling.services.endpoints import Endpoint
from modeling.services.plans import Plan, Planned
from modeling.services.question_tables import Frozen, TableQuestion, freeze, read_questions, thaw
from modeling.services.questions import QUESTIONS, Asked, Kind, Row, reply_columns
from pact_site.base.errors import BadInput
from pact_site.base.models import User

NOMINAL: Final = "nominal"
ORDINAL: Final = "ordinal"
FREE: Final = "text"
ORDERS: Final = ("given", "reversed")


@dataclass(frozen=True)
class QuestionDesign:
    """What a run over a table keeps. Without `labels` replies are free text, and `scale` says so.

    Labels of an ordinal scale stand in their order, from one end to the other.
    """

    questions: int
    inputs: Frozen
    labels: tuple[str, ...] = ()
    scale: str = FREE
    orders: tuple[str, ...] = (ORDERS[0],)
    samples: int = 1
    rationale_share: float = 0.0
    rationale_seed: int = 0
    max_tokens: int = MAX_TEXT_TOKENS
    limit: int | None = None

    @property
    def cells(self) -> int:
        """Answers in all, after `limit`."""
        full = self.questions * len(self.orders) * self.samples
        return full if self.limit is None else min(full, self.limit)

    @property
    def prompt_versions(self) -> dict[str, str]:
        """Mode -> version of its prompt."""
        return prompt_versions(labels=bool(self.labels), share_of_reasons=self.rationale_share)

    def as_json(self) -> dict[str, Any]:
        """Plain values for the database; `from_json` reads them back."""
        return {"kind": QUESTIONS} | asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> QuestionDesign:
        """The design that `as_json` wrote."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in plain.items()
            if name != "kind"
        }
        return cls(**values | {"inputs": Frozen(**plain["inputs"])})


class Cell(NamedTuple):
    """One question in one order of its options, and which repeat of it."""

    question: TableQuestion
    order: str
    sample: int


@dataclass(frozen=True)
class TableQuestions:
    """The questions (`Questions`) of one run over a table."""

    design: QuestionDesign
    table: Sequence[TableQuestion]
    cells_per_prompt: int = 1

    @property
    def cells(self) -> int:
        """Answers in all."""
        return self.design.cells

    @cached_property
    def prompt_versions(self) -> Mapping[str, str]:
        """Mode -> version of its prompt."""
        return self.design.prompt_versions

    def asked(self, start: int, stop: int, known: Container[str] = ()) -> Iterator[Asked]:
        """See Questions.asked."""
        for number in range(start, stop):
            cell = self.cell(number)
            fields = self._fields(cell)
            if fields.key not in known:
                yield Asked(render(fields), {fields.key: cell}, cell.sample)

    def cell(self, number: int) -> Cell:
        """The cell of this number; IndexError outside the design."""
        if not 0 <= number < self.cells:
            raise IndexError(f"cell {number} of {self.cells}")
        rest, sample = divmod(number, self.design.samples)
        question, order = divmod(rest, len(self.design.orders))
        return Cell(self.table[question], self.design.orders[order], sample)

    def rows(self, asked: Asked, reply: Reply) -> list[Row]:
        """See Questions.rows."""
        ((key, cell),) = asked.cells.items()
        answer = read_answer(reply, asked.prompt) if self.design.labels else _free(reply)
        return [
            {
                "cell_key": key,
                "question_id": cell.question.question_id,
                "option_order": cell.order if self.design.labels else "",
                "sample_index": cell.sample,
                "choice": answer.choice,
                "q": answer.shares.get(self.design.labels[0]) if answer.shares else None,
                "shares": self._shares(answer),
                "invalid_mass": answer.invalid_mass,
                "invalid_reason": answer.invalid_reason,
                "written": answer.written,
                "text": answer.text,
                "rationale": answer.rationale,
            }
            | reply_columns(reply, first=True)
        ]

    def _shares(self, answer: Answer) -> str | None:
        """Every label's probability in the design's order; two labels are told by `q` alone."""
        if answer.shares is None or len(self.design.labels) <= 2:
            return None
        return json.dumps({code: answer.shares[code] for code in self.design.labels})

    def _fields(self, cell: Cell) -> QuestionFields:
        """What is said, under a key that is a stable hash of it."""
        question, design = cell.question, self.design
        shown = list(zip(design.labels, question.options or design.labels, strict=True))
        if cell.order == ORDERS[1]:
            shown.reverse()
        said = (question.question_id, question.system, question.user, *map(":".join, shown))
        mode, reason = ("label", False) if shown else (FREE, False)
        if shown and asks_reason(
            stable_hash((*said, cell.sample)), design.rationale_share, design.rationale_seed
        ):
            mode, reason = "rationale", True
        how = (mode, self.prompt_versions[mode], cell.sample)
        return QuestionFields(
            key=stable_hash((*design.labels, *said, *how), digits=32),
            question_id=question.question_id,
            system=question.system,
            user=question.user,
            options=tuple(shown),
            reason=reason,
            max_tokens=design.max_tokens,
        )


def _free(reply: Reply) -> Answer:
    """A free text as it came; what holds no text, or a refusal by the server, is invalid."""
    reason = blocked(reply)
    return Answer(None, None, None, reason, reply.text or reply.reasoning)


def design_questions(
    path: Path,
    *,
    labels: Sequence[str] = (),
    ordinal: bool = False,
    orders: Sequence[str] = (ORDERS[0],),
    samples: int = 1,
    rationale_share: float = 0.0,
    rationale_seed: int = 0,
    max_tokens: int = MAX_TEXT_TOKENS,
    limit: int | None = None,
) -> QuestionDesign:
    """Read and freeze a table, and build the design over it; BadInput names what is wrong."""
    codes = checked_labels(labels)
    if not codes and (ordinal or rationale_share or list(orders) != [ORDERS[0]]):
        raise BadInput("--ordinal, --orders and --rationale need labels.", expected="--labels A,B")
    questions = read_questions(path, codes)
    return QuestionDesign(
        questions=len(questions),
        inputs=freeze(questions, path.name),
        labels=codes,
        scale=(ORDINAL if ordinal else NOMINAL) if codes else FREE,
        orders=chosen("orders", orders, ORDERS),
        samples=positive("samples", samples, MAX_SAMPLES),
        rationale_share=share_of_reasons(rationale_share),
        rationale_seed=rationale_seed,
        max_tokens=positive("max-tokens", max_tokens),
        limit=None if limit is None else positive("limit", limit),
    )


def checked_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Two labels or more that can be told apart, or none; BadInput otherwise."""
    distinct = {label.casefold() for label in labels}
    if len(distinct) < len(labels) or TIE in distinct:
        expected = f"each label once, and none called {TIE}"
        raise BadInput("--labels cannot be told apart.", found=", ".join(labels), expected=expected)
    if labels and not 2 <= len(labels) <= len(LETTERS):
        expected = f"2 to {len(LETTERS)}"
        raise BadInput("--labels are too few or too many.", found=len(labels), expected=expected)
    return tuple(labels)


def plan_questions(
    *,
    design: QuestionDesign,
    endpoint: Endpoint,
    decoding: Decoding,
    dataset_slug: str = "",
    chunk_size: int | None = None,
    new: bool = False,
    actor: User | None = None,
) -> Planned:
    """Find the run with exactly this plan, or lay out another with its chunks."""
    plan = Plan(
        kind=QUESTIONS,
        design=design.as_json(),
        cells=design.cells,
        cells_per_prompt=1,
        prompts=design.prompt_versions,
        inputs={"questions": design.inputs.sha256},
        dataset_slug=dataset_slug,
    )
    return plans.lay_out(
        plan, endpoint=endpoint, decoding=decoding, chunk_size=chunk_size, new=new, actor=actor
    )


def _load(run: Run) -> TableQuestions:
    design = QuestionDesign.from_json(run.design)
    return TableQuestions(design, thaw(design.inputs))


KIND = Kind(load=_load, schema=QUESTION_SCHEMA)
