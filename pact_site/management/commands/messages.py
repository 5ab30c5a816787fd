"""`manage.py messages`: what participants' pages say, gathered for the translators."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from pact_site.base.commands import PactCommand
from pact_site.services import catalogues


class Command(PactCommand):
    """Bring locale/ up to the participants' pages and compile it."""

    help = "Gather the texts of the participants' pages into locale/ and compile them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether to write."""
        parser.add_argument("--check", action="store_true", help="write nothing, only count")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line per language: how many texts, how many still without a translation."""
        for language, _name in settings.LANGUAGES:
            if language != settings.LANGUAGE_CODE:
                self._update(language, write=not options["check"])

    def _update(self, language: str, *, write: bool) -> None:
        catalogue = catalogues.updated(language)
        if write:
            catalogues.write(catalogue, language)
        total, empty = len(catalogue), len(catalogues.untranslated(catalogue))
        self.stdout.write(f"{language}: {total} texts, {empty} without a translation")
