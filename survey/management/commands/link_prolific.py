"""Say which study at Prolific a study here belongs to."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput
from survey.models import Study
from survey.prolific.linking import link_study


class Command(PactCommand):
    """Changes this site only; Prolific is not asked."""

    help = "Note the id that a study has at Prolific."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which study, and its id there."""
        parser.add_argument("--study", required=True, metavar="SLUG")
        parser.add_argument("--id", required=True, help="24 hexadecimal digits; empty: none")

    def handle(self, *args: Any, **options: Any) -> None:
        """Link, or exit 2 with the reason why not."""
        study = Study.objects.filter(slug=options["study"]).first()
        if study is None:
            raise BadInput("There is no such study.", found=options["study"])
        linked = link_study(study=study, prolific_study_id=options["id"])
        self.stdout.write(f"{linked.slug}: {linked.prolific_study_id or 'not at Prolific'}")
