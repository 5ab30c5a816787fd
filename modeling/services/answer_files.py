"""A run's answers as one file, with the columns of its shards."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from modeling.models import Run
from modeling.services import answers
from pact_site.base.aside import file_aside
from pact_site.base.csvsafe import write_rows
from pact_site.base.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDINGS: Final = (".csv", ".parquet")
SLICE: Final = 50_000


def check_ending(path: Path) -> None:
    """BadInput where the file's ending names no format."""
    if path.suffix not in ENDINGS:
        raise BadInput(
            "The file's ending names no format.", found=path.name, expected=" or ".join(ENDINGS)
        )


def write(run: Run, path: Path) -> int:
    """Write every stored answer, aside and then renamed; returns how many.

    None is an empty cell; CSV cells that a spreadsheet would run as formulas are made safe.
    """
    check_ending(path)
    rows = answers.LazyRows(answers.scan([run.pk]))
    path.parent.mkdir(parents=True, exist_ok=True)
    with file_aside(path) as aside:
        if path.suffix == ".parquet":
            rows.frame.sink_parquet(aside)
        else:
            with aside.open("w", encoding="utf-8", newline="") as stream:
                write_rows(stream, rows.frame.collect_schema().names(), _streamed(rows))
    return len(rows)


def _streamed(rows: answers.LazyRows) -> Iterator[dict[str, Any]]:
    for start in range(0, len(rows), SLICE):
        yield from rows[start : start + SLICE]
