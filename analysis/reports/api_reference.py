"""The reference of `analysis.metrics`, read from its source so that it cannot be out of date."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from inspect import cleandoc
from pathlib import Path

PACKAGES = (
    "analysis.metrics",
    "analysis.metrics.release",
    "analysis.metrics.agreement",
    "analysis.metrics.behaviour",
    "analysis.metrics.regression",
    "analysis.metrics.pass_rate",
)
"""Whose `__all__` is the public surface; everything else may change without notice."""

WIDTH = 90

_HEAD = """# analysis.metrics

What a notebook may import: functions on pandas frames, without Django, a database or a server. numpy, pandas, scipy and statsmodels must be installed and the repository's top folder be on Python's path. Everything listed here stays; other names of these packages may change. Two worked examples: [alignment](../notebooks/alignment.md), [agreement, factors and behaviour](../notebooks/agreement-and-behaviour.md). What the metrics mean: [estimates.csv](estimates.md).

This page is written by `manage.py write_reference` from the docstrings."""


def lines() -> Iterator[str]:
    """The page, line by line."""
    yield _HEAD
    for package in PACKAGES:
        yield from ("", f"## {package}", "", ast.get_docstring(_parsed(package)) or "")
        for name in public_names(package):
            yield from ("", f"### {name}", "", *_described(package, name))


def public_names(package: str) -> list[str]:
    """What `__all__` lists."""
    listed = _assigned(package, "__all__")
    if listed is None:
        raise ValueError(f"{package} has no __all__")
    names: list[str] = ast.literal_eval(listed[0])
    return names


def _described(package: str, name: str) -> Iterator[str]:
    """The signature or value of a name, then its docstring."""
    home, node, text = _definition(package, name)
    yield from ("```text", _signature(name, node), "```", "")
    if not text:
        raise ValueError(f"{home}.{name} is public and has no docstring")
    yield text


def _definition(package: str, name: str) -> tuple[str, ast.AST, str]:
    """Where a name is defined, the definition, and its docstring."""
    for node in ast.walk(_parsed(package)):
        if isinstance(node, ast.ImportFrom) and name in {one.name for one in node.names}:
            return _definition(node.module or "", name)
    for node in _parsed(package).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return package, node, ast.get_docstring(node) or ""
    value = _assigned(package, name)
    if value is None:
        raise ValueError(f"{package} lists {name} in __all__ and does not have it")
    return package, *value


def _assigned(module: str, name: str) -> tuple[ast.expr, str] | None:
    """The value a module gives a name, and the string below it."""
    body = _parsed(module).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return node.value, _string(after)
    return None


def _string(node: ast.stmt | None) -> str:
    """The text of a statement that is nothing but a string."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return cleandoc(str(node.value.value))
    return ""


def _signature(name: str, node: ast.AST) -> str:
    if isinstance(node, ast.FunctionDef):
        result = ast.unparse(node.returns).strip("'") if node.returns else "None"
        return _call(name, _parameters(node.args), f" -> {result}")
    if isinstance(node, ast.ClassDef):
        fields = [ast.unparse(one) for one in node.body if isinstance(one, ast.AnnAssign)]
        return _call(name, fields, "")
    value = ast.unparse(node)
    return f"{name} = {value if len(value) < WIDTH else '...'}"


def _call(name: str, parameters: list[str], result: str) -> str:
    """One line where it fits, else a line a parameter."""
    line = f"{name}({', '.join(parameters)}){result}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{name}(", *(f"    {one}," for one in parameters), f"){result}"])


def _parameters(args: ast.arguments) -> list[str]:
    """Parameters with annotation and default; keyword-only ones after a star."""
    bare: list[ast.expr | None] = [None] * (len(args.args) - len(args.defaults))
    written = [_parameter(*pair) for pair in zip(args.args, [*bare, *args.defaults], strict=True)]
    named = [_parameter(*pair) for pair in zip(args.kwonlyargs, args.kw_defaults, strict=True)]
    rest = [f"**{ast.unparse(args.kwarg)}"] if args.kwarg else []
    return [*written, *(["*"] if named else []), *named, *rest]


def _parameter(arg: ast.arg, default: ast.expr | None) -> str:
    return ast.unparse(arg) if default is None else f"{ast.unparse(arg)} = {ast.unparse(default)}"


@cache
def _parsed(module: str) -> ast.Module:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ValueError(f"there is no module {module}")
    return ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
