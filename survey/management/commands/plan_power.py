"""How many people and scenarios a wished interval width takes."""

import sys
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from django.core.management.base import CommandParser

from pact_site.base.commands import PactCommand
from pact_site.base.csvsafe import write_rows
from pact_site.base.errors import BadInput
from survey.models import Study
from survey.services.power import Assumptions, Option, plan

COLUMNS = (
    "completes", "analysed", "scenarios", "to_write", "receivers", "cost", "met", "country",
    "relation", "people", "group_scenarios", "answers", "median_width", "assured_width", "note",
)  # fmt: skip


class Command(PactCommand):
    """Simulated studies of several sizes as CSV, one row per size, country and relation."""

    help = "Simulate a study at several sizes and print the widths of its intervals as CSV."

    def add_arguments(self, parser: CommandParser) -> None:
        """The study, the wish, and what is believed beforehand."""
        parser.add_argument("--study", required=True, metavar="SLUG")
        parser.add_argument("--width", type=float, default=0.3, help="wished full width")
        parser.add_argument("--seed", type=int, default=1)
        for field in fields(Assumptions):
            name = "--" + field.name.replace("_", "-")
            parser.add_argument(name, type=float, default=field.default)

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan and print."""
        study = Study.objects.filter(slug=options["study"], instruments__isnull=False).first()
        if study is None:
            raise BadInput("There is no such study with an instrument.", found=options["study"])
        _check(options)
        assumed = Assumptions(**{field.name: options[field.name] for field in fields(Assumptions)})
        made = plan(study=study, width=options["width"], assumptions=assumed, seed=options["seed"])
        write_rows(sys.stdout, COLUMNS, (row for option in made.options for row in _rows(option)))
        for reason in made.refused:
            sys.stderr.write(reason + "\n")


def _rows(option: Option) -> Iterator[dict[str, object]]:
    size = (option.completes, option.analysed, option.scenarios, option.unwritten)
    rest = (option.receivers, round(option.cost, 2), "yes" if option.met else "no")
    for group in option.groups:
        yield dict(zip(COLUMNS, (*size, *rest, *vars(group).values()), strict=True))


def _check(options: dict[str, Any]) -> None:
    shares = {"width": (0, 1), "rate": (0, 1), "excluded": (0, 1), "level": (0.5, 1)}
    for name, (low, high) in shares.items():
        least_allowed = name == "excluded" and options[name] == 0
        if not (low < options[name] < high or least_allowed):
            raise BadInput(
                f"--{name} cannot be used.",
                found=options[name],
                expected=f"between {low} and {high}",
            )
    for name in ("scenario_sd", "person_sd", "receiver_sd", "pay", "fee"):
        if options[name] < 0:
            raise BadInput(
                f"--{name} cannot be negative.", found=options[name], expected="0 or more"
            )
