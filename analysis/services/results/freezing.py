"""A page frozen: everything that readers will see of a report, as plain data with a hash."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any, Final

from analysis.services.results import small_cells
from analysis.services.results.draft import Draft, check_texts
from analysis.services.results.example import example_of
from analysis.services.results.offer import Offer, check_choices, tables_of
from pact_site.base.csvsafe import restore_cell, write_rows
from pact_site.base.errors import BadInput

FORMAT: Final = "pact-results-page/1"


def freeze(draft: Draft, offer: Offer) -> dict[str, Any]:
    """The page's texts and the chosen parts of the report without groups of too few people.

    BadInput where the page could not stand: no title, nothing chosen, or a figure that holds nobody
    but groups of too few people.
    """
    check_texts(draft)
    check_choices(draft, offer)
    if not draft.title.strip():
        raise BadInput("The page needs a title.", column="title")
    if not (draft.figures or draft.tables):
        raise BadInput("Choose at least one figure or table.", column="figures")
    drawings: dict[str, str] = {}
    files: dict[str, str] = {}
    sections = [_section(section, draft, offer, drawings, files) for section in offer.sections]
    report, facts = offer.report, offer.document["facts"]
    return {
        "format": FORMAT,
        "study": offer.study.slug,
        "draft": draft.as_dict(),
        "headline": offer.document["headline"],
        "certainty": offer.document["certainty"],
        "facts": facts,
        "methods": offer.document["methods"],
        "paper": offer.document["paper"],
        "sections": [one for one in sections if one["figures"] or one["tables"]],
        "example": _example(draft, offer),
        "drawings": drawings,
        "files": files,
        "report": {
            "id": str(report.public_id),
            "kind": report.kind,
            "input_hash": report.input_hash,
            "built_at": report.finished_at.isoformat() if report.finished_at else "",
            "code": offer.manifest["code"],
        },
    }


def hash_of(frozen: dict[str, Any]) -> str:
    """SHA-256 over a frozen page, the same for the same content."""
    text = json.dumps(frozen, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _example(draft: Draft, offer: Offer) -> dict[str, Any] | None:
    if not draft.example:
        return None
    models = offer.document["facts"]["models"]
    release = offer.study.release
    return example_of(release, draft.example, offer.folder, models, draft.minimum)


def _section(
    section: dict[str, Any],
    draft: Draft,
    offer: Offer,
    drawings: dict[str, str],
    files: dict[str, str],
) -> dict[str, Any]:
    figures = [one for one in section["figures"] if one["name"] in draft.figures]
    tables = [one for one in tables_of(section) if one["name"] in draft.tables]
    return {
        "key": section["key"],
        "title": section["title"],
        "lead": section["lead"],
        "note": draft.notes.get(section["key"], ""),
        "figures": [_figure(one, draft, offer.folder, drawings, files) for one in figures],
        "tables": [_table(one, draft, offer.folder, files) for one in tables],
    }


def _figure(
    figure: dict[str, Any],
    draft: Draft,
    folder: Path,
    drawings: dict[str, str],
    files: dict[str, str],
) -> dict[str, Any]:
    name = figure["name"]
    columns, rows = _read(folder / "figures" / f"{name}.csv")
    cleaned = small_cells.clean_rows(rows, draft.minimum)
    if not cleaned.rows:
        raise BadInput(
            f"The figure {name} holds only groups of fewer than {draft.minimum} people, and what "
            "would tell of them.",
            column="figures",
            found=figure["title"],
            expected="another figure",
        )
    drawings[name] = _drawing(folder / "figures", name, draft.minimum, cleaned.gone)
    files[f"data/{name}.csv"] = _written(columns, cleaned.rows)
    kept = {key: figure[key] for key in ("name", "title", "caption", "alt", "fluid")}
    return {**kept, "hidden": cleaned.hidden}


def _drawing(folder: Path, name: str, minimum: int, gone: list[dict[str, Any]]) -> str:
    """The report's own drawing, or one drawn anew where groups are taken out of it."""
    spec = json.loads((folder / f"{name}.vl.json").read_text(encoding="utf-8"))
    cleaned, hidden = small_cells.clean_spec(spec, minimum, gone)
    if not hidden:
        return (folder / f"{name}.svg").read_text(encoding="utf-8")
    from analysis.figures.render import drawn

    return drawn(cleaned)


def _table(
    table: dict[str, Any], draft: Draft, folder: Path, files: dict[str, str]
) -> dict[str, Any]:
    columns, records = _read(folder / "tables" / f"{table['name']}.csv")
    shown, kept, hidden = small_cells.clean_table(table, records, draft.minimum)
    files[f"data/{table['name']}-table.csv"] = _written(columns, kept)
    return {**shown, "hidden": hidden}


def _read(path: Path) -> tuple[list[str], list[dict[str, Any]]]:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        rows = [{key: restore_cell(text) for key, text in row.items()} for row in reader]
    return list(reader.fieldnames or ()), rows


def _written(columns: list[str], rows: list[dict[str, Any]]) -> str:
    stream = io.StringIO()
    write_rows(stream, columns, rows)
    return stream.getvalue()
