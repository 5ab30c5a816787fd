"""A backup in the place of this installation: `manage.py restore FILE [--replace] [--yes]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandParser

from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput
from pact_site.services.backup import restore


class Command(PactCommand):
    """Check a backup whole, then put it here; stop web server and workers first."""

    help = "Put a backup in the place of this installation. Stop web server and workers first."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """What, and whether what is here may go."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="give up what is here")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask where something would be lost, restore, bring the tables up to this code."""
        if options["replace"] and not options["yes"]:
            self._ask()
        manifest = restore(options["file"], replace=options["replace"], say=self.stderr.write)
        call_command("migrate", verbosity=0)
        self.stdout.write(
            f"restored: {sum(manifest.rows.values()):,} rows and {len(manifest.files):,} files "
            f"of {manifest.at[:19]} UTC, made by version {manifest.code}"
        )

    def _ask(self) -> None:
        question = "Everything in this installation will be replaced. Type `replace` to go on: "
        if not sys.stdin.isatty() or input(question).strip() != "replace":
            raise BadInput("Nothing was restored.", expected="`replace` at the question, or --yes")
