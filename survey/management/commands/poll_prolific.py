"""Ask Prolific for what its webhooks may have missed."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandError, CommandParser

from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput
from survey.models import Study
from survey.prolific.client import ProlificError, client_from_settings
from survey.prolific.polling import due, poll


class Command(PactCommand):
    """Reads only: nothing is written to Prolific."""

    help = "Take in the submissions of one study, or of every study that Prolific knows."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which study, and whether to go on."""
        parser.add_argument("--study", metavar="SLUG")
        parser.add_argument("--every", type=int, metavar="SECONDS", help="again and again")

    def handle(self, *args: Any, **options: Any) -> None:
        """Poll once, or until interrupted."""
        every = options["every"]
        if every is not None and every < 1:
            raise BadInput("--every cannot be used.", found=every, expected="1 or more")
        while True:
            self._poll(options["study"])
            if every is None:
                return
            time.sleep(every)

    def _poll(self, slug: str | None) -> None:
        try:
            with client_from_settings() as client:
                for study in _studies(slug):
                    found = poll(study=study, client=client)
                    self.stdout.write(
                        f"{study.slug}: {found.listed} listed, {found.changed} changed here, "
                        f"{found.missing} of ours not listed, "
                        f"{found.unmatched} webhooks of nobody known"
                    )
        except ProlificError as error:
            raise CommandError(str(error), returncode=1) from error


def _studies(slug: str | None) -> list[Study]:
    if slug is None:
        return due()
    study = Study.objects.filter(slug=slug).first()
    if study is None:
        raise BadInput("There is no such study.", found=slug)
    return [study]
