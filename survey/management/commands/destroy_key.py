"""Destroy the key behind a closed study's pseudonyms."""

from typing import Any

from django.core.management.base import CommandParser

from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput
from survey.models import Study
from survey.services.keys import destroy_key


class Command(PactCommand):
    """Irreversible; the slug is typed twice so that it is meant."""

    help = "Delete a closed study's pseudonym key and every row that holds a recruiter's id."

    def add_arguments(self, parser: CommandParser) -> None:
        """The study, and the study again."""
        parser.add_argument("--study", required=True, metavar="SLUG")
        parser.add_argument("--sure", required=True, metavar="SLUG", help="the slug once more")

    def handle(self, *args: Any, **options: Any) -> None:
        """Destroy, and say what is gone."""
        study = Study.objects.filter(slug=options["study"]).first()
        if study is None:
            raise BadInput("There is no such study.", found=options["study"])
        gone = destroy_key(study=study, typed=options["sure"])
        self.stdout.write(
            f"{study.slug}: key destroyed; {gone.identities} identities, {gone.submissions} "
            f"submissions, {gone.demographics} demographic rows removed"
        )
