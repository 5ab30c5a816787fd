"""Set up an endpoint, or change it: `manage.py set_endpoint NAME --kind openai --model M ...`."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.core.management.base import CommandParser

from modeling.models import ModelEndpoint
from modeling.services import endpoint_rows
from modeling.services.addresses import KEY_NAMES
from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput


class Command(PactCommand):
    """Add the endpoint if it is new, else change what is given."""

    help = (
        "Set up an endpoint, or change what is given of one. Keys stay in the environment: "
        "--key-variable names the variable. Last line: `endpoint: NAME`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Its fields; what is left out stays as it is."""
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--kind", help=f"one of {', '.join(endpoint_rows.kinds())}")
        parser.add_argument("--model", help="its name on the server, or the folder of its weights")
        parser.add_argument("--base-url", metavar="URL", help="such as http://127.0.0.1:8001/v1")
        parser.add_argument("--options", metavar="JSON", help="all options of its kind")
        parser.add_argument("--key-variable", metavar="VARIABLE", help=KEY_NAMES)
        parser.add_argument(
            "--prompt-price",
            metavar="P",
            help="of a million tokens sent; - is unknown",
        )
        parser.add_argument("--completion-price", metavar="P", help="of a million tokens written")
        parser.add_argument("--currency", metavar="CODE", help="of both prices (USD)")
        shelf = parser.add_mutually_exclusive_group()
        shelf.add_argument("--archive", action="store_true", help="take it out of every list")
        shelf.add_argument("--restore", action="store_true", help="put it back")

    def handle(self, *args: Any, **options: Any) -> None:
        """Add or change, then archive or restore."""
        given: dict[str, Any] = {
            field: READERS.get(field, str)(options[field])
            for field in endpoint_rows.FIELDS
            if options[field] is not None
        }
        row = ModelEndpoint.objects.filter(name=options["name"]).first()
        if row is None:
            row = endpoint_rows.add(name=options["name"], **given)
        elif given:
            row = endpoint_rows.change(row=row, **given)
        if options["archive"] or options["restore"]:
            endpoint_rows.archive(row=row, archived=options["archive"])
        self.stdout.write(f"endpoint: {row.name}")


UNKNOWN: Final = "-"


def _price(text: str) -> Decimal | None:
    if text == UNKNOWN:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        raise BadInput("This is no price.", found=text, expected="such as 0.15, or -") from None


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise BadInput(
            f"--options is no JSON: {error}.", found=text, expected='such as {"constrain": true}'
        ) from None
    if not isinstance(found, dict):
        raise BadInput("--options is no JSON object.", found=text)
    return found


READERS: Final = {"options": _object, "prompt_price": _price, "completion_price": _price}
