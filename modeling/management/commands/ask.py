"""Ask a model the questions of a table: `manage.py ask FILE --labels agree,disagree --endpoint NAME`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.models import Dataset
from modeling.management.watching import RunCommand, decoding_of
from modeling.prompts.questions import MAX_TEXT_TOKENS
from modeling.services import answer_files, endpoints
from modeling.services.table_questions import ORDERS, design_questions, plan_questions
from pact_site.base.errors import BadInput


class Command(RunCommand):
    """Freeze the table, plan, or find the unfinished plan, and run it to the end or queue it."""

    help = (
        "Ask a model every question of a table (CSV, Parquet or JSON lines: id, prompt, system, "
        "labels), for one of a set of labels or in free text. The same arguments continue an "
        "unfinished run. Last line: `run: ID`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to ask, of whom, how answers are read, where they go."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--endpoint", required=True, metavar="NAME",
            help="baseline:uniform, baseline:noisy, env, or see `endpoints`",
        )  # fmt: skip
        parser.add_argument(
            "--labels", default="", metavar="LIST",
            help="codes of the answers, comma-separated; without them replies are free text",
        )  # fmt: skip
        parser.add_argument("--ordinal", action="store_true", help="the labels are a scale")
        parser.add_argument("--orders", default=ORDERS[0], help="given (default), reversed or all")
        parser.add_argument("--samples", type=int, default=1, help="answers per question (1)")
        parser.add_argument("--rationale", action="store_true", help="and a short reason")
        parser.add_argument("--rationale-share", type=float, metavar="SHARE", help="of the cells")
        parser.add_argument("--max-tokens", type=int, default=MAX_TEXT_TOKENS, help="of free text")
        parser.add_argument("--limit", type=int, help="ask only the first so many cells")
        parser.add_argument("--dataset", default="", metavar="SLUG", help="where the run is listed")
        parser.add_argument("--out", type=Path, help="write the answers here: .csv or .parquet")
        self.add_run_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Freeze, plan, ask, write."""
        if options["out"]:
            answer_files.check_ending(options["out"])
        planned = plan_questions(
            design=_design(options),
            endpoint=endpoints.named(options["endpoint"], seed=options["seed"]),
            decoding=decoding_of(options),
            dataset_slug=_dataset(options["dataset"]),
            chunk_size=options["chunk_size"],
            new=options["new"],
        )
        self.ask(
            planned.run,
            found=planned.found,
            queue=options["queue"],
            skip_preflight=options["skip_preflight"],
        )
        if options["out"]:
            count = answer_files.write(planned.run, options["out"])
            self.stderr.write(f"{count:,} answers: {options['out']}")
        self.stdout.write(f"run: {planned.run.public_id}")


def _design(options: dict[str, Any]) -> Any:
    share = options["rationale_share"]
    return design_questions(
        options["file"],
        labels=_words(options["labels"]),
        ordinal=options["ordinal"],
        orders=_words(options["orders"]),
        samples=options["samples"],
        rationale_share=float(options["rationale"]) if share is None else share,
        rationale_seed=options["seed"] or 0,
        max_tokens=options["max_tokens"],
        limit=options["limit"],
    )


def _dataset(slug: str) -> str:
    if slug and not Dataset.objects.filter(slug=slug).exists():
        known = ", ".join(Dataset.objects.values_list("slug", flat=True)[:10])
        raise BadInput("There is no such dataset.", found=slug, expected=known or None)
    return slug


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
