"""Make scenarios of source rows: `manage.py construct --dataset SLUG --endpoint NAME`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.models import Construction, Dataset
from annotation.services import construction as steps
from annotation.vocab.construction import StepName
from modeling.backends import Decoding
from modeling.management.watching import RunCommand, decoding_of
from modeling.services import construction, endpoints, harvesting
from modeling.services.endpoints import Endpoint
from pact_site.base.errors import BadInput
from pact_site.base.models import State


class Command(RunCommand):
    """Take every row that is due through the steps, one run a step."""

    help = (
        "Filter source rows, word their norm, invent a preference, rewrite the situation and write "
        "the two actions, each step in a run of its own over the rows that the step before has "
        "kept. The same arguments take up what is still due. Last line: `construction: ID`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which rows, which steps, by whom."""
        parser.add_argument("--dataset", required=True, metavar="SLUG")
        parser.add_argument(
            "--endpoint", required=True, metavar="NAME", help="baseline:noisy|uniform, or env"
        )
        parser.add_argument("--name", default="", help="of the construction (default: the model's)")
        parser.add_argument(
            "--steps", default="", metavar="LIST",
            help=f"now, comma-separated, of {', '.join(StepName)} (default: all that are due)",
        )  # fmt: skip
        parser.add_argument(
            "--rows", default="", metavar="LIST", help="source ids, comma-separated (default: all)"
        )
        parser.add_argument(
            "--again", action="store_true", help="ask rows that have been asked before, too"
        )
        parser.add_argument(
            "--invalid", action="store_true", help="ask those again whose newest try was invalid"
        )
        parser.add_argument("--limit", type=int, help="the first so many due rows of each step")
        self.add_run_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan and see through step after step."""
        dataset = _dataset(options["dataset"])
        endpoint = endpoints.named(options["endpoint"], seed=options["seed"])
        made = steps.begin(
            dataset=dataset,
            name=options["name"] or endpoint.label,
            endpoint=endpoint.as_json(),
            simulated=endpoint.kind == endpoints.BASELINE,
        )
        chosen = _chosen(made, options["steps"])
        rows = steps.rows_named(dataset, _words(options["rows"])) if options["rows"] else None
        again = options["again"] or options["new"]
        for place, step in enumerate(chosen):
            queued = self._step(
                made, step, endpoint, decoding_of(options), options,
                rows=rows, again=again, invalid=options["invalid"], then=chosen[place + 1 :] if options["queue"] else (),
            )  # fmt: skip
            if queued:
                break
        self.stdout.write(f"construction: {made.pk}")

    def _step(
        self,
        made: Construction,
        step: StepName,
        endpoint: Endpoint,
        decoding: Decoding,
        options: dict[str, Any],
        **plan: Any,
    ) -> bool:
        """Ask one step; True where the rest is left to workers."""
        run = construction.plan_step(
            made, step, endpoint=endpoint, decoding=decoding, limit=options["limit"],
            chunk_size=options["chunk_size"], **plan,
        )  # fmt: skip
        if run is None:
            self.stderr.write(f"{step}: no row is due.")
            return False
        self.ask(
            run,
            found=run.started_at is not None,
            queue=options["queue"],
            skip_preflight=options["skip_preflight"],
        )
        if options["queue"]:
            return True
        job = harvesting.see_through(run)
        if job and job.state == State.FAILED:
            raise CommandError(f"Step {step} could not be stored: {job.error}", returncode=1)
        told = construction.told_by(run)
        self.stderr.write(
            f"{step}: {told.kept} kept, {told.rejected} rejected, {told.invalid} invalid."
        )
        return False


def _dataset(slug: str) -> Dataset:
    found = Dataset.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Dataset.objects.values_list("slug", flat=True)[:10])
        raise BadInput("There is no such dataset.", found=slug, expected=known or "an import first")
    return found


def _chosen(made: Construction, text: str) -> tuple[StepName, ...]:
    pipeline = steps.steps_of(made)
    names = _words(text)
    unknown = [name for name in names if name not in pipeline]
    if unknown:
        raise BadInput("--steps has an unknown value.", found=unknown[0],
                       expected=", ".join(pipeline))  # fmt: skip
    return tuple(step for step in pipeline if not names or step in names)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
