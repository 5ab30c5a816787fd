"""Tables as files: CSV for machines, LaTeX for papers."""

from pathlib import Path

from analysis.metrics.estimate import Estimate
from analysis.reports.tables import DASH, MINUS, Table, Value, interval_text, number, records
from pact_site.base.csvsafe import write_rows

_TEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "→": r"$\rightarrow$",
    "…": r"\ldots{}",
    MINUS: "$-$",
    DASH: "--",
}

SENTENCE, SENTENCE_WIDTH = 48, r"0.3\linewidth"
"""From how many characters a text is a sentence, and how wide its column is then."""


def write_csv(table: Table, path: Path) -> None:
    """Write a table with every estimate's interval, counts and note in columns of their own."""
    names, rows = records(table)
    with path.open("w", encoding="utf-8", newline="") as stream:
        write_rows(stream, names, rows)


def write_tex(table: Table, path: Path) -> None:
    """Write a table as a LaTeX tabular for booktabs, each value over its interval."""
    path.write_text(latex(table), encoding="utf-8")


def latex(table: Table) -> str:
    """The LaTeX source of a table; needs the package booktabs."""
    shape = "".join(_shape(table, place) for place in range(_width(table)))
    lines = [
        f"% {table.title}".replace("\n", " "),
        rf"\begin{{tabular}}{{{shape}}}",
        r"\toprule",
        _line([tex(column.title) for column in table.columns]),
        r"\midrule",
        *(_line([_tex_cell(value) for value in row]) for row in table.rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def tex(text: str) -> str:
    """Text with every character that LaTeX would take for a command escaped."""
    return "".join(_TEX.get(char, char) for char in text)


def _tex_cell(value: Value) -> str:
    if isinstance(value, Estimate):
        interval = interval_text(value).replace(" to ", ", ")
        shown = tex(number(value))
        return rf"{shown} {{\footnotesize [{tex(interval)}]}}" if interval else shown
    return "--" if value is None else tex(str(value))


def _line(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _width(table: Table) -> int:
    return len(table.columns)


def _shape(table: Table, place: int) -> str:
    """Numbers to the right, names to the left, sentences in a column that breaks its lines."""
    if _is_numeric(table, place):
        return "r"
    longest = max((len(str(row[place] or "")) for row in table.rows), default=0)
    return rf"p{{{SENTENCE_WIDTH}}}" if longest > SENTENCE else "l"


def _is_numeric(table: Table, place: int) -> bool:
    return any(isinstance(row[place], Estimate | int) for row in table.rows)
