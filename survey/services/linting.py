"""Whether a study's items can give what its design asks for, before anybody is recruited."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from annotation.vocab.countries import by_iso2
from survey.models import Study
from survey.services import coverage
from survey.services.coverage import Place
from survey.services.instruments import Definition, definition_of

FEW = 5
"""Below this many expected answers per cell an estimate by item and country says little."""


@dataclass(frozen=True)
class Finding:
    """One remark; a fatal one means that the study must not be opened."""

    text: str
    fatal: bool = False


def lint(study: Study) -> list[Finding]:
    """Every remark about the study's release under its instrument, fatal ones first."""
    definition = definition_of(study.instrument)
    by_country = {
        code: coverage.places(study, code, definition.receivers) for code in definition.countries
    }
    found = [
        *_too_few(definition, by_country),
        *_confounded(definition, by_country),
        *_thin(definition, by_country),
    ]
    return sorted(found, key=lambda finding: not finding.fatal)


def _too_few(definition: Definition, by_country: dict[str, list[Place]]) -> Iterator[Finding]:
    for code, found in by_country.items():
        for name, wanted in definition.mix.items():
            there = len({place.scenario for place in found if place.relation == name})
            if there < wanted:
                yield Finding(
                    f"{by_iso2(code)}: the mix asks for {wanted} {name} scenarios, there are {there}.",
                    fatal=True,
                )


def _confounded(definition: Definition, by_country: dict[str, list[Place]]) -> Iterator[Finding]:
    """Scenarios of which the relation cannot be told apart from how hard they are."""
    served: dict[int, Counter[str]] = defaultdict(Counter)
    for found in by_country.values():
        for scenario, name in {(place.scenario, place.relation) for place in found}:
            if name in definition.mix:
                served[scenario][name] += 1
    lone = [scenario for scenario, names in served.items() if len(names) < 2]
    if lone and len(by_country) > 1:
        yield Finding(
            f"{len(lone)} scenarios are served in one relation only: relation and the scenario's own "
            "difficulty cannot be told apart there.",
            fatal=True,
        )


def _thin(definition: Definition, by_country: dict[str, list[Place]]) -> Iterator[Finding]:
    cells = sum(
        place.relation in definition.mix for found in by_country.values() for place in found
    )
    if not cells:
        return
    expected = definition.planned_completes * definition.length / cells
    if expected < FEW:
        yield Finding(
            f"About {expected:.1f} answers are expected per item and country. For estimates by item, "
            f"{FEW} or more: take fewer items or more people."
        )
