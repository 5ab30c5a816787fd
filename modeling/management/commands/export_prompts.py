"""Prompts to be asked elsewhere: `manage.py export_prompts RUN --out FILE.jsonl`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from tqdm import tqdm

from modeling.services import prompt_files, runs
from pact_site.base.commands import PactCommand


class Command(PactCommand):
    """Write a run's prompts as the lines of a batch."""

    help = (
        "Write the prompts of a run as JSON lines, one request a line, as `vllm run-batch` and "
        "batch files read them: those without an answer yet, or all."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which run, which file."""
        parser.add_argument("run", metavar="RUN", help="its id, as run_models prints it")
        parser.add_argument("--out", required=True, type=Path, metavar="FILE")
        parser.add_argument("--all", action="store_true", help="prompts with an answer as well")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write them, with a progress bar."""
        run = runs.named(options["run"])
        hidden = not self.is_terminal
        with tqdm(total=run.cells, desc=run.label, unit=" cells", disable=hidden) as bar:
            number = prompt_files.export_prompts(
                run, options["out"], everything=options["all"], progress=bar.update
            )
        self.stdout.write(f"{number} prompts: {options['out']}")
