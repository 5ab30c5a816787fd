"""Which code makes which kind of report: from options to inputs, from inputs to a bundle.

pandas and the renderer are imported when a report is built.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analysis.reports.options import Options
from analysis.reports.progress import Progress, silent

if TYPE_CHECKING:
    from analysis.reports.behaviour.inputs import BehaviourInputs
    from analysis.reports.inputs import Inputs
    from analysis.reports.validation.inputs import ValidationInputs

    AnyInputs = Inputs | ValidationInputs | BehaviourInputs

VALIDATION, BEHAVIOUR = "validation", "behavior"


def gather(options: Options) -> AnyInputs:
    """Everything a report is computed from; BadInput where there is nothing to report on."""
    if options.kind == VALIDATION:
        from analysis.reports.validation import inputs as of_validation

        return of_validation.gather(options)
    if options.kind == BEHAVIOUR:
        from analysis.reports.behaviour import inputs as of_behaviour

        return of_behaviour.gather(options)
    from analysis.reports import inputs as of_study

    return of_study.gather(options)


def write_bundle(inputs: AnyInputs, folder: Path, progress: Progress = silent) -> None:
    """Compute a report and put its bundle at `folder`."""
    from analysis.reports.behaviour.inputs import BehaviourInputs
    from analysis.reports.inputs import Inputs

    if isinstance(inputs, BehaviourInputs):
        from analysis.reports.behaviour import build as of_behaviour

        of_behaviour.write_bundle(inputs, folder, progress)
        return
    if isinstance(inputs, Inputs):
        from analysis.reports import build as of_study

        of_study.write_bundle(inputs, folder, progress)
        return
    from analysis.reports.validation import build as of_validation

    of_validation.write_bundle(inputs, folder, progress)
