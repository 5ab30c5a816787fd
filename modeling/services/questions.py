"""What the run engine asks: any list of questions whose cells can be counted off, by kind.

A run names a kind; the kind loads the run's questions from its design and from inputs that do not
change any more. Cells are numbered and never stored until they are answered. Leases, retries,
stopping and resuming know nothing of what is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol, cast, runtime_checkable

import pyarrow as pa
from django.utils.module_loading import import_string

from modeling.backends import Prompt, Reply
from modeling.models import Run
from pact_site.base.errors import BadInput
from pact_site.base.services.jobs import Context

Row = dict[str, Any]


class Asked(NamedTuple):
    """A prompt and the cells its reply fills, by key: cell key -> whatever the kind calls a cell.

    `sample` counts repeats of the same question; each gets a seed of its own.
    """

    prompt: Prompt
    cells: Mapping[str, Any]
    sample: int = 0


class Questions(Protocol):
    """The questions of one run, the same on every machine and at every time."""

    @property
    def cells(self) -> int:
        """How many cells there are."""
        ...

    @property
    def cells_per_prompt(self) -> int:
        """How many neighbouring cells one reply fills; chunks are cut between such groups."""
        ...

    @property
    def prompt_versions(self) -> Mapping[str, str]:
        """Name of each prompt in use -> version of its files."""
        ...

    def asked(self, start: int, stop: int, known: Container[str] = ()) -> Iterator[Asked]:
        """The prompts of cells [start, stop), without those whose cells are all in `known`."""
        ...

    def rows(self, asked: Asked, reply: Reply) -> list[Row]:
        """One row a cell, with every column of the kind's schema but `run` and `model`.

        `invalid_reason` is "" exactly where the reply could be read. Tokens and latency stand on
        the first row of a shared reply.
        """
        ...


@runtime_checkable
class Turnable(Questions, Protocol):
    """Questions whose options can be shown in either order, for a preflight."""

    def both_orders(self, number: int) -> list[Prompt]:
        """The prompt of a cell with either option first."""
        ...


@dataclass(frozen=True)
class Kind:
    """One kind of run: how its questions are loaded, what its shards hold, what follows.

    `harvest` runs as a job once every cell is answered and may run again: it must be idempotent.
    """

    load: Callable[[Run], Questions]
    schema: pa.Schema
    harvest: Callable[[Run, Context], dict[str, object]] | None = None


COUNTERPARTS: Final = "counterparts"
BENCHMARK: Final = "benchmark"
QUESTIONS: Final = "questions"
JUDGE: Final = "judge"
CONSTRUCT: Final = "construct"

KINDS: Final[Mapping[str, str]] = {
    COUNTERPARTS: "modeling.services.items.KIND",
    BENCHMARK: "modeling.services.benchmark.KIND",
    QUESTIONS: "modeling.services.table_questions.KIND",
    JUDGE: "modeling.services.judging.KIND",
    CONSTRUCT: "modeling.services.construction.KIND",
}
"""Kind -> where its `Kind` stands. A design says `kind` or `kind:detail`, `construct:filter` say."""


def kind_of(run: Run) -> Kind:
    """The kind of this run; BadInput for one that this version of the code does not know."""
    name = run.kind.partition(":")[0]
    if name not in KINDS:
        raise BadInput("Unknown kind of run.", found=run.kind, expected=", ".join(KINDS))
    return cast(Kind, import_string(KINDS[name]))


def of(run: Run) -> Questions:
    """The run's questions. BadInput where its frozen inputs are not what they were."""
    return kind_of(run).load(run)


def reply_columns(reply: Reply, *, first: bool) -> Row:
    """The columns that every kind's rows share; later rows of a shared reply cost nothing more."""
    return {
        "finish_reason": reply.finish_reason,
        "prompt_tokens": reply.prompt_tokens if first else 0,
        "completion_tokens": reply.completion_tokens if first else 0,
        "latency_s": round(reply.latency_s, 4) if first else 0.0,
    }
