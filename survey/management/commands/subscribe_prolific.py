"""Let Prolific send its webhooks here."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import CommandError, CommandParser

from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput
from survey.prolific.client import Client, ProlificError, client_from_settings


class Command(PactCommand):
    """Writes to Prolific, so it says what it will do and asks first."""

    help = "Subscribe this site to a workspace's changes of submission status."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose workspace, and where to."""
        parser.add_argument("--workspace", required=True, metavar="ID")
        parser.add_argument("--url", required=True, help="this site's /prolific/webhook/")
        parser.add_argument(
            "--new-secret", action="store_true", help="also make the secret, and print it"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, subscribe, confirm; exit 1 where the answer is no or Prolific refuses."""
        if urlsplit(options["url"]).scheme not in ("https", "http"):
            raise BadInput(
                "--url cannot be used.",
                found=options["url"],
                expected="https://.../prolific/webhook/",
            )
        if not options["yes"] and not self._agreed(options):
            raise CommandError("Nothing was changed.", returncode=1)
        try:
            with client_from_settings() as client:
                self._subscribe(client, options)
        except ProlificError as error:
            raise CommandError(str(error), returncode=1) from error

    def _agreed(self, options: dict[str, Any]) -> bool:
        self.stdout.write(
            f"Workspace {options['workspace']}: changes of status go to {options['url']}."
        )
        if options["new_secret"]:
            self.stdout.write("A new secret is made; webhooks signed with the old one will fail.")
        try:
            return input("Go on? [y/N] ").strip().lower() in ("y", "yes")
        except EOFError:  # nobody is there to ask; --yes says it beforehand
            return False

    def _subscribe(self, client: Client, options: dict[str, Any]) -> None:
        if options["new_secret"]:
            secret = client.new_secret(options["workspace"])
            self.stdout.write(f"PACT_PROLIFIC_WEBHOOK_SECRET={secret}")
        self.stdout.write(f"subscription: {client.subscribe(options['workspace'], options['url'])}")
