"""Whether a study's items can give what its design asks for, before anybody is recruited."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil

from annotation.vocab.countries import by_iso2
from survey.models import Study
from survey.services import coverage
from survey.services.coverage import Place
from survey.services.findings import Finding
from survey.services.instruments import Definition, definition_of
from survey.services.linting_texts import lint_texts
from survey.services.scenario_texts import untold

FEW = 5
"""Below this many expected answers per cell an estimate by item and country says little."""


def lint(study: Study, definition: Definition | None = None) -> list[Finding]:
    """Every remark about the study's release under its instrument, fatal ones first.

    `definition` is that of the newest version unless another is given.
    """
    definition = definition or definition_of(study.instrument)
    by_country = {
        code: coverage.places(study, code, definition.receivers) for code in definition.countries
    }
    found = [
        *lint_texts(definition),
        *_untold(study, definition),
        *_receivers(study, definition),
        *_too_few(definition, by_country),
        *_confounded(study, definition, by_country),
        *_unmet(definition, by_country),
        *_thin(definition, by_country),
    ]
    return sorted(found, key=lambda finding: not finding.fatal)


def fatal(findings: Iterable[Finding]) -> list[str]:
    """What keeps a study from being opened, in words."""
    return [finding.text for finding in findings if finding.fatal]


def _untold(study: Study, definition: Definition) -> Iterator[Finding]:
    """Languages in which scenarios are missing: nobody can choose them, whatever is offered."""
    for language in definition.languages:
        missing = 0 if language == definition.language else untold(study, language).count()
        if missing:
            text = (
                f"In {language} {missing} scenarios are missing: participants are not offered it."
            )
            yield Finding("language.scenarios", f"translations.{language}", text)


def _receivers(study: Study, definition: Definition) -> Iterator[Finding]:
    pairs = study.release.items.values_list("receiver_age", "receiver_gender").distinct()
    absent = set(definition.receivers) - {f"{age}_{gender}" for age, gender in pairs}
    if absent:
        text = f"The release has no item for the receiver {', '.join(sorted(absent))}."
        yield Finding("receivers.absent", "receivers", text, fatal=True)
    if len(definition.receivers) == 1:
        text = "With one receiver nothing can be said about the receiver's age or gender."
        yield Finding("receivers.one", "receivers", text)


def _too_few(
    definition: Definition, by_country: Mapping[str, Sequence[Place]]
) -> Iterator[Finding]:
    """Relations of which some country has fewer scenarios than each of its people is to get."""
    for name, wanted in definition.mix.items():
        there = {
            code: len({place.scenario for place in found if place.relation == name})
            for code, found in by_country.items()
        }
        short = {code: count for code, count in there.items() if count < wanted}
        if short:
            counts = ", ".join(f"{by_iso2(code)} ({count})" for code, count in short.items())
            others = "leave these countries out, " if len(short) < len(there) else ""
            text = (
                f"The mix asks for {wanted} {name} scenarios a person, and there are fewer for "
                f"{counts}. Ask for {min(short.values())} at most, {others}or add scenarios."
            )
            yield Finding("coverage.few", "mix", text, fatal=True)


def _confounded(
    study: Study, definition: Definition, by_country: Mapping[str, Sequence[Place]]
) -> Iterator[Finding]:
    """Scenarios of which the relation cannot be told apart from how hard they are."""
    served: dict[int, Counter[str]] = defaultdict(Counter)
    for found in by_country.values():
        for scenario, name in {(place.scenario, place.relation) for place in found}:
            if definition.mix.get(name):
                served[scenario][name] += 1
    lone = [scenario for scenario, names in served.items() if len(names) < 2]
    if lone and len(by_country) > 1:
        text = (
            f"{len(lone)} scenarios (of {_countries(study, lone)}) are served in one relation only: "
            "relation and the scenario's own difficulty cannot be told apart there. Ask for more "
            "relations, invite people from these countries too, or release without these scenarios."
        )
        yield Finding("coverage.confounded", "mix", text, fatal=True)


def _countries(study: Study, scenarios: Iterable[int]) -> str:
    versions = study.release.versions.filter(scenario__in=scenarios)
    return ", ".join(
        sorted({str(by_iso2(code)) for code in versions.values_list("country", flat=True)})
    )


def _unmet(definition: Definition, by_country: Mapping[str, Sequence[Place]]) -> Iterator[Finding]:
    """Groups of cells of which some stay empty even if everybody planned completes."""
    per_country = ceil(definition.planned_completes / len(by_country))
    short = []
    for code, found in by_country.items():
        for name, each in definition.mix.items():
            cells = sum(place.relation == name for place in found)
            if each and per_country * each < cells:
                short.append(
                    f"{by_iso2(code)} {name} ({per_country * each} answers, {cells} cells)"
                )
    if short:
        yield Finding(
            "coverage.empty",
            "planned_completes",
            f"Some cells will stay without an answer: {'; '.join(short)}.",
        )


def _thin(definition: Definition, by_country: Mapping[str, Sequence[Place]]) -> Iterator[Finding]:
    cells = sum(
        bool(definition.mix.get(place.relation)) for found in by_country.values() for place in found
    )
    if not cells:
        return
    expected = definition.planned_completes * definition.length / cells
    if expected < 1:
        yield Finding(
            "coverage.unmet",
            "planned_completes",
            f"{definition.planned_completes} people give {definition.planned_completes * definition.length} "
            f"answers, and there are {cells} cells of item and country: not one answer for each. Plan "
            f"{ceil(cells / definition.length)} people or more, or take fewer receivers or items.",
            fatal=True,
        )
    elif expected < FEW:
        yield Finding(
            "coverage.thin",
            "planned_completes",
            f"About {expected:.1f} answers are expected per item and country. For estimates by item, "
            f"{FEW} or more: take fewer items or more people.",
        )
