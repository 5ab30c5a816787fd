"""Load a study from a folder of files; without a folder, the bundled one."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.vocab.studies import FIRST_LIGHT
from pact_site.base.commands import PactCommand
from survey.services.studies import load_study


class Command(PactCommand):
    """Load a study and open it. A study that exists already is left as it is."""

    help = "Load a study (study.json, scenarios.csv) and open it; without FOLDER, the bundled one."

    def add_arguments(self, parser: CommandParser) -> None:
        """One optional folder."""
        parser.add_argument("folder", nargs="?", type=Path, default=FIRST_LIGHT)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, then say what is there."""
        loaded = load_study(options["folder"])
        done = "loaded" if loaded.created else "was there already"
        items = loaded.study.release.items.count()
        self.stdout.write(f"study {loaded.study.slug}: {done}, {items} items, {loaded.study.state}")
