"""Everything the report of a validation is computed from, gathered once and hashed."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.frames.labels import labels_frame, outcomes_frame, ratings
from analysis.frames.subjects import get_validation
from analysis.reports.inputs import code_digest
from analysis.reports.options import Options
from annotation.models import Judge, Task, Validation, Verdict
from annotation.services import labels as labels_services
from pact_site.base.errors import BadInput

_COUNTING = Path(labels_services.__file__).parent
"""The code that says what counts as a label and when an item passes; it decides figures, too."""


@dataclass(frozen=True)
class ValidationInputs:
    """A validation's labels and outcomes, and a hash of all that decides the figures."""

    options: Options
    validation: Validation
    labels: pd.DataFrame
    outcomes: pd.DataFrame
    skipped: int
    digest: str
    cohort: str = ""

    @property
    def ratings(self) -> pd.DataFrame:
        """Everybody's first ratings."""
        return ratings(self.labels)

    @property
    def simulated(self) -> bool:
        """Whether the annotators are simulated; then everything made from them says so."""
        return self.validation.simulated

    @property
    def names(self) -> dict[str, str]:
        """The criteria's questions by their codes, in the protocol's order."""
        return dict(self.validation.criteria.values_list("code", "question"))


def gather(options: Options) -> ValidationInputs:
    """Read the validation's tables; BadInput where there is nothing to report on."""
    validation = get_validation(options.study)
    labels = labels_frame(validation)
    if labels[labels["repeat"] == 0].empty:
        raise BadInput(
            f"Validation {validation.slug} has no labels yet.", expected="a submitted rating"
        )
    outcomes = outcomes_frame(validation)
    skipped = Task.objects.filter(item__validation=validation, state=Task.State.SKIPPED).count()
    return ValidationInputs(
        options=options,
        validation=validation,
        labels=labels,
        outcomes=outcomes,
        skipped=skipped,
        digest=_digest(options, validation, skipped, labels, outcomes),
    )


def _digest(options: Options, validation: Validation, skipped: int, *frames: pd.DataFrame) -> str:
    """SHA-256 over options, code, protocol, every label, outcome and verdict."""
    total = hashlib.sha256()
    told = (
        sorted(options.as_dict().items(), key=str),
        validation.name,
        validation.protocol_hash,
        validation.population_size,
        sorted(validation.strata.items()),
        validation.labels,
        validation.dataset.scenarios.count(),
        skipped,
    )
    total.update(repr(told).encode())
    total.update(code_digest().encode())
    for path in sorted(_COUNTING.glob("*.py")):
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    for frame in frames:
        if not frame.empty:
            total.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    judges = Judge.objects.filter(dataset=validation.dataset_id).order_by("pk")
    total.update(repr(list(judges.values_list("name", "model", "simulated"))).encode())
    verdicts = Verdict.objects.filter(judge__in=judges).order_by("pk")
    for row in verdicts.values_list(
        "judge_id", "version_id", "criterion", "repeat", "value"
    ).iterator():
        total.update(repr(row).encode())
    return total.hexdigest()
