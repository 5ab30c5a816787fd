"""Ask a model every cell of a design: `manage.py run_models --study SLUG --endpoint NAME`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from modeling.management.watching import RunCommand, decoding_of
from modeling.services import designs, endpoints, items, plans
from pact_site.services import counterparts


class Command(RunCommand):
    """Plan, or find the unfinished plan, and run it to the end or queue it."""

    help = (
        "Ask a model about every item of a study or dataset, as itself and as each persona, and "
        "store its answers. The same arguments continue an unfinished run. Last line: `run: ID`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to ask, of whom, how, and whether to wait."""
        subject = parser.add_mutually_exclusive_group(required=True)
        subject.add_argument("--study", metavar="SLUG")
        subject.add_argument("--dataset", metavar="SLUG")
        parser.add_argument(
            "--endpoint", required=True, metavar="NAME",
            help="baseline:uniform|always_culture|always_preference|noisy, or env",
        )  # fmt: skip
        lists = {
            "--styles": f"prompt styles, comma-separated, or all (default {designs.DEFAULT_STYLE})",
            "--orders": "culture_first, preference_first or all (default)",
            "--frames": "personal, norm or all (default)",
            "--personas": "all (default), none, persona, a country, country:older_male",
        }
        for name, text in lists.items():
            default = designs.DEFAULT_STYLE if name == "--styles" else "all"
            parser.add_argument(name, default=default, help=text)
        parser.add_argument("--samples", type=int, default=1, help="answers per cell (default 1)")
        parser.add_argument("--mode", choices=designs.MODES, default="label")
        parser.add_argument("--limit", type=int, help="ask only the first so many cells")
        self.add_run_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan, start, see through, report."""
        planned = _plan(options)
        self.ask(planned.run, found=planned.found, queue=options["queue"])
        self.stdout.write(f"run: {planned.run.public_id}")


def _plan(options: dict[str, Any]) -> plans.Planned:
    subject = counterparts.subject(study=options["study"], dataset=options["dataset"])
    endpoint = endpoints.named(options["endpoint"], seed=options["seed"])
    design = designs.counterparts(
        items=len(items.askable_items(subject.release)),
        countries=subject.countries,
        **{name: _words(options[name]) for name in ("personas", "styles", "frames", "orders")},
        samples=options["samples"],
        mode=options["mode"],
        limit=options["limit"],
    )
    return plans.plan_run(
        release=subject.release,
        design=design,
        endpoint=endpoint,
        decoding=decoding_of(options),
        study_slug=subject.study_slug,
        chunk_size=options["chunk_size"],
        new=options["new"],
    )


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
