"""The demo: every part of the platform at work on the bundled study, from nothing to a report.

Each step looks first whether it is done, so that running the demo again is harmless.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

from django.conf import settings
from django.core.management import CommandError, call_command

from analysis.models import Report
from analysis.reports import service
from analysis.reports.options import LEVEL, REPLICATES, SEED
from annotation.models import Dataset
from annotation.services.screening_simulated import simulate_screening
from annotation.services.validation.simulated import simulated_validation, validation_to_try
from annotation.vocab.countries import DATA
from annotation.vocab.studies import FIRST_LIGHT
from modeling.services.endpoints import ENVIRONMENT
from pact_site.base.models import Role, User
from pact_site.base.services.accounts import ensure_user
from pact_site.services.demo_results import publish_results
from survey.models import Cohort, Participant, Study
from survey.prolific.simulated import simulated_prolific
from survey.services.preregistration import Comparison, freeze
from survey.services.studies import load_study

ARRIVALS: Final = 200
ENOUGH: Final = 0.9
"""Share of the arrivals that must have left a trace: a few refuse at the door and leave none."""

BASELINES: Final = ("uniform", "always_culture", "always_preference")
REASONING: Final = 3
"""Seed of the noisy respondent that gives a reason for every answer, without personas."""

SEEDS: Final = (1, 2)
"""Of the noisy respondents: each seed is another one, so that there is something to compare."""

JUDGE: Final = "Simulated judge"
NORMS: Final = "made-up-norms"
CONSTRUCTION: Final = "Simulated construction"

LOGINS: Final = {"ada": Role.ADMINISTRATOR, "rita": Role.RESEARCHER, "anna": Role.ANNOTATOR}


@dataclass
class Demo:
    """One run of the demo. `say` prints a line; `seconds` keeps what each step took."""

    say: Callable[[str], None]
    arrivals: int = ARRIVALS
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self) -> Report:
        """Do what is not done yet and return the alignment report."""
        with self._step("Database"):
            call_command("migrate", verbosity=0)
        with self._step("The study First light, and logins"):
            study = load_study(FIRST_LIGHT).study
            demo_logins()
        with self._step("Promises before the data"):
            _promise(study)
        with self._step(f"{self.arrivals} SIMULATED participants through the real pages"):
            self._rehearse(study)
        with self._step("Counterpart models over every item, frame, persona and order"):
            self._ask_models(study)
        with self._step("A SIMULATED judge over all scenarios"):
            _judge(study)
        with self._step("A SIMULATED validation of 24 scenarios, and one to try the desk"):
            _validate(study)
        with self._step("A SIMULATED construction of scenarios from eight source rows"):
            _construct()
        with self._step("A SIMULATED screening and the release that it leads to"):
            simulate_screening(study.release.dataset)
        with self._step("A SIMULATED benchmark over the dyads of that release"):
            _benchmark(study)
        with self._step("Report on that SIMULATED benchmark"):
            _report("behavior", study.release.dataset.slug)
        with self._step("Alignment report"):
            report = _report("alignment", study.slug, reasons=True)
        with self._step("A public results page, marked SIMULATED"):
            publish_results(study, report)
        return report

    @contextmanager
    def _step(self, title: str) -> Iterator[None]:
        self.say(f"- {title} ...")
        start = monotonic()
        yield
        self.seconds[title] = monotonic() - start
        self.say(f"  done in {self.seconds[title]:.0f} s")

    def _rehearse(self, study: Study) -> None:
        arrived = Participant.objects.filter(study=study, cohort=Cohort.REHEARSAL).count()
        if arrived >= ENOUGH * self.arrivals:
            self.say(f"  {arrived} are there already")
            return
        missing = self.arrivals - arrived  # after an interruption; another seed, other people
        with simulated_prolific(study) as prolific:
            call_command(
                "simulate_participants",
                study=study.slug,
                n=missing,
                seed=1 + arrived,
                prolific=prolific,
            )

    def _ask_models(self, study: Study) -> None:
        for endpoint, seed in _endpoints():
            try:
                call_command("run_models", study=study.slug, endpoint=endpoint, seed=seed)
            except CommandError as error:
                if endpoint != ENVIRONMENT:
                    raise
                self.say(f"  The model of the environment is left out. {error}")
        call_command(
            "run_models", study=study.slug, endpoint="baseline:noisy", seed=REASONING,
            personas="none", rationale=True,
        )  # fmt: skip


def _report(kind: str, subject: str, *, reasons: bool = False) -> Report:
    return service.build_report(
        kind=kind, study=subject, cohort=None, replicates=REPLICATES, seed=SEED, level=LEVEL,
        reasons=reasons,
    )  # fmt: skip


PROMISED: Final = (
    Comparison(
        "culture_rate", "norm", "relation", "distance", "highest where people know the place"
    ),
    Comparison("norm_personal_gap", "both", "", "gap", "above zero"),
    Comparison("item_mae", "both", "", "alignment", "below that of an even guess"),
)


def _promise(study: Study) -> None:
    """Freeze what the report will call confirmatory; freezing the same again changes nothing."""
    freeze(
        study=study,
        comparisons=PROMISED,
        hypotheses="People of the country itself see its norms most clearly, and follow them less "
        "often than they think others would.",
    )


def _construct() -> None:
    """Take eight rows of our own through the construction steps; done again, nothing is due."""
    if not Dataset.objects.filter(slug=NORMS).exists():
        source = DATA / "demo" / "norms.csv"
        call_command(
            "import_scenarios", source, source_format="csv", dataset=NORMS, licence="CC0 1.0"
        )
    call_command("construct", dataset=NORMS, endpoint="baseline:noisy", name=CONSTRUCTION)


def _benchmark(study: Study) -> None:
    """One noisy respondent on every dyad of the newest release, with a reason here and there."""
    call_command(
        "run_models",
        dataset=study.release.dataset.slug,
        design="benchmark",
        endpoint="baseline:noisy",
        conditions="full_demo,no_demo",
        rationale_share=0.02,
        seed=SEEDS[0],
    )


def _validate(study: Study) -> None:
    """Four simulated annotators, and twelve items for the demo's own annotator, if it is ours."""
    dataset = study.release.dataset
    simulated_validation(dataset=dataset, slug=f"{study.slug}-simulated")
    anna = User.objects.filter(username="anna").first()
    if anna is not None and "anna" in demo_logins():
        validation_to_try(dataset=dataset, slug=f"{study.slug}-desk", user=anna)


