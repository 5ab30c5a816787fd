"""How close models are to people by theme and by kind of preference."""

from typing import Final

from analysis.reports.book import Book, by_value, is_baseline
from analysis.reports.tables import Column, Table, metric_column
from analysis.reports.words import FRAME_PHRASES, GROUPS, SETTING_TITLES, readable

METRICS: Final = (
    "item_mae",
    "signed_culture_gap",
    "majority_alignment",
    "model_culture_rate",
    "human_culture_rate",
)
AREAS: Final = ("theme", "preference_type")


def area_tables(book: Book, setting: str) -> tuple[Table, ...]:
    """A row a theme (kind) and model, closest first; those tables that have rows."""
    made = (_area_table(book, setting, column) for column in AREAS)
    return tuple(table for table in made if table.rows)


def _area_table(book: Book, setting: str, column: str) -> Table:
    frame = book.main_frame()
    same = {"setting": setting, "frame": frame}
    found = {
        metric: {
            (e.group[column], e.model): e for e in book.grouped("alignment", metric, column, **same)
        }
        for metric in METRICS
    }
    closest = by_value(e for e in found["item_mae"].values() if not is_baseline(e.model))
    ordered = sorted(closest, key=lambda e: (e.group[column] is None, str(e.group[column])))
    rows = tuple(
        (
            readable(e.group[column]),
            e.model,
            *(found[metric].get((e.group[column], e.model)) for metric in METRICS),
        )
        for e in ordered
    )
    columns = (
        Column(column, GROUPS[column]),
        Column("model", "Model"),
        *(metric_column(metric) for metric in METRICS),
    )
    title = (
        f"By {GROUPS[column].lower()}: {SETTING_TITLES[setting].lower()}, {FRAME_PHRASES[frame]}"
    )
    note = "Few scenarios stand behind each row: read the intervals before any difference."
    return Table(f"alignment-by-{column.replace('_', '-')}", title, columns, rows, note)
