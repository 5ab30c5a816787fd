"""Remove orphaned shards: `manage.py sweep_shards [--older-than-hours H] [--dry-run]`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser

from modeling.services import sweeping
from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput


class Command(PactCommand):
    """Delete files under the shard root that no chunk names."""

    help = "Delete shards that the database does not name and that are old enough to be nobody's."

    def add_arguments(self, parser: CommandParser) -> None:
        """How old, and whether to delete."""
        parser.add_argument("--older-than-hours", type=float, default=24.0)
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep and say what was found."""
        hours = options["older_than_hours"]
        if hours < 0:
            raise BadInput("--older-than-hours is out of range.", found=hours, expected="0 or more")
        swept = sweeping.sweep(older_than=timedelta(hours=hours), dry_run=options["dry_run"])
        verb = "would be removed" if options["dry_run"] else "removed"
        self.stdout.write(
            f"shards: {swept.named} in use, {len(swept.removed)} orphans {verb}, "
            f"{swept.young} too young to judge"
        )
