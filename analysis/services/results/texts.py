"""Researchers' texts as safe HTML, and the citation in two forms."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from django.utils.safestring import SafeString, mark_safe

from analysis.services.results.draft import Draft

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

ALLOWED: Final = ("emphasis", "link", "list", "backticks", "newline", "escape", "blockquote")
"""What the restricted Markdown knows; headings, pictures and HTML are shown as they are typed."""

_LINKS: Final = ("https://", "http://", "mailto:")
_ARTICLES: Final = {"a", "an", "the", "on", "of"}
_BIBTEX: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


@dataclass(frozen=True)
class Author:
    """A person named on the page, or a group whose name is `whole`: typed in braces."""

    name: str
    affiliation: str = ""
    whole: bool = False


@dataclass(frozen=True)
class Takeaway:
    """One thing to remember: a heading and its text, which may be empty."""

    heading: str
    text: str


def markdown(text: str) -> SafeString:
    """Restricted Markdown as HTML: markup of the author's own is escaped, links go to the web."""
    html = str(_renderer().render(text))
    return mark_safe(html)  # noqa: S308 - the renderer escapes whatever it does not know


@cache
def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt

    made = MarkdownIt("zero", {"html": False, "maxNesting": 12}).enable(list(ALLOWED))
    made.validateLink = _is_web_link  # type: ignore[assignment, method-assign]
    return made


def _is_web_link(address: str) -> bool:
    return address.lower().startswith(_LINKS)


def authors(draft: Draft) -> list[Author]:
    """The lines of the authors' field, `Name | affiliation`, without empty ones."""
    lines = (line.strip() for line in draft.authors.splitlines())
    pairs = (line.partition("|") for line in lines if line)
    named = ((name.strip(), place.strip()) for name, _, place in pairs)
    return [_author(name, place) for name, place in named if name.strip("{} ")]


def _author(name: str, place: str) -> Author:
    whole = name.startswith("{") and name.endswith("}")
    return Author(name[1:-1].strip() if whole else name, place, whole)


def affiliations(people: list[Author]) -> list[str]:
    """Every affiliation once, in the order of the authors."""
    return list(dict.fromkeys(one.affiliation for one in people if one.affiliation))


def takeaways(draft: Draft) -> list[Takeaway]:
    """Paragraphs of the takeaways' field; the first line of each is its heading."""
    blocks = re.split(r"\n\s*\n", draft.takeaways.replace("\r\n", "\n").strip())
    parts = (block.strip().partition("\n") for block in blocks if block.strip())
    return [Takeaway(heading.strip(), text.strip()) for heading, _, text in parts]


def plain_citation(draft: Draft) -> str:
    """One line as in a list of references; what is not given is left out."""
    names = [one.name for one in authors(draft)]
    who = ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + "".join(names[-1:])
    year = f" ({draft.year})" if draft.year else ""
    parts = [who + year, draft.title, draft.venue, _arxiv(draft), best_link(draft)]
    kept = [part.strip().rstrip(".") for part in parts if part.strip()]
    text = ". ".join(kept)
    return text if text.endswith(best_link(draft) or ".") else f"{text}."


def bibtex(draft: Draft) -> str:
    """An entry of BibTeX, every character that LaTeX would take for a command escaped."""
    given = {
        "title": "{" + _escaped(draft.title) + "}",
        "author": " and ".join(map(_person, authors(draft))),
        "year": str(draft.year or ""),
        "howpublished": _escaped(draft.venue),
        "doi": _bare(draft.doi),
        "eprint": _bare(draft.arxiv),
        "archivePrefix": "arXiv" if draft.arxiv else "",
        "url": _bare(best_link(draft)),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in given.items() if value.strip("{}")]
    return "@misc{" + ",\n".join([_key(draft), *lines]) + "\n}\n"


def best_link(draft: Draft) -> str:
    """Where a reader of the citation is led: DOI, arXiv, the paper, the page itself."""
    if draft.doi:
        return f"https://doi.org/{draft.doi}"
    if draft.arxiv:
        return f"https://arxiv.org/abs/{draft.arxiv}"
    return draft.paper_url or draft.address


def _arxiv(draft: Draft) -> str:
    return f"arXiv {draft.arxiv}" if draft.arxiv else ""


def _person(one: Author) -> str:
    """Braces keep in one piece a name that holds " and ", or belongs to a group."""
    name = _escaped(one.name)
    return f"{{{name}}}" if one.whole or re.search(r"\sand\s", name) else name


def _escaped(text: str) -> str:
    return "".join(_BIBTEX.get(char, char) for char in text.replace("\n", " "))


def _bare(text: str) -> str:
    """Identifiers and addresses stand as they are, without what would end the field."""
    return re.sub(r"[{}\s\\]", "", text)


def _key(draft: Draft) -> str:
    """Family name of the first author, year, first word of the title that says something."""
    people = authors(draft)
    family = _family(people[0]) if people else "results"
    words = (_letters(word) for word in draft.title.split())
    first = next((word for word in words if word and word not in _ARTICLES), "")
    return f"{_letters(family) or 'results'}{draft.year or ''}{first}"


def _family(one: Author) -> str:
    words = [word for word in one.name.split() if _letters(word) not in _ARTICLES] or ["results"]
    return words[0] if one.whole else words[-1]


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.lower())
