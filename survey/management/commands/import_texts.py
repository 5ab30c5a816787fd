"""Scenarios' texts in other languages, from a CSV file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from pact_site.base.commands import PactCommand
from pact_site.base.csvsafe import write_rows
from pact_site.base.errors import BadInput
from survey.models import Study
from survey.services.instruments import definition_of
from survey.services.localising import languages_open
from survey.services.scenario_texts import COLUMNS, import_texts, template


class Command(PactCommand):
    """Store the texts of a study's scenarios; texts that were there are replaced."""

    help = "Store scenarios' texts in other languages; --template prints a CSV to fill in."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file and the study."""
        parser.add_argument("file", nargs="?", type=Path)
        parser.add_argument("--study", required=True)
        parser.add_argument("--template", action="store_true", help="print a CSV to fill in")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import or print, then say in which languages the study is open."""
        study = Study.objects.filter(slug=options["study"]).first()
        if study is None:
            raise BadInput("There is no such study.", found=options["study"])
        definition = definition_of(study.instrument)
        if options["template"]:
            others = [tag for tag in definition.languages if tag != definition.language]
            if not others:
                raise BadInput(
                    "The study offers no other language.",
                    expected="one on the study's page Instrument, Languages",
                )
            write_rows(self.stdout, COLUMNS, template(study, others))  # type: ignore[arg-type]
            return
        if options["file"] is None:
            raise BadInput("No file is named.", expected="FILE or --template")
        count = import_texts(path=options["file"], study=study)
        self.stdout.write(
            f"{count} texts stored; open in {', '.join(languages_open(study, definition))}"
        )
