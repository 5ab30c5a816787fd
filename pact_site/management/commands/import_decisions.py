"""Benchmark decisions made elsewhere: `manage.py import_decisions FILE... --dataset SLUG`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from django.core.management.base import CommandParser
from tqdm import tqdm

from annotation.models import Dataset
from annotation.vocab.terms import BalancePrompt
from modeling.services import decision_imports
from modeling.services.benchmark_design import STAGES
from modeling.services.decision_rows import Said
from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput

T = TypeVar("T")


class Command(PactCommand):
    """Read PACT benchmark decisions into runs of a dataset."""

    help = (
        "Read PACT benchmark decisions (CSV or Parquet) into one run per eval_model. Reading the "
        "same decisions again changes nothing; contradicting ones are refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which files, of which dataset, and what they do not say themselves."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--dataset", required=True, metavar="SLUG")
        prompts, stages = [prompt.value for prompt in BalancePrompt], [s for s in STAGES if s]
        parser.add_argument("--prompt", choices=prompts, default="", help="where no column says")
        parser.add_argument("--stage", choices=stages, default="", help="of the models")
        parser.add_argument("--family", default="", metavar="NAME", help="of the models")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and say what came in."""
        outcomes = decision_imports.import_decisions(
            files=options["files"],
            dataset=_dataset(options["dataset"]),
            said=Said(options["prompt"], options["stage"], options["family"]),
            watch=self._watch,
        )
        for line in decision_imports.lines(outcomes):
            self.stdout.write(line)

    def _watch(self, rows: Iterable[T], doing: str, total: int | None) -> Iterable[T]:
        return tqdm(rows, desc=doing, total=total, unit=" rows", disable=not self.is_terminal)


def _dataset(slug: str) -> Dataset:
    dataset = Dataset.objects.filter(slug=slug).first()
    if dataset is None:
        known = ", ".join(Dataset.objects.values_list("slug", flat=True)[:10])
        raise BadInput(
            "There is no such dataset. Import its scenarios first: import_scenarios FILE --format "
            "pact --dataset SLUG.",
            found=slug,
            expected=known or None,
        )
    return dataset
