"""Answers made elsewhere: `manage.py import_answers RUN FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from modeling.management.watching import summary
from modeling.models import Run
from modeling.services import harvesting, prompt_files, runs
from pact_site.base.commands import PactCommand

UNITS = {"reading": "B", "checking": " cells", "storing": " chunks"}


class Command(PactCommand):
    """Read a file of answers into a run on a `files` endpoint."""

    help = (
        "Read answers (output of a batch or of `vllm run-batch`) into a run whose prompts were "
        "exported. Everything is checked first; the same file again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which run, which file."""
        parser.add_argument("run", metavar="RUN", help="its id, as run_models prints it")
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--model", default="", metavar="NAME", help="what the model was called there"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and say what came in; exit code 1 where answers could not be stored."""
        run = runs.named(options["run"])
        with Bars(hidden=not self.is_terminal) as bars:
            outcome = prompt_files.import_answers(
                run, options["file"], model=options["model"], progress=bars.show
            )
        for line in words_on(outcome):
            self.stdout.write(line)
        self.stderr.write(summary(run))
        if outcome.held or run.state == Run.State.STOPPED:
            raise CommandError(run.error or "Another import holds some chunks; import again.")
        if run.state == Run.State.DONE:
            harvesting.see_through(run)


class Bars:
    """One progress bar after another, one a step."""

    def __init__(self, *, hidden: bool) -> None:
        self.hidden = hidden
        self.step = ""
        self.bar: tqdm[Any] | None = None

    def show(self, step: str, total: int, more: int) -> None:
        """Move the bar of this step, which is begun with its first move."""
        if self.bar is None or self.step != step:
            self.close()
            self.step, unit = step, UNITS[step]
            self.bar = tqdm(
                total=total, desc=step, unit=unit, unit_scale=unit == "B", disable=self.hidden
            )
        self.bar.update(more)

    def close(self) -> None:
        """Leave the last state on the terminal."""
        if self.bar is not None:
            self.bar.close()

    def __enter__(self) -> Bars:
        """Nothing is shown before the first step."""
        return self

    def __exit__(self, *problem: object) -> None:
        """End the last bar."""
        self.close()


def words_on(outcome: prompt_files.Imported) -> list[str]:
    """What the import brought, a line each."""
    lines = [
        f"{outcome.lines} lines read: {outcome.answered} prompts answered, "
        f"{outcome.stored_before} answered before, {outcome.missing} without an answer still."
    ]
    if outcome.repeated:
        lines.append(f"{outcome.repeated} lines repeat a prompt; its answer counts once.")
    lines += [f"{number} prompts failed there: {w}" for w, number in outcome.failed.most_common(5)]
    if outcome.missing:
        lines.append(f"`export_prompts {outcome.run.public_id}` writes what is missing.")
    return lines
