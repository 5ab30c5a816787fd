"""How long and how branched our code is, beside what docs aim at, and what stands out.

    python bench/house_style.py [--outliers 20]

Counted over the packages without migrations and tests: lines of functions (from `def` to the last
line), lines of modules, branches of functions (McCabe's number: one, and one for each decision),
lines of views and tasks, and how many lines of tests there are for a line of code. The numbers are
signals and no gates: a long function that is clear stays. Printed are the numbers, then the longest
and most branched functions and the longest modules.
"""

import argparse
import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("pact_site", "annotation", "survey", "modeling", "analysis")
DECISIONS = (
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.IfExp, ast.Assert,
    ast.comprehension, ast.match_case,
)  # fmt: skip
WISHED = {"median": 8, "90 %": 25, "longest": 60}


@dataclass(frozen=True)
class Function:
    """A function of ours: where, how many lines, how many ways through it."""

    path: Path
    name: str
    line: int
    lines: int
    branches: int

    def __str__(self) -> str:
        return (
            f"{self.lines:4} lines {self.branches:3} branches  {self.path}:{self.line} {self.name}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--outliers", type=int, default=20)
    shown = parser.parse_args().outliers
    code, tests = list(_modules(PACKAGES)), list(_modules(("tests",)))
    functions = [one for path in code for one in _functions(path)]
    print(f"{'':12}{'number':>8}{'median':>8}{'90 %':>8}{'longest':>9}")
    for name, chosen in _kinds(functions).items():
        _row(name, [one.lines for one in chosen])
    _row("branches", [one.branches for one in functions])
    _row("modules", [_length(path) for path in code])
    ratio = sum(map(_length, tests)) / sum(map(_length, code))
    print(f"\n{ratio:.2f} lines of tests for a line of code; aimed at: functions {WISHED}, "
          "views 15, tasks 10, branches under 10, modules 250 and 400 at most\n")  # fmt: skip
    for one in sorted(functions, key=_weight, reverse=True)[:shown]:
        print(one)
    for path in sorted(code, key=_length, reverse=True)[: shown // 2]:
        print(f"{_length(path):4} lines  {path.relative_to(ROOT)}")


def _weight(one: Function) -> float:
    """How far out: lines of 60, or branches of 10, whichever is more."""
    return max(one.lines / WISHED["longest"], one.branches / 10)


def _kinds(functions: Iterable[Function]) -> dict[str, list[Function]]:
    every = list(functions)
    views = [one for one in every if "views" in one.path.parts]
    tasks = [one for one in every if one.path.name in ("tasks.py", "jobs.py")]
    return {"functions": every, "of views": views, "of tasks": tasks}


def _row(name: str, values: list[int]) -> None:
    high = quantiles(values, n=10)[-1] if len(values) > 1 else max(values)
    print(f"{name:12}{len(values):8,}{median(values):8.0f}{high:8.0f}{max(values):9}")


def _modules(folders: Iterable[str]) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts and path.stat().st_size:
                yield path


def _length(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Function(path.relative_to(ROOT), node.name, node.lineno, lines, _branches(node))


def _branches(node: ast.AST) -> int:
    """Of a function without those inside it, as they count for themselves."""
    count = 1
    waiting = list(ast.iter_child_nodes(node))
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        count += isinstance(one, DECISIONS)
        count += len(one.values) - 1 if isinstance(one, ast.BoolOp) else 0
        waiting += ast.iter_child_nodes(one)
    return count


if __name__ == "__main__":
    main()
