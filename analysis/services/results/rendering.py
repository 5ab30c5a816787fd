"""A frozen page as HTML and files that stand alone: no request to anywhere else, no inline style.

The page served here and the one exported are drawn by this module alike.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from analysis.figures.palette import TOKENS
from analysis.reports.version import code_version
from analysis.services.results import texts
from analysis.services.results.draft import Draft, read_draft

INLINE_LIMIT: Final = 150_000
"""Characters up to which a drawing stands in the page itself, where it follows the dark scheme."""

PARTS: Final = {
    "people": "Human study",
    "leaning": "Model behaviour",
    "closeness": "Alignment",
    "alignment": "Every measure",
    "personas": "Personas",
    "prompts": "Wording",
    "promised": "Promised beforehand",
    "dropped": "Left out",
}
"""What the page calls the report's sections, over their own titles."""

QUESTIONS: Final = {
    "personal": "What would you do yourself?",
    "norm": "What would most people there find appropriate?",
}
FRAME_TITLES: Final = {"personal": "For oneself", "norm": "As a norm"}
MANIFEST: Final = "results.json"


@dataclass(frozen=True)
class Stamp:
    """What is said of an edition besides its content. `hosted` pages may link to this site's list."""

    edition: int = 0
    published_at: datetime | None = None
    hash: str = ""
    address: str = ""
    hosted: bool = False

    @property
    def is_draft(self) -> bool:
        """A preview, which readers outside never see."""
        return self.published_at is None


@dataclass(frozen=True)
class Drawn:
    """A page and the policy that a server should send with it."""

    html: str
    policy: str


def draw(frozen: Mapping[str, Any], stamp: Stamp) -> Drawn:
    """The page of a frozen edition or of a draft."""
    draft = read_draft(frozen["draft"])
    people = texts.authors(draft)
    places = texts.affiliations(people)
    style, script = _style(), _static("pact/results.js")
    policy = _policy(style, script)
    context = {
        "frozen": frozen,
        "facts": frozen["facts"],
        "draft": draft,
        "stamp": stamp,
        "policy": policy,
        "style": mark_safe(style),  # noqa: S308 - our own sheet
        "script": mark_safe(script),  # noqa: S308 - our own script
        "authors": [
            (one, places.index(one.affiliation) + 1 if one.affiliation else 0) for one in people
        ],
        "affiliations": list(enumerate(places, 1)),
        "summary": texts.markdown(draft.summary),
        "framework": texts.markdown(draft.framework),
        "takeaways": [(one.heading, texts.markdown(one.text)) for one in texts.takeaways(draft)],
        "sections": [_section(section, frozen["drawings"]) for section in frozen["sections"]],
        "example": _example(frozen["example"]),
        "links": _links(draft),
        "citation": texts.plain_citation(draft),
        "bibtex": texts.bibtex(draft),
        "built_at": datetime.fromisoformat(frozen["report"]["built_at"]),
        "version": code_version(),
    }
    return Drawn(render_to_string("analysis/bundle/results/page.html", context), policy)


def files_of(frozen: Mapping[str, Any], stamp: Stamp) -> dict[str, str]:
    """Every file of a page's folder by its relative path; figures, data and citation beside it."""
    draft = read_draft(frozen["draft"])
    drawings = {f"figures/{name}.svg": svg for name, svg in frozen["drawings"].items()}
    files = {
        "index.html": draw(frozen, stamp).html,
        **drawings,
        **frozen["files"],
        "citation.bib": texts.bibtex(draft),
    }
    return {**files, MANIFEST: _manifest(frozen, stamp, files)}


def extra_files(frozen: Mapping[str, Any]) -> dict[str, str]:
    """The files beside the page, for a server that draws the page itself."""
    files = files_of(frozen, Stamp())
    return {name: text for name, text in files.items() if name not in ("index.html", MANIFEST)}


def _manifest(frozen: Mapping[str, Any], stamp: Stamp, files: Mapping[str, str]) -> str:
    facts = frozen["facts"]
    content = {
        "format": frozen["format"],
        "study": frozen["study"],
        "title": frozen["draft"]["title"],
        "edition": stamp.edition,
        "hash": stamp.hash,
        "published_at": stamp.published_at.isoformat() if stamp.published_at else None,
        "simulated": facts["simulated"],
        "simulated_models": facts["simulated_models"],
        "smallest_group": frozen["draft"]["minimum"],
        "report": frozen["report"],
        "files": {
            name: hashlib.sha256(text.encode()).hexdigest() for name, text in sorted(files.items())
        },
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _section(section: Mapping[str, Any], drawings: Mapping[str, str]) -> dict[str, Any]:
    figures = [
        {**figure, "drawing": _inline(drawings[figure["name"]])} for figure in section["figures"]
    ]
    return {
        **section,
        "part": PARTS.get(section["key"], ""),
        "note": texts.markdown(section["note"]),
        "figures": figures,
    }


def _inline(svg: str) -> str:
    """A drawing for the page itself, or nothing where it is large and is linked instead."""
    return mark_safe(svg) if len(svg) <= INLINE_LIMIT else ""  # noqa: S308 - drawn here, texts escaped by the renderer


def _example(example: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if example is None:
        return None
    questions = [
        {**one, "text": QUESTIONS[one["frame"]], "title": FRAME_TITLES[one["frame"]]}
        for one in example["questions"]
    ]
    return {**example, "questions": questions}


def _links(draft: Draft) -> list[tuple[str, str]]:
    paper = draft.paper_url or (texts.best_link(draft) if draft.doi or draft.arxiv else "")
    named = (("Paper", paper), ("Data", draft.data_url), ("Code", draft.code_url))
    return [(name, address) for name, address in named if address]


def _policy(style: str, script: str) -> str:
    """A strict policy: exactly this sheet and this script, nothing from anywhere."""
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(script)}'",
            "img-src 'self' data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _style() -> str:
    """The design system's tokens, figures that follow the scheme, and the page's own rules."""
    figures = [
        f'svg [{paint}="{colour}"]{{{paint}:var({token})}}'
        for colour, token in TOKENS.items()
        for paint in ("fill", "stroke")
    ]
    sheets = (_static("pact/tokens.css"), "\n".join(figures), _static("pact/results.css"))
    return "\n".join(_without_comments(sheet) for sheet in sheets)


def _without_comments(sheet: str) -> str:
    return re.sub(r"\n\s*\n+", "\n", re.sub(r"/\*.*?\*/", "", sheet, flags=re.S)).strip()


def _static(name: str) -> str:
    path = finders.find(name)
    if not isinstance(path, str):
        raise FileNotFoundError(f"the static file {name} is missing")
    return _text(path, Path(path).stat().st_mtime_ns)


@cache
def _text(path: str, _changed: int) -> str:
    return Path(path).read_text(encoding="utf-8")
