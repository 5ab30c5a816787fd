"""Everything in one file: `manage.py backup FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from modeling.shards import Unreachable
from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput
from pact_site.services.backup import back_up


class Command(PactCommand):
    """Write database, models' answers, uploads and reports into one new file."""

    help = "Write the whole installation into one file; people may go on working."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to."""
        parser.add_argument("file", type=Path, help="a new file, such as pact-2026-11-21.tar")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it and say what it holds."""
        try:
            manifest = back_up(options["file"], say=self.stderr.write)
        except Unreachable as error:
            raise BadInput(f"The store of answers cannot be read: {error}") from error
        rows, files = sum(manifest.rows.values()), len(manifest.files)
        self.stdout.write(f"backup: {options['file']} ({rows:,} rows, {files:,} files)")
