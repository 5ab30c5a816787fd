"""What a study can and cannot tell: groups too small to say anything, smallest detectable differences."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from analysis.metrics.estimate import Estimate
from analysis.metrics.power import (
    POWER,
    USABLE,
    Comparison,
    design_effect,
    detectable_row,
    is_thin,
    least_answers,
    normal,
    standard_error,
    typical_pair,
    widest_pair,
)
from analysis.reports.book import Book, by_value, is_baseline
from analysis.reports.sections import Section
from analysis.reports.tables import DASH, Column, Table, Value, metric_column
from analysis.reports.words import GROUPS, RELATIONS, listing, readable

NAMED = 4
CELL = "culture_rate_cell"


@dataclass(frozen=True)
class Rates:
    """Whose groups are looked at: the rate's metric, table and question, and the columns' titles."""

    table: str
    metric: str
    frame: str
    titles: Mapping[str, str]

    def title(self, by: tuple[str, ...]) -> str:
        """A way of grouping in words."""
        words = [self.titles.get(name, name.replace("_", " ").capitalize()) for name in by]
        return " × ".join(words[:1] + [word[:1].lower() + word[1:] for word in words[1:]])


PEOPLE = Rates("human", "culture_rate", "personal", GROUPS)


def power_rows(estimates: Iterable[Estimate], rates: Rates, level: float) -> list[Estimate]:
    """The smallest detectable difference of every headline comparison, as rows of `estimates.csv`."""
    book = Book(tuple(estimates))
    return [detectable_row(one, level) for one in comparisons(book, rates)]


def comparisons(book: Book, rates: Rates) -> Iterator[Comparison]:
    """What readers will compare: gaps from zero, groups with each other, models with people."""
    if rates.table == "human":
        gap = book.find("human", "norm_personal_gap", where=lambda e: not e.group)
        yield from (Comparison("norm-personal gap and none", (e,), e.value) for e in gap)
    for by, groups in _grouped(book, rates).items():
        if len(by) == 1:
            name = f"groups furthest apart: {rates.title(by).lower()}"
            for model in dict.fromkeys((e.model, e.setting) for e in groups):
                mine = [e for e in groups if (e.model, e.setting) == model]
                yield from widest_pair(name, mine)
    if rates.table == "human":
        for e in book.find("human", "culture_rate_contrast", frame=rates.frame):
            pair = f"{e.group['relation']} and {e.group['relation_reference']}"
            yield Comparison(f"{pair}, inside the same scenarios", (e,), e.value)
    yield from _models(book)


def _models(book: Book) -> Iterator[Comparison]:
    frame = book.main_frame()
    for setting in book.settings():
        same = {"setting": setting, "frame": frame}
        near = by_value(
            e
            for e in book.find("alignment", "item_mae", where=lambda e: not e.group, **same)
            if not is_baseline(e.model) and e.value is not None
        )
        for e in near[:1]:
            lean = book.one("alignment", "signed_culture_gap", model=e.model, **same)
            if lean is not None:
                yield Comparison("leaning of the closest model and none", (lean,), lean.value)
        if len(near) > 1:
            found = (near[1].value or 0.0) - (near[0].value or 0.0)
            note = "errors taken for independent; both models answer the same items, so this is cautious"
            yield Comparison("distances of the two closest models", (near[0], near[1]), found, note)


def power_section(book: Book, rates: Rates, level: float) -> Section:
    """Groups by size, and the comparisons."""
    tables = (group_table(book, rates, level), comparison_table(book, rates))
    thin = [
        f"{rates.title(by).lower()} ({sum(is_thin(e, level) for e in found)} of {len(found)})"
        for by, found in _grouped(book, rates).items()
        if any(is_thin(e, level) for e in found)
    ]
    told = f"Too small to say anything are groups by {listing(thin)}." if thin else (
        "Every group is large enough to say something."
    )  # fmt: skip
    return Section(
        key="power",
        title="What this study can and cannot tell",
        lead=(
            f"{told} A difference smaller than the detectable one may well exist: this study would "
            f"miss it more than {1 - POWER:.0%} of the time, so not finding it is no evidence that "
            "there is none."
        ),
        tables=tuple(table for table in tables if table.rows),
    )


def group_table(book: Book, rates: Rates, level: float) -> Table:
    """One row a way of grouping: sizes, widths, design effect, and the groups that are too small."""
    columns = (
        Column("by", "Groups by"),
        Column("groups", "Groups"),
        Column("smallest", "Answers in the smallest"),
        Column("half_width", "Known to, typically"),
        Column("design_effect", "Design effect"),
        Column("detectable", "Detectable between two"),
        Column("thin", "Too small"),
        Column("which", "Which"),
    )
    rows = tuple(_group_row(rates.title(by), e, level) for by, e in _grouped(book, rates).items())
    note = (
        f"Too small: the rate is not known to ±{USABLE * 100:.0f} points, because its interval is "
        f"wider or missing or because it has fewer than {least_answers(level)} answers, with which "
        "even independent answers are no better. Design effect: how many times the variance of as "
        f"many independent answers. Detectable: with {POWER:.0%} power at the intervals' level, "
        "the median over pairs of groups, errors taken for independent."
    )
    return Table("power-groups", "Groups, and how much they can say", columns, rows, note)


def _group_row(title: str, groups: list[Estimate], level: float) -> tuple[Value, ...]:
    errors = [e for one in groups if (e := standard_error(one, level)) is not None]
    effects = [
        d for one in groups if one.metric != CELL and (d := design_effect(one, level)) is not None
    ]
    pair = typical_pair(groups, level)
    thin = [one for one in groups if is_thin(one, level)]
    return (
        title,
        len(groups),
        min(one.n_answers for one in groups),
        f"±{median(errors) * normal(level) * 100:.0f} points" if errors else DASH,
        f"{median(effects):.1f}" if effects else DASH,
        f"{pair * 100:.0f} points" if pair is not None else DASH,
        len(thin),
        _some(thin),
    )


def _some(thin: list[Estimate]) -> str:
    names = list(dict.fromkeys(", ".join(map(readable, one.group.values())) for one in thin))
    if len(names) > NAMED:
        return "; ".join([*names[:NAMED], f"{len(names) - NAMED} more"])
    return "; ".join(names)


def comparison_table(book: Book, rates: Rates) -> Table:
    """Every headline comparison: what could be found, and what was."""
    columns = (
        Column("comparison", "Comparison"),
        Column("model", "Model"),
        metric_column("detectable_difference", "Detectable"),
        Column("found", "Found here"),
        Column("note", "Remark"),
    )
    found = {(c.name, _who(c)): c for c in comparisons(book, rates)}
    rows: list[tuple[Value, ...]] = []
    for table in dict.fromkeys((rates.table, "alignment")):
        for one in book.all(table, "detectable_difference"):
            seen = found.get((str(one.group["comparison"]), (one.model, one.setting)))
            value = seen.found if seen else None
            shown = DASH if value is None else f"{value:+.3f}".replace("-", "−")
            who = ", ".join(map(readable, filter(None, (one.model, one.setting))))
            rows.append((str(one.group["comparison"]), who, one, shown, one.note))
    title = f"Smallest differences found with {POWER:.0%} power"
    return Table("power-comparisons", title, columns, tuple(rows))


def _who(comparison: Comparison) -> tuple[str, str]:
    """The model and setting that a comparison stands under."""
    first = comparison.sides[0]
    same = all(side.model == first.model for side in comparison.sides)
    return (first.model if same else "", first.setting)


def _grouped(book: Book, rates: Rates) -> dict[tuple[str, ...], list[Estimate]]:
    """The rate's groups by the columns that form them, in the file's order; then single cells."""
    found: dict[tuple[str, ...], list[Estimate]] = {}
    fields = {"frame": rates.frame} if rates.frame else {}
    for metric in (rates.metric, *((CELL,) if rates.table == "human" else ())):
        for one in book.find(rates.table, metric, where=lambda e: bool(e.group), **fields):
            found.setdefault(tuple(sorted(one.group)), []).append(one)
    if ("relation",) in found:
        found["relation",].sort(key=lambda e: RELATIONS.index(str(e.group["relation"])))
    return found
