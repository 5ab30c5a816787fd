"""Find damaged or missing answers: `manage.py verify_shards [RUN...] [--reask]`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from modeling.models import Run
from modeling.services import runs, verifying
from modeling.services.verifying import Damage
from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput


class Command(PactCommand):
    """Check every file of these runs, or of all."""

    help = (
        "Compare the files of runs with the checksums in the database. Exit code 1 where some "
        "are missing or damaged; --reask queues their chunks to be asked again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which runs, and whether to ask again."""
        parser.add_argument("runs", nargs="*", metavar="RUN", help="default: every run")
        parser.add_argument(
            "--reask", action="store_true", help="forget damaged answers and queue their cells"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, print each damaged file, and queue what was lost if told to."""
        named = [runs.named(public_id) for public_id in options["runs"]]
        left = sum(
            self._verify(run, reask=options["reask"]) for run in named or Run.objects.order_by("pk")
        )
        if left:
            raise CommandError(f"{left} files are damaged.", returncode=1)

    def _verify(self, run: Run, *, reask: bool) -> int:
        """How many damaged files of the run are left as they are."""
        files = verifying.files(run)
        with tqdm(total=files, desc=run.label, unit=" files", disable=None) as bar:
            damages = list(verifying.verify(run, bar.update))
        for damage in damages:
            self.stdout.write(str(damage))
        self.stdout.write(f"run {run.public_id}: {files} files, {len(damages)} damaged.")
        return self._reask(run, damages) if damages and reask else len(damages)

    def _reask(self, run: Run, damages: list[Damage]) -> int:
        try:
            chunks = verifying.ask_again(run, damages)
        except BadInput as error:
            self.stderr.write(str(error))
            return len(damages)
        self.stdout.write(
            f"run {run.public_id}: {chunks} chunks wait to be asked again; the run is {run.state}. "
            "Resume it on its page, or with the command that made it."
        )
        return 0
