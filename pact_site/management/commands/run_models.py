"""Ask a model every cell of a design: `manage.py run_models --study SLUG --endpoint NAME`."""

from __future__ import annotations

from argparse import ArgumentTypeError
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.core.management.base import CommandParser

from annotation.vocab.distance import DEFAULT_SCHEME
from modeling.management.watching import RunCommand, decoding_of
from modeling.services import designs
from modeling.services.benchmark_design import STAGES
from modeling.services.questions import BENCHMARK, COUNTERPARTS
from pact_site.base.errors import BadInput
from pact_site.services.proposals import Proposal, benchmark_proposal, counterpart_proposal

OPTIONS: Final = {
    COUNTERPARTS: {
        "styles": f"prompt styles, comma-separated, or all (default {designs.DEFAULT_STYLE})",
        "frames": "personal, norm or all (default)",
        "personas": "all (default), none, persona, a country, country:older_male",
        "mode": "label (default) or paper",
    },
    BENCHMARK: {
        "relations": "same, close, far or all (default)",
        "roles": "C1, C2, C3 or all (default)",
        "conditions": "full_demo (default), age_only, gender_only, no_demo or all",
        "balance": "balance, no_balance or all (default)",
        "scheme": f"where actors come from (default {DEFAULT_SCHEME})",
        "draw_seed": "of actors' countries and drawn option orders (default 1)",
        "family": "family of the model, for comparing models",
        "stage": "base or instruct, for comparing models",
    },
}
"""Design -> its own options and what they say."""


class Command(RunCommand):
    """Plan, or find the unfinished plan, and run it to the end or queue it."""

    help = (
        "Ask a model about every item of a study or dataset, as itself and as each persona, or about "
        "every dyad of the benchmark, and store its answers. The same arguments continue an "
        "unfinished run. Last line: `run: ID`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to ask, of whom, how, and whether to wait."""
        subject = parser.add_mutually_exclusive_group(required=True)
        subject.add_argument("--study", metavar="SLUG")
        subject.add_argument("--dataset", metavar="SLUG")
        parser.add_argument(
            "--endpoint", required=True, metavar="NAME",
            help="baseline:uniform|always_culture|always_preference|noisy, env, or see `endpoints`",
        )  # fmt: skip
        parser.add_argument(
            "--design", choices=tuple(OPTIONS), default=COUNTERPARTS,
            help="what is asked (default counterparts)",
        )  # fmt: skip
        for design, own in OPTIONS.items():
            group = parser.add_argument_group(f"options of --design {design}")
            for name, text in own.items():
                group.add_argument(f"--{name.replace('_', '-')}", **_kind_of(name), help=text)
        parser.add_argument(
            "--orders", default="all",
            help="culture_first, preference_first or all (default); benchmark: one of them, or "
            "instance (default) or scenario for a coin tossed for each",
        )  # fmt: skip
        parser.add_argument("--samples", type=int, default=1, help="answers per cell (default 1)")
        parser.add_argument(
            "--rationale", action="store_true", help="ask for a short reason after the letter"
        )
        parser.add_argument(
            "--rationale-share", type=float, metavar="SHARE",
            help="ask a share of the cells for it, drawn by --seed (0 to 1)",
        )  # fmt: skip
        parser.add_argument("--limit", type=int, help="ask only the first so many cells")
        parser.add_argument(
            "--budget", type=_amount, metavar="AMOUNT",
            help="stop before the run costs more, in the currency of the endpoint's prices",
        )  # fmt: skip
        parser.add_argument(
            "--dry-run", action="store_true", help="say what it would take, and store nothing"
        )
        self.add_run_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan, start, see through, report; or only say what it would take."""
        _refuse_foreign(options)
        proposal = (_dyads if options["design"] == BENCHMARK else _counterparts)(options)
        if options["dry_run"]:
            self.stdout.write(f"{proposal.endpoint.label}: {proposal.estimate().words()}")
            return
        planned = proposal.plan(
            chunk_size=options["chunk_size"], budget=options["budget"], new=options["new"]
        )
        self.ask(
            planned.run,
            found=planned.found,
            queue=options["queue"],
            skip_preflight=options["skip_preflight"],
        )
        self.stdout.write(f"run: {planned.run.public_id}")


def _kind_of(name: str) -> dict[str, Any]:
    if name == "draw_seed":
        return {"type": int}
    return {"choices": designs.MODES} if name == "mode" else {}


def _refuse_foreign(options: dict[str, Any]) -> None:
    """An option of another design would do nothing: say so."""
    for design, own in OPTIONS.items():
        given = [name for name in own if options[name] is not None]
        if given and design != options["design"]:
            raise BadInput(
                f"--{given[0].replace('_', '-')} belongs to --design {design}.",
                found=f"--design {options['design']}",
            )


def _counterparts(options: dict[str, Any]) -> Proposal:
    return counterpart_proposal(
        personas=_words(options["personas"]),
        frames=_words(options["frames"]),
        orders=_words(options["orders"]),
        styles=_words(options["styles"], designs.DEFAULT_STYLE),
        mode=options["mode"] or designs.MODES[0],
        **_shared(options),
    )


def _dyads(options: dict[str, Any]) -> Proposal:
    return benchmark_proposal(
        relations=_words(options["relations"]),
        roles=_words(options["roles"]),
        conditions=_words(options["conditions"], "full_demo"),
        balances=_words(options["balance"]),
        order=options["orders"],
        scheme=options["scheme"] or DEFAULT_SCHEME,
        draw_seed=1 if options["draw_seed"] is None else options["draw_seed"],
        family=options["family"] or "",
        stage=options["stage"] or STAGES[0],
        **_shared(options),
    )


def _shared(options: dict[str, Any]) -> dict[str, Any]:
    """What both designs know: of whom, how, samples, limit, reasons."""
    share = options["rationale_share"]
    return {
        "study": options["study"],
        "dataset": options["dataset"],
        "endpoint": options["endpoint"],
        "decoding": decoding_of(options),
        "samples": options["samples"],
        "limit": options["limit"],
        "rationale_share": float(options["rationale"]) if share is None else share,
        "rationale_seed": options["seed"] or 0,
    }


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text).quantize(Decimal("0.01"))
    except InvalidOperation:
        raise ArgumentTypeError(f"{text!r} is no amount of money, such as 5.00") from None


def _words(text: str | None, default: str = "all") -> list[str]:
    return [word.strip() for word in (text or default).split(",") if word.strip()]
