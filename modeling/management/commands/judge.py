"""Let a model judge scenarios: `manage.py judge --dataset SLUG --endpoint NAME`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.services import judging
from modeling.management.watching import RunCommand, decoding_of
from modeling.services import endpoints
from modeling.services.judging import plan_judge
from pact_site.base.models import Job, State


class Command(RunCommand):
    """Plan, or find the unfinished plan, and see it through to stored verdicts, or queue it."""

    help = (
        "Ask a model the criteria that annotators answer, with a reason each, about every scenario "
        "of a dataset, a release or a validation's sample, and store its verdicts. The same "
        "arguments continue an unfinished judge. Last line: `judge: ID run: ID`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to judge, by whom, how often."""
        subject = parser.add_mutually_exclusive_group(required=True)
        subject.add_argument(
            "--dataset", metavar="SLUG", help="the newest version of each scenario"
        )
        subject.add_argument(
            "--release", metavar="SLUG[/N]", help="a release; the latest without N"
        )
        subject.add_argument("--validation", metavar="SLUG", help="its sample, by its own criteria")
        parser.add_argument(
            "--endpoint", required=True, metavar="NAME", help="baseline:noisy|uniform, or env"
        )
        parser.add_argument("--name", default="", help="of the judge (default: the model's)")
        parser.add_argument("--repeats", type=int, default=1, help="verdicts per scenario (1)")
        parser.add_argument("--limit", type=int, help="judge only the first so many scenarios")
        self.add_run_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan, ask, store, report."""
        planned = plan_judge(
            subject=_subject(options),
            endpoint=endpoints.named(options["endpoint"], seed=options["seed"]),
            decoding=decoding_of(options),
            repeats=options["repeats"],
            limit=options["limit"],
            name=options["name"],
            chunk_size=options["chunk_size"],
            new=options["new"],
        )
        self.ask(
            planned.run,
            found=planned.found,
            queue=options["queue"],
            skip_preflight=options["skip_preflight"],
        )
        if not options["queue"]:
            _require_harvest(planned.run.public_id)
        self.stdout.write(f"judge: {planned.judge.pk} run: {planned.run.public_id}")


def _subject(options: dict[str, Any]) -> judging.Subject:
    if options["dataset"] is not None:
        return judging.of_dataset(options["dataset"])
    if options["release"] is not None:
        return judging.of_release(options["release"])
    return judging.of_validation(options["validation"])


def _require_harvest(run_id: str) -> None:
    """Say so where the answers are there but could not be stored as verdicts."""
    job = Job.objects.filter(kind="modeling.harvest", payload__run=run_id).order_by("-pk").first()
    if job and job.state == State.FAILED:
        raise CommandError(f"The verdicts could not be stored: {job.error}", returncode=1)
