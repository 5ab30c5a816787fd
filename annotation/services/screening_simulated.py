"""A SIMULATED screening for the demo: real flags of a simulated judge, made-up checks, a release."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from annotation.models import Dataset, Judge, ScenarioVersion, Screening, Validation
from annotation.services.screening import Checks, make_screening, next_to_check, review
from annotation.services.screening_ledger import release_screening
from annotation.services.screening_rules import Flags, by_judge, by_nothing, by_people

NAME: Final = "SIMULATED screening"
NOTE: Final = (
    "SIMULATED: a made-up judge flagged, and made-up people checked. For looking around only."
)
CHECKS: Final = Checks(12, 12)
AGAINST: Final = {True: 0.75, False: 0.05}
"""How often the simulated reviewer removes a flagged, and an unflagged, scenario."""


def simulate_screening(dataset: Dataset) -> Screening:
    """Screen the dataset, check what is drawn, release what is kept; done already, it is returned.

    What flags is a simulated judge if there is one, else the labels of a simulated validation,
    else nothing.
    """
    known = dataset.screenings.filter(name=NAME).first()
    if known and known.release_id:
        return known
    screening = known or make_screening(
        dataset=dataset, name=NAME, flag=lambda versions: _flags(dataset, versions), checks=CHECKS
    )
    if not screening.simulated:  # the checks are made up, whatever flagged
        screening.simulated = True
        screening.save(update_fields=["simulated"])
    while row := next_to_check(screening):
        remove = _share(row.version.scenario.key) < AGAINST[row.flagged]
        review(
            screened=row,
            decision="remove" if remove else "keep",
            reason="SIMULATED: one of the actions is hard to picture." if remove else "",
        )
    release_screening(screening=screening, note=NOTE)
    return screening


def _flags(dataset: Dataset, versions: Sequence[ScenarioVersion]) -> Flags:
    judge = Judge.objects.filter(dataset=dataset, simulated=True, verdicts__isnull=False).first()
    if judge:
        return by_judge(judge, versions)
    validation = Validation.objects.filter(dataset=dataset, simulated=True).first()
    return by_people(validation, versions) if validation else by_nothing()


def _share(key: str) -> float:
    """A number from 0 to 1 that is the key's own."""
    return int.from_bytes(hashlib.sha256(f"review|{key}".encode()).digest()[:4]) / 2**32
