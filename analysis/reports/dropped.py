"""What was left out of the figures, and why."""

from collections import Counter

import pandas as pd

from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table
from analysis.reports.words import FRAMES
from modeling.models import Run


def dropped_section(
    dropped: list[tuple[str, int]], surplus: int, model: pd.DataFrame, runs: list[Run]
) -> Section:
    """People's and models' answers that count nowhere, by reason."""
    tables = [people_table(dropped, surplus)]
    if not model.empty:
        tables += [run_table(model, runs), invalid_table(model), others_table(runs)]
    return Section(
        key="dropped",
        title="What was left out, and why",
        lead=(
            "Nothing is left out in silence: answers of people who do not count, empty answers, "
            "answers of models that could not be read or are about items that nobody in the study "
            "answered, and cells that runs have not answered."
        ),
        tables=tuple(table for table in tables if table.rows),
    )


def people_table(dropped: list[tuple[str, int]], surplus: int) -> Table:
    """People's answers left out by reason; surplus answers are counted and kept."""
    columns = (Column("reason", "People's answers"), Column("answers", "Answers"))
    kept = [("answers beyond a cell's target: kept", surplus)] if surplus else []
    rows = tuple([*dropped, *kept]) or (("none left out", 0),)
    return Table("dropped-people", "People", columns, rows)


def run_table(model: pd.DataFrame, runs: list[Run]) -> Table:
    """Each run: planned and answered cells, invalid ones, state, and whether it is simulated."""
    columns = (
        Column("model", "Model"),
        Column("state", "Run"),
        Column("cells", "Cells planned"),
        Column("answered", "Answered"),
        Column("invalid", "Invalid"),
        Column("source", "Source"),
    )
    answered = model.groupby("model").size()
    invalid = model[model["choice"].isna()].groupby("model").size()
    rows = tuple(
        (
            run.label,
            run.get_state_display(),
            int(run.cells),
            int(answered.get(run.label, 0)),
            int(invalid.get(run.label, 0)),
            source_of(run),
        )
        for run in runs
    )
    return Table("runs", "Runs", columns, rows)


def source_of(run: Run) -> str:
    """Where a run's answers come from, in words."""
    if run.imported:
        return "imported"
    kind = str(run.endpoint.get("kind", ""))
    if kind == "baseline":
        return "built-in respondent, no language model"
    return "simulated server" if run.simulated else str(run.endpoint.get("model", "") or kind)


def invalid_table(model: pd.DataFrame) -> Table:
    """Invalid answers by model, question and reason."""
    columns = (
        Column("model", "Model"),
        Column("frame", "Question"),
        Column("reason", "Why it could not be counted"),
        Column("answers", "Answers"),
    )
    keys = ["model", "frame", "invalid_reason"]
    counts = model.loc[model["choice"].isna(), keys].value_counts(sort=False).reset_index()
    rows = tuple(
        (
            str(row["model"]),
            FRAMES[str(row["frame"])],
            str(row["invalid_reason"]),
            int(row["count"]),
        )
        for row in counts.to_dict("records")
    )
    return Table("invalid-answers", "Invalid answers of models", columns, rows)


def others_table(runs: list[Run]) -> Table:
    """What imported files say of items that the study does not have: rows, items, and which."""
    columns = (
        Column("model", "Model"),
        Column("rows", "Rows"),
        Column("items", "Items"),
        Column("names", "Items that nobody in the study answered"),
    )
    found = ((run, _others(run)) for run in runs if run.imported)
    rows = tuple(
        (run.label, others.total(), len(others), _named(sorted(others)))
        for run, others in found
        if others
    )
    return Table("other-items", "Answers of models on other items", columns, rows)


def _others(run: Run) -> Counter[str]:
    parts = run.manifest.get("import", {}).get("parts", [])
    return sum((Counter(part.get("left_out", {})) for part in parts), Counter())


def _named(names: list[str], most: int = 10) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