def _judge(study: Study) -> None:
    """A made-up judge of the study's release, asked twice so that there are flips to look at."""
    release = study.release
    call_command(
        "judge",
        release=f"{release.dataset.slug}/{release.number}",
        endpoint="baseline:noisy",
        name=JUDGE,
        repeats=2,
        temperature=0.7,
        seed=SEEDS[0],
    )


def _endpoints() -> list[tuple[str, int | None]]:
    """Endpoint and seed: the baselines, and the model server of the environment if one is named."""
    named: list[tuple[str, int | None]] = [(f"baseline:{name}", None) for name in BASELINES]
    named += [("baseline:noisy", seed) for seed in SEEDS]
    return [*named, ("env", None)] if settings.PACT_BASE_URL and settings.PACT_MODEL else named


def demo_logins() -> dict[str, str]:
    """User name -> password of the demo's accounts, made on first use and kept in PACT_HOME.

    An account that somebody made before is left alone and left out: its password is not known.
    """
    path = Path(settings.PACT_HOME) / "demo-logins.txt"
    if path.exists():
        lines = [line.split() for line in path.read_text().splitlines()]
        return {name: password for name, _, password in lines}
    taken = User.objects.filter(username__in=LOGINS).values_list("username", flat=True)
    logins = {name: secrets.token_urlsafe(9) for name in LOGINS if name not in taken}
    for name, password in logins.items():
        ensure_user(username=name, role=LOGINS[name], password=password)
    path.touch(mode=0o600)
    path.write_text("".join(f"{name} {LOGINS[name]} {logins[name]}\n" for name in logins))
    return logins
