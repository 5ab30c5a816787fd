"""List the endpoints that runs may name: `manage.py endpoints`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from modeling.backends.baseline import RULES
from modeling.models import ModelEndpoint
from modeling.services.addresses import OPENAI_KEY, key_of
from modeling.services.endpoints import BASELINE, ENVIRONMENT
from pact_site.base.commands import PactCommand


class Command(PactCommand):
    """One line an endpoint: name, kind, model, address, key, prices."""

    help = "List the endpoints: those of the interface, the environment's, and the baselines."

    def add_arguments(self, parser: CommandParser) -> None:
        """Archived ones are left out."""
        parser.add_argument("--all", action="store_true", help="archived ones too")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them; keys are said to be set or not, and never shown."""
        if settings.PACT_BASE_URL and settings.PACT_MODEL:
            self._line(
                ENVIRONMENT, "openai", settings.PACT_MODEL, settings.PACT_BASE_URL, _key(OPENAI_KEY)
            )
        rows = ModelEndpoint.objects.all() if options["all"] else _in_use()
        for row in rows:
            state = ["archived"] if row.archived else []
            where = row.base_url or "-"
            self._line(
                row.name, row.kind, row.model, where, _key(row.key_variable), _prices(row), *state
            )
        for name in RULES:
            self._line(f"{BASELINE}:{name}", BASELINE, name, "-", "no key", "costs nothing")

    def _line(self, *parts: str) -> None:
        self.stdout.write("  ".join(parts))


def _in_use() -> Any:
    return ModelEndpoint.objects.filter(archived=False)


def _key(variable: str) -> str:
    if not variable:
        return "no key"
    return f"{variable} {'set' if key_of(variable) else 'NOT SET'}"


def _prices(row: ModelEndpoint) -> str:
    if row.prompt_price is None or row.completion_price is None:
        return "price unknown"
    sent, written = (f"{one.normalize():f}" for one in (row.prompt_price, row.completion_price))
    return f"{sent}/{written} {row.currency} a million tokens"
