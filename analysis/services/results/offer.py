"""What a built report offers to a results page, and what a new page begins with."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from django.db.models import QuerySet

from analysis.models import Report
from analysis.reports.bundle import is_intact, read_manifest
from analysis.reports.service import file_of, folder_of
from analysis.services.results.draft import MINIMUM, Draft
from analysis.services.results.example import Scenario, scenarios_of
from analysis.services.results.small_cells import clean_rows
from pact_site.base.errors import BadInput
from survey.models import Study

KINDS: Final = (Report.Kind.ALIGNMENT, Report.Kind.HUMAN)
"""Reports on a study. Those on a validation hold annotators' own words, and are never offered."""

ORDER: Final = ("people", "leaning", "closeness", "alignment", "personas", "prompts")
"""Sections as a paper tells them; what the report has besides follows in its own order."""

FIRST_FIGURES: Final = (
    "people-culture-rates",
    "signed-culture-gaps",
    "norm-personal-gaps",
    "closeness",
)
FIRST_TABLES: Final = ("ranking",)


@dataclass(frozen=True)
class Part:
    """A figure or table that a report holds."""

    name: str
    title: str
    section: str


@dataclass(frozen=True)
class Offer:
    """A report's document with the figures, tables and scenarios a page may show."""

    report: Report
    study: Study
    folder: Path
    document: dict[str, Any]
    manifest: dict[str, Any]
    scenarios: Sequence[Scenario]

    @property
    def sections(self) -> list[dict[str, Any]]:
        """The report's sections, in the order of a results page."""
        found: list[dict[str, Any]] = self.document["sections"]
        place = {key: number for number, key in enumerate(ORDER)}
        return sorted(found, key=lambda section: place.get(section["key"], len(place)))

    @property
    def figures(self) -> list[Part]:
        """Every figure."""
        return [
            Part(figure["name"], figure["title"], section["title"])
            for section in self.sections
            for figure in section["figures"]
        ]

    @property
    def tables(self) -> list[Part]:
        """Every table, those under a figure included."""
        return [
            Part(table["name"], table["title"], section["title"])
            for section in self.sections
            for table in tables_of(section)
        ]


def tables_of(section: dict[str, Any]) -> list[dict[str, Any]]:
    """The tables of a section: those under its figures, then its own."""
    under = [figure["table"] for figure in section["figures"] if figure["table"]]
    found = {table["name"]: table for table in [*under, *section["tables"]]}
    return list(found.values())


def reports_of(slug: str) -> QuerySet[Report]:
    """The finished reports on a study, newest first."""
    return Report.objects.filter(subject=slug, kind__in=KINDS, finished_at__isnull=False).order_by(
        "-finished_at", "-pk"
    )


def best_report(slug: str) -> Report | None:
    """The newest report that compares with models, else the newest on people alone."""
    reports = reports_of(slug)
    return reports.filter(kind=Report.Kind.ALIGNMENT).first() or reports.first()


def offer_of(report: Report) -> Offer:
    """What a finished report on a study offers; BadInput where it is another, or its files are gone."""
    path = file_of(report, "report.json")
    if report.kind not in KINDS or path is None or not is_intact(folder_of(report)):
        raise BadInput(
            "A results page needs a report on a study whose files are all as they were written.",
            column="report",
            found=str(report),
            expected="a finished report of kind alignment or human",
        )
    folder = folder_of(report)
    study = Study.objects.select_related("release__dataset").get(slug=report.subject)
    return Offer(
        report=report,
        study=study,
        folder=folder,
        document=json.loads(path.read_text(encoding="utf-8")),
        manifest=read_manifest(folder),
        scenarios=scenarios_of(study.release, folder),
    )


def check_choices(draft: Draft, offer: Offer) -> None:
    """BadInput, naming the field, for a figure, table or scenario that the report does not hold."""
    _check_known("figures", draft.figures, [part.name for part in offer.figures])
    _check_known("tables", draft.tables, [part.name for part in offer.tables])
    if not draft.example:
        return
    people = {one.key: one.people for one in offer.scenarios}
    _check_known("example", (draft.example,), list(people))
    if people[draft.example] < draft.minimum:
        raise BadInput(
            "Too few people answered this scenario.",
            column="example",
            found=f"{people[draft.example]} people",
            expected=f"a scenario that {draft.minimum} people or more answered",
        )


def _check_known(field: str, chosen: Sequence[str], known: Sequence[str]) -> None:
    for name in chosen:
        if name not in known:
            raise BadInput(
                "The report holds nothing of this name.",
                column=field,
                found=name,
                expected=", ".join(known[:30]) or "nothing: it has none",
            )


def first_draft(offer: Offer) -> Draft:
    """What a new page begins with: the study's name, the main figures that hold enough people, and
    its most answered scenario."""
    figures, tables = ({part.name for part in parts} for parts in (offer.figures, offer.tables))
    draft = Draft(
        title=offer.study.name,
        figures=tuple(n for n in FIRST_FIGURES if n in figures and _can_stand(offer, n)),
        tables=tuple(name for name in FIRST_TABLES if name in tables),
        year=offer.report.finished_at.year if offer.report.finished_at else None,
    )
    most = max(offer.scenarios, key=lambda one: (one.people, one.key), default=None)
    return replace(draft, example=most.key) if most and most.people >= draft.minimum else draft


def _can_stand(offer: Offer, figure: str) -> bool:
    """Whether a figure holds any group of enough people."""
    path = offer.folder / "figures" / f"{figure}.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return bool(clean_rows(list(csv.DictReader(stream)), MINIMUM).rows)
