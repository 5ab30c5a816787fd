"""Import PACT's human tidy CSV as a study."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from pact_site.base.commands import PactCommand
from survey.services.imports import import_human


class Command(PactCommand):
    """Nothing is written unless every row is good."""

    help = "Import published human answers (PACT's tidy CSV) as a study."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, the study, and what to read it with."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--study", required=True, metavar="SLUG", help="created; must be new")
        parser.add_argument("--scheme", default="pact-2026", help="distance scheme of relations")
        parser.add_argument(
            "--items",
            type=Path,
            help="CSV of action texts: scenario_item_id, scenario, culture_following, "
            "preference_allowing, theme",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, then say what was found."""
        imported = import_human(
            options["file"], options["study"], options["scheme"], options["items"]
        )
        self.stdout.write("\n".join(imported.lines()))
