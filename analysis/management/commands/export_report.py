"""`manage.py export_report KIND (--study|--validation) SLUG --out DIR`: a report's bundle as a folder."""

from argparse import ArgumentParser, BooleanOptionalAction
from pathlib import Path
from typing import Any

from tqdm import tqdm

from analysis.published import PAPERS
from analysis.reports.bundle import check_target
from analysis.reports.options import KINDS, LEVEL, REPLICATES, SEED, SUBJECTS, Options
from analysis.reports.service import build_report, export_report
from pact_site.base.commands import PactCommand
from pact_site.base.errors import BadInput


class Command(PactCommand):
    """Compute a report and write its bundle; the same input gives the same files."""

    help = "Compute a report and write its bundle to a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Kind, subject, folder, and the settings of the intervals."""
        parser.add_argument("kind", help=", ".join(KINDS))
        parser.add_argument("--study", help="slug of the study")
        parser.add_argument("--dataset", help="slug of the dataset (behavior)")
        parser.add_argument("--validation", help="slug of the validation (validation)")
        parser.add_argument("--out", required=True, type=Path, help="folder of the bundle")
        parser.add_argument("--replicates", type=int, default=REPLICATES)
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument("--level", type=float, default=LEVEL)
        parser.add_argument("--cohort", choices=None, help="real or rehearsal (default: real)")
        parser.add_argument(
            "--published", metavar="PAPER",
            help=f"lay a paper's printed figures beside the report's own: {', '.join(PAPERS)}",
        )  # fmt: skip
        parser.add_argument(
            "--indicators", metavar="SLUG",
            help="lay a table of figures about countries beside their rates (import_indicators)",
        )  # fmt: skip
        parser.add_argument(
            "--reasons", action=BooleanOptionalAction, default=False,
            help="show what people gave as their reasons, under pseudonyms (default: only how many)",
        )  # fmt: skip
        parser.add_argument(
            "--kinds-from", metavar="SOURCE",
            help="who tells kinds of preference: dataset (what it states) or VALIDATION:CRITERION "
            "(labels); default: a rule of keywords",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Check everything that can be checked before the work, then build and copy."""
        names = (
            "cohort",
            "replicates",
            "seed",
            "level",
            "published",
            "indicators",
            "reasons",
            "kinds_from",
        )
        settings = {name: options[name] for name in names}
        subject = _subject(options)
        Options(options["kind"], subject, **settings)
        check_target(options["out"])
        with tqdm(total=100, disable=not self.is_terminal, bar_format="{l_bar}{bar}") as bar:

            def told(share: float, message: str) -> None:
                bar.set_description(message)
                bar.update(round(share * 100) - bar.n)

            report = build_report(kind=options["kind"], study=subject, progress=told, **settings)
        export_report(report, options["out"])
        if report.summary.get("simulated"):
            self.stdout.write("SIMULATED: the people behind these figures are simulated.")
        self.stdout.write(report.summary["headline"])
        self.stdout.write(f"bundle: {options['out']}")


def _subject(options: dict[str, Any]) -> str:
    """The slug of what the report is about; BadInput where the kind needs another one."""
    Options(options["kind"], "")  # an unknown kind says so first
    name = SUBJECTS.get(options["kind"], "study")
    if not options[name]:
        raise BadInput(f"The report needs a {name}.", expected=f"--{name} SLUG")
    return str(options[name])
