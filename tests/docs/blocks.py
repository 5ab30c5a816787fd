"""Code blocks of the documentation, and what their markers say."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\S*)\s*$")
MARKER = re.compile(r"^ *<!-- (?P<kind>not run|output): (?P<words>.+) -->$")
# Why a block may stay unrun: what it needs is no part of a test machine.
REASONS = {
    "needs a GPU": "vLLM's own programs",
    "needs Docker": "an engine of containers",
    "needs the network": "packages are fetched",
    "needs services": "`make test-services` and the tests of the compose file run them",
    "needs a running server": "processes of gunicorn's own that change hands",
    "needs a keyboard": "it asks a person for a password",
}


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, its language and text, and why it is not run, if so.

    `is_output` says that the block before it prints these lines.
    """

    page: str
    line: int
    language: str
    text: str
    not_run: str = ""
    is_output: bool = False

    def __str__(self) -> str:
        return f"{self.page}:{self.line} ({self.language or 'no language'})"


def pages() -> list[str]:
    """README and every page below docs, by their paths."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [str(path.relative_to(ROOT)) for path in found]


def blocks(page: str) -> list[Block]:
    """The blocks of a page in order; a fence that is never closed is an error."""
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    found, at = [], 0
    while at < len(lines):
        if fence := FENCE.match(lines[at]):
            end = lines.index(f"{fence['indent']}```", at + 1)
            text = "\n".join(line[len(fence["indent"]) :] for line in lines[at + 1 : end])
            found.append(Block(page, at + 1, fence["language"], text, **_marked(lines, at)))
            at = end
        at += 1
    return found


def _marked(lines: list[str], at: int) -> dict[str, str | bool]:
    """What a comment right before the fence says of the block."""
    marker = MARKER.match(lines[at - 1]) if at else None
    if marker is None:
        return {}
    return {"not_run": marker["words"]} if marker["kind"] == "not run" else {"is_output": True}


def indented(page: str) -> list[int]:
    """Lines of code by indentation alone, which no test would run."""
    fenced, before, found = False, "", []
    for number, line in enumerate((ROOT / page).read_text(encoding="utf-8").splitlines(), 1):
        fenced ^= line.lstrip().startswith("```")
        if not fenced and re.match(r" {4}\S", line) and not before.strip():
            found.append(number)
        before = line
    return found


def logical_lines(text: str) -> list[str]:
    """A shell block's lines, those that end in a backslash joined with the next."""
    return text.replace("\\\n", " ").splitlines()
