"""Ask a model every cell of a design: `manage.py run_models --study SLUG --endpoint NAME`."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Any, Self

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from modeling.backends import Decoding
from modeling.models import Run
from modeling.services import designs, endpoints, foreground, items, plans, progress, runs
from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput
from pact_site.services import counterparts


class Command(PactCommand):
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
        parser.add_argument("--chunk-size", type=int, help="cells per chunk (500; paid: 100)")
        parser.add_argument("--temperature", type=float, default=0.0)
        parser.add_argument("--top-p", type=float, default=1.0)
        parser.add_argument("--seed", type=int, help="of the sampling, and of baseline:noisy")
        parser.add_argument("--new", action="store_true", help="another run of the same plan")
        parser.add_argument("--queue", action="store_true", help="leave the asking to workers")

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan, start, see through, report."""
        planned = _plan(options)
        run = planned.run
        if run.state == Run.State.DONE:
            self.stderr.write(f"This run is done already; --new asks again: {_summary(run)}")
        elif options["queue"]:
            runs.start(run=run)
            self.stderr.write(f"Queued {run.cells} cells of {run.label} for the workers.")
        else:
            self._see_through(run, found=planned.found)
        self.stdout.write(f"run: {run.public_id}")

    def _see_through(self, run: Run, *, found: bool) -> None:
        if found:
            self.stderr.write(f"Continuing run {run.public_id}.")
        runs.start(run=run)
        previous = signal.signal(signal.SIGTERM, _interrupt)
        try:
            with Bar(run, terminal=self.is_terminal) as bar:
                foreground.see_through(run, bar.show)
        except KeyboardInterrupt:
            runs.stop(run=run, reason="Interrupted.")
        finally:
            signal.signal(signal.SIGTERM, previous)
        self.stderr.write(_summary(run))
        if run.state != Run.State.DONE:
            self.stdout.write(f"run: {run.public_id}")
            raise CommandError(
                f"Run {run.public_id} is {run.state}: {run.error.rstrip('.')}. "
                "The same command continues it.",
                returncode=1,
            )


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
        decoding=_decoding(options),
        study_slug=subject.study_slug,
        chunk_size=options["chunk_size"],
        new=options["new"],
    )


def _decoding(options: dict[str, Any]) -> Decoding:
    for name, low, high in (("temperature", 0.0, 2.0), ("top_p", 0.0, 1.0)):
        if not low <= options[name] <= high:
            option = f"--{name.replace('_', '-')}"
            expected = f"{low:g} to {high:g}"
            raise BadInput(f"{option} is out of range.", found=options[name], expected=expected)
    return Decoding(
        temperature=options["temperature"], top_p=options["top_p"], seed=options["seed"]
    )


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


class Bar:
    """A progress bar on stderr with valid and invalid answers, and the endpoint's words once."""

    def __init__(self, run: Run, *, terminal: bool) -> None:
        every = 0.2 if terminal else 5.0
        self.bar = tqdm(total=run.cells, desc=run.label, unit=" cells", mininterval=every)
        self.said = ""

    def show(self, tick: foreground.Tick) -> None:
        """Move the bar to where the run is."""
        if tick.words and tick.words != self.said:
            self.said = tick.words
            self.bar.write(f"The endpoint says: {tick.words}", file=sys.stderr)
        valid = tick.answered - tick.invalid
        self.bar.set_postfix(valid=valid, invalid=tick.invalid, refresh=False)
        self.bar.update(tick.answered - self.bar.n)

    def __enter__(self) -> Self:
        """Show it."""
        return self

    def __exit__(self, *problem: object) -> None:
        """Leave the last state on the terminal."""
        self.bar.close()


def _summary(run: Run) -> str:
    now = progress.of(run)
    return (
        f"{run.label}: {now.answered} of {now.cells} cells answered, {now.valid} valid, "
        f"{now.invalid} invalid, {now.failed} failed."
    )


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
