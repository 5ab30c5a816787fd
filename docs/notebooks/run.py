"""Run the worked examples: each page's Python blocks, in order and in one namespace.

    python docs/notebooks/run.py            run the pages, write what they print and the notebooks
    python docs/notebooks/run.py --check    run them and compare; exit code 1 where something differs

A `text` block below a `python` block holds what the block prints. The notebook of a page has the
same cells and outputs and is opened by Jupyter as it is.
"""

import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGES = ("alignment.md", "agreement-and-behaviour.md")
BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n.*?^```\n)?", re.M | re.S)


def main(*, check: bool = False) -> int:
    """Run every page; returns how many of the files differ from what is written."""
    os.chdir(HERE)
    sys.path.insert(0, str(HERE.parents[1]))
    different = 0
    for name in PAGES:
        for path, text in rendered(HERE / name):
            if path.is_file() and path.read_text(encoding="utf-8") == text:
                continue
            different += 1
            print(f"{path.name} {'is not what its code prints now' if check else 'written'}")
            if not check:
                path.write_text(text, encoding="utf-8")
    return different if check else 0


def rendered(page: Path) -> Iterator[tuple[Path, str]]:
    """The page and its notebook, as the code says now."""
    text = page.read_text(encoding="utf-8")
    namespace: dict[str, Any] = {"__name__": "__main__"}
    cells: list[dict[str, Any]] = []
    parts, end = [], 0
    for block in BLOCK.finditer(text):
        prose, code = text[end : block.start()], block["code"]
        output = printed(code, namespace)
        shown = f"\n```text\n{output}```\n" if output else ""
        parts += [prose, f"```python\n{code}```\n{shown}"]
        cells += [markdown(prose, len(cells)), source(code, output, len(cells) + 1)]
        end = block.end()
    parts.append(text[end:])
    cells.append(markdown(text[end:], len(cells)))
    yield page, "".join(parts)
    yield page.with_suffix(".ipynb"), notebook([cell for cell in cells if cell["source"]])


def printed(code: str, namespace: dict[str, Any]) -> str:
    """What a block prints."""
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        exec(compile(code, "block", "exec"), namespace)  # noqa: S102
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n" * bool(
        stream.getvalue()
    )


def markdown(text: str, number: int) -> dict[str, Any]:
    """A cell of prose."""
    return {
        "cell_type": "markdown",
        "id": f"cell-{number}",
        "metadata": {},
        "source": lines(text.strip("\n")),
    }


def source(code: str, output: str, number: int) -> dict[str, Any]:
    """A cell of code with what it printed."""
    stream = {"name": "stdout", "output_type": "stream", "text": lines(output)}
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": f"cell-{number}",
        "metadata": {},
        "outputs": [stream] if output else [],
        "source": lines(code.rstrip("\n")),
    }


def lines(text: str) -> list[str]:
    """Text as notebooks keep it."""
    return text.splitlines(keepends=True)


def notebook(cells: list[dict[str, Any]]) -> str:
    """A notebook of these cells, in version 4.5 of the format."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(bool(main(check="--check" in sys.argv[1:])))
