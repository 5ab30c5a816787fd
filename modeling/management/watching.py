"""Commands that see a run through: progress bar, Ctrl-C, exit codes. Shared by all kinds of runs."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Any, Self

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from modeling.backends import Decoding
from modeling.management import preflighting
from modeling.models import Run
from modeling.services import (
    endpoints,
    estimates,
    foreground,
    harvesting,
    preflight,
    progress,
    runs,
)
from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput


class RunCommand(PactCommand):
    """A command whose work is a run, asked here or left to the workers."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._tried: list[dict[str, Any]] = []

    def add_run_arguments(self, parser: CommandParser, *, temperature: float = 0.0) -> None:
        """The options that every run has."""
        parser.add_argument("--chunk-size", type=int, help="cells per chunk (500; paid: 100)")
        parser.add_argument("--temperature", type=float, default=temperature)
        parser.add_argument("--top-p", type=float, default=1.0)
        parser.add_argument("--seed", type=int, help="of the sampling, and of baseline:noisy")
        parser.add_argument("--new", action="store_true", help="another run of the same plan")
        parser.add_argument("--queue", action="store_true", help="leave the asking to workers")
        parser.add_argument(
            "--skip-preflight", action="store_true",
            help="start although a preflight failed, or without one; the run's manifest says so",
        )  # fmt: skip

    def ask(self, run: Run, *, found: bool, queue: bool, skip_preflight: bool = False) -> None:
        """Start the run and see it through, or queue it; a finished one is left alone.

        A preflight comes first; CommandError where it failed.
        """
        if run.state == Run.State.DONE:
            self.stderr.write(f"This run is done already; --new asks again: {summary(run)}")
            harvesting.ensure(run)
            return
        if run.endpoint["kind"] in runs.NEVER_ASKED:
            runs.start(run=run)
            self.stderr.write(elsewhere(run))
            return
        self._preflight(run, skip=skip_preflight)
        if queue:
            runs.start(run=run)
            self.stderr.write(f"Queued {run.cells} cells of {run.label} for the workers.")
        else:
            self._see_through(run, found=found)

    def _preflight(self, run: Run, *, skip: bool) -> None:
        """Ask a few prompts first, unless that has been done; once an endpoint in one command."""
        if not preflight.is_due(run) or run.endpoint in self._tried:
            return
        if skip:
            preflight.override(run)
            return
        for line in preflighting.lines(preflight.of_run(run), endpoints.stored(run.endpoint)):
            self.stderr.write(line)
        self.stderr.write(f"Estimated: {estimates.of_run(run).words()}")
        if preflight.holds_back(run):
            self.stdout.write(f"run: {run.public_id}")
            failed = ", ".join(preflight.failed_names(run.preflight))
            raise CommandError(
                f"The preflight of run {run.public_id} failed ({failed}), so nothing was asked. The "
                "same command tries again; --skip-preflight starts all the same.",
                returncode=1,
            )
        self._tried.append(run.endpoint)

    def _see_through(self, run: Run, *, found: bool) -> None:
        endpoints.require_here(endpoints.stored(run.endpoint))
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
        self.stderr.write(summary(run))
        if run.state != Run.State.DONE:
            self.stdout.write(f"run: {run.public_id}")
            raise CommandError(
                f"Run {run.public_id} is {run.state}: {run.error.rstrip('.')}. "
                "The same command continues it.",
                returncode=1,
            )


def decoding_of(options: dict[str, Any]) -> Decoding:
    """How to sample, from the command's options; BadInput for what is out of range."""
    for name, low, high in (("temperature", 0.0, 2.0), ("top_p", 0.0, 1.0)):
        if not low <= options[name] <= high:
            option = f"--{name.replace('_', '-')}"
            expected = f"{low:g} to {high:g}"
            raise BadInput(f"{option} is out of range.", found=options[name], expected=expected)
    return Decoding(
        temperature=options["temperature"], top_p=options["top_p"], seed=options["seed"]
    )


class Bar:
    """A progress bar on stderr with ETA, invalid answers, tokens and cost, and words once."""

    def __init__(self, run: Run, *, terminal: bool) -> None:
        every = 0.2 if terminal else 5.0
        self.bar = tqdm(
            total=run.cells, initial=progress.of(run).answered, desc=run.label, unit=" cells",
            mininterval=every,
        )  # fmt: skip
        self.said = ""

    def show(self, tick: foreground.Tick) -> None:
        """Move the bar to where the run is."""
        if tick.words and tick.words != self.said:
            self.said = tick.words
            self.bar.write(f"The endpoint says: {tick.words}", file=sys.stderr)
        self.bar.set_postfix_str(_figures(tick), refresh=False)
        self.bar.update(tick.answered - self.bar.n)

    def __enter__(self) -> Self:
        """Show it."""
        return self

    def __exit__(self, *problem: object) -> None:
        """Leave the last state on the terminal."""
        self.bar.close()


def _figures(tick: foreground.Tick) -> str:
    """Invalid answers with their share, tokens of stored answers, and what they cost."""
    share = f" ({tick.invalid / tick.answered:.1%})" if tick.invalid else ""
    tokens = tick.stored.prompt_tokens + tick.stored.completion_tokens
    figures = [f"{tick.invalid} invalid{share}", f"{tqdm.format_sizeof(tokens)} tokens"]
    if tick.stored.in_batches:
        figures.append(f"{tick.stored.in_batches} cells wait for batches")
    if tick.stored.cost:
        budget = f" of {tick.stored.budget_words}" if tick.stored.budget else ""
        figures.append(tick.stored.cost_words + budget)
    return ", ".join(figures)


def elsewhere(run: Run) -> str:
    """What to do about a run that is not asked from here."""
    return (
        f"{summary(run)}\nIts prompts are answered elsewhere: `export_prompts {run.public_id} --out "
        f"FILE.jsonl` writes them, `import_answers {run.public_id} FILE` brings the answers in."
    )


def summary(run: Run) -> str:
    """How the run stands, in one line."""
    now = progress.of(run)
    cost = f", {now.cost_words}" if now.cost else ""
    return (
        f"{run.label}: {now.answered} of {now.cells} cells answered, {now.valid} valid, "
        f"{now.invalid} invalid, {now.failed} failed{cost}."
    )


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
