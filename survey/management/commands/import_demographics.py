"""Import Prolific's demographic export for a study."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from pact_site.base.commands import PactCommand
from survey.models import Study
from survey.prolific.demographics import import_demographics


class Command(PactCommand):
    """Nothing is written unless every row is good; the same file twice changes nothing."""

    help = "Import Prolific's demographic export (CSV, any generation of headers) for a study."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file and the study it belongs to."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--study", required=True, metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, then say in counts what was found."""
        study = Study.objects.filter(slug=options["study"]).first()
        if study is None:
            raise CommandError(f"There is no study {options['study']}.", returncode=2)
        report = import_demographics(path=options["file"], study=study)
        self.stdout.write("\n".join(report.lines()))
