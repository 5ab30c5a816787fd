"""Everything a report is computed from, gathered once and hashed."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from analysis.frames.flow import Step, dropped_answers, participant_flow
from analysis.frames.human import human_frame
from analysis.frames.indicators import Indicators, get_indicators
from analysis.frames.instruments import Told, told_of
from analysis.frames.kinds import Kinds, kinds_of
from analysis.frames.model import model_frame, study_runs
from analysis.frames.promises import Promise, promise_of
from analysis.frames.subjects import get_study, resolve_cohort
from analysis.reports.book import is_baseline
from analysis.reports.model_cards import told as told_cards
from analysis.reports.options import Options
from analysis.reports.traces_inputs import Traced, gather_traces
from modeling.models import Run
from modeling.services.cards import Noted, noted
from pact_site.base.errors import BadInput
from survey.models import Cohort, Study

_CODE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Inputs:
    """The frames of a study, who was counted, and a hash of all that decides the figures."""

    options: Options
    study: Study
    cohort: str
    human: pd.DataFrame
    model: pd.DataFrame
    runs: list[Run]
    flow: list[Step]
    dropped: list[tuple[str, int]]
    digest: str
    promise: Promise | None = None
    indicators: Indicators | None = None
    traced: Traced | None = None
    noted: tuple[Noted, ...] = ()
    read: Told | None = None

    @property
    def simulated(self) -> bool:
        """Whether the people are simulated; then everything made from them says so."""
        return self.cohort != Cohort.REAL

    @property
    def simulated_models(self) -> list[str]:
        """Models whose answers no language model gave: stub servers and noisy respondents."""
        return [run.label for run in self.runs if run.simulated or _is_respondent(run)]


def _is_respondent(run: Run) -> bool:
    """Whether a built-in rule that is no reference stands among the models."""
    return run.endpoint.get("kind") == "baseline" and not is_baseline(run.label)


def gather(options: Options) -> Inputs:
    """Read the study's frames; BadInput where there is nothing to report on."""
    study = get_study(options.study)
    cohort = resolve_cohort(study, options.cohort)
    kinds = _kinds(study, options)
    human = human_frame(study.slug, cohort, kinds)
    if human.empty:
        raise BadInput(
            f"Study {study.slug} has no analysed answers in cohort {cohort}.",
            expected="answers of at least one participant who completed",
        )
    model = model_frame(study.slug) if options.kind == "alignment" else None
    if model is not None and model.empty:
        raise BadInput(
            f"Study {study.slug} has no model answers yet.",
            expected="import_predictions or run_models first, or the kind 'human'",
        )
    model = model if model is not None else pd.DataFrame()
    runs = study_runs(study) if options.kind == "alignment" else []
    flow, dropped = participant_flow(study, cohort), dropped_answers(study, cohort)
    promise = promise_of(study)
    indicators = get_indicators(options.indicators) if options.indicators else None
    traced = gather_traces(study, cohort, runs, kinds, reasons=options.reasons, level=options.level)
    cards = tuple(noted(run for run in runs if not is_baseline(run.label)))
    read = told_of(study, cohort)
    told = (
        traced,
        read,
        told_cards(cards),
        promise,
        indicators,
        study.name,
        cohort,
        flow,
        dropped,
        [(run.label, run.state, run.cells) for run in runs],
    )
    return Inputs(
        options=options,
        study=study,
        cohort=cohort,
        human=human,
        model=model,
        runs=runs,
        flow=flow,
        dropped=dropped,
        digest=_digest(options, told, human, model),
        promise=promise,
        indicators=indicators,
        traced=traced,
        noted=cards,
        read=read,
    )


def _kinds(study: Study, options: Options) -> Kinds:
    versions = study.release.versions.values_list("pk", flat=True)
    return kinds_of(list(versions), options.kinds_from)


def _digest(options: Options, told: object, *frames: pd.DataFrame) -> str:
    """SHA-256 over options, code, what else the report tells, and the content of every frame."""
    total = hashlib.sha256()
    total.update(repr((sorted(options.as_dict().items(), key=str), told)).encode())
    total.update(code_digest().encode())
    for frame in frames:
        if not frame.empty:
            total.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return total.hexdigest()


@cache
def code_digest() -> str:
    """SHA-256 over the sources of this app: new code never serves figures of the old.

    Read once: what runs is what was loaded, whatever is installed beside it later.
    """
    total = hashlib.sha256()
    for path in sorted(_CODE.rglob("*.py")):
        total.update(path.relative_to(_CODE).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()
