"""What a report on behaviour is computed from: the decisions of a dataset's runs, counted."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.frames.decisions import PEOPLE, PROMPT, Contrast, decision_runs
from analysis.frames.indicators import Indicators, get_indicators
from analysis.frames.kinds import Kinds, kinds_of
from analysis.frames.pairs import paired
from analysis.frames.tallies import tally
from analysis.reports.behaviour.traces_inputs import Traced, gather_traces
from analysis.reports.inputs import code_digest
from analysis.reports.model_cards import told
from analysis.reports.options import Options
from analysis.reports.progress import Progress, silent
from annotation.models import Dataset, ScenarioVersion
from annotation.services.schemes import find_regions
from annotation.vocab.regions import DEFAULT_REGIONS
from annotation.vocab.terms import DemographicCondition
from modeling.models import Run
from modeling.services.cards import Noted, noted
from pact_site.base.errors import BadInput

FULL = str(DemographicCondition.FULL_DEMO)
CONTRASTS = (
    Contrast(PROMPT, "no_balance", "balance"),
    Contrast("stage", "base", "instruct"),
    *(
        Contrast(name, *(("older", "younger") if name.endswith("age") else ("male", "female")))
        for name in PEOPLE
    ),
)


@dataclass(frozen=True)
class BehaviourInputs:
    """A dataset's benchmark runs and a hash of all that decides the figures."""

    options: Options
    dataset: Dataset
    runs: list[Run]
    digest: str
    cohort: str = ""
    indicators: Indicators | None = None
    kinds: Kinds | None = None
    noted: tuple[Noted, ...] = ()

    @property
    def simulated(self) -> bool:
        """Whether no language model stands behind any number."""
        return all(_is_simulated(run) for run in self.runs)

    @property
    def simulated_models(self) -> list[str]:
        """Models whose answers no language model gave."""
        return [run.label for run in self.runs if _is_simulated(run)]


@dataclass(frozen=True)
class Counted:
    """Decisions counted by scenario: the cubes, by kind of preference and theme, pairs by contrast.

    `traced` are the few scenarios that are shown with the decisions themselves.
    """

    cubes: dict[str, pd.DataFrame]
    preferences: pd.DataFrame
    themes: pd.DataFrame
    pairs: dict[Contrast, pd.DataFrame]
    traced: Traced | None = None


def gather(options: Options) -> BehaviourInputs:
    """The dataset and its runs; BadInput where there is nothing to report on. Reads no decision."""
    dataset = Dataset.objects.filter(slug=options.study).first()
    if dataset is None:
        known = ", ".join(Dataset.objects.values_list("slug", flat=True)[:20])
        raise BadInput("There is no such dataset.", found=options.study, expected=known)
    runs = decision_runs(dataset.slug)
    if not runs:
        raise BadInput(
            f"Dataset {dataset.slug} has no decisions of models yet.",
            expected="import_decisions, or run_models --design benchmark, first",
        )
    indicators = get_indicators(options.indicators) if options.indicators else None
    kinds, cards = _kinds(options, dataset), tuple(noted(runs))
    digest = _digest(options, dataset, runs, (indicators, kinds, told(cards)))
    return BehaviourInputs(
        options, dataset, runs, digest, indicators=indicators, kinds=kinds, noted=cards
    )


def _kinds(options: Options, dataset: Dataset) -> Kinds | None:
    """Kinds of preference from where the options say; None for the rule of keywords."""
    if options.kinds_from is None:
        return None
    versions = ScenarioVersion.objects.filter(scenario__dataset=dataset)
    return kinds_of(list(versions.values_list("pk", flat=True)), options.kinds_from)


def count(inputs: BehaviourInputs, progress: Progress = silent) -> Counted:
    """Read the shards and count; nothing is kept but counts and the decisions that traces show."""

    def counting(done: int, every: int) -> None:
        share = done / every if every else 0.0
        progress(0.02 + 0.18 * share, f"Counting decisions: {done:,} of {every:,}")

    def pairing(done: int, every: int) -> None:
        progress(0.2 + 0.25 * done / every, f"Pairing decisions: {done} of {every} parts")

    regions = find_regions(DEFAULT_REGIONS)
    found = tally(inputs.runs, regions, counting, kinds=inputs.kinds)
    pairs = paired(inputs.runs, found, list(_possible(found.cubes)), pairing)
    progress(0.45, "Reading the decisions that are shown")
    level, asked = inputs.options.level, found.cubes["asked"]
    traced = gather_traces(inputs.runs, found.names, asked, pairs, level)
    return Counted(found.cubes, found.preferences, found.themes, pairs, traced)


def _possible(counted: Mapping[str, pd.DataFrame]) -> Iterator[Contrast]:
    """Contrasts of which both levels occur."""
    for contrast in CONTRASTS:
        table = counted["people" if contrast.factor in PEOPLE else "asked"]
        if {contrast.first, contrast.second} <= set(table[contrast.factor].unique()):
            yield contrast


def _is_simulated(run: Run) -> bool:
    return run.simulated or run.endpoint.get("kind") == "baseline"


def _digest(options: Options, dataset: Dataset, runs: list[Run], told: object) -> str:
    """SHA-256 over options, code, what else is told, the runs' names and the checksums of their shards."""
    total = hashlib.sha256()
    total.update(repr((sorted(options.as_dict().items(), key=str), dataset.name, told)).encode())
    total.update(code_digest().encode())
    for run in runs:
        total.update(repr((run.label, run.simulated, run.endpoint.get("kind"))).encode())
        shards = run.chunks.exclude(shard="").order_by("number").values_list("number", "checksum")
        for row in shards.iterator():
            total.update(repr(row).encode())
    return total.hexdigest()
