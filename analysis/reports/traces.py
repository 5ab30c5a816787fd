"""The section of traces: ranked items in tables, and the answers themselves for the first of each."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from analysis.frames.traces import FRAMES as QUESTIONS
from analysis.frames.traces import TracedItem
from analysis.metrics.traces import clustered_mean
from analysis.reports.sections import Section
from analysis.reports.tables import DASH, MINUS, Column, Table, Value
from analysis.reports.trace_cards import CardList, actions, card, importance_words, rate_words
from analysis.reports.traces_inputs import CARDS, Traced, TraceList, by_item
from analysis.reports.traces_rank import RULES, SPLIT, Trace, rows_of
from analysis.reports.traces_text import line
from analysis.reports.words import FRAME_PHRASES, FRAMES, SETTINGS, readable

LEAD: Final = (
    "Single items, to read and not to count: they show what a pattern looks like, they prove none. "
    "Each list is ranked by a lower bound, so that items with few answers do not lead it by chance."
)


def traces_section(traced: Traced | None) -> Section | None:
    """Lists, rates by theme and kind, and cards; None where there is nothing to list."""
    if traced is None or not traced.lists:
        return None
    tables = [_table(one, traced) for one in traced.lists if not one.relation]
    near = [one for one in traced.lists if one.relation]
    tables += [_relations(near, traced)] if near else []
    tables += _grouped(traced)
    lead = f"{LEAD} {traced.kinds.sentence}"
    if traced.setting:
        lead += f" Models were asked {SETTINGS[traced.setting]}."
    return Section(
        key="traces",
        title="Traces: the answers themselves",
        lead=lead,
        tables=tuple(tables),
        cards=tuple(_cards(traced)),
    )


def _title(one: TraceList) -> str:
    where = f", {FRAME_PHRASES[one.frame]}" if one.frame else ""
    return f"{RULES[one.name].title}{where}"


def _name(one: TraceList) -> str:
    return "traces-" + "-".join(filter(None, (one.name, one.frame)))


def _table(one: TraceList, traced: Traced) -> Table:
    rule = RULES[one.name]
    rows = tuple((number, *_row(trace, traced.level)) for number, trace in enumerate(one.traces, 1))
    note = (
        f"The first {len(rows)} of {one.of:,} items and questions. "
        + rule.words.format(level=f"{traced.level:.0%}")
        + " At the same bound the larger value stands first, then the scenarios' keys decide."
    )
    columns = (Column("place", "#"), *_columns(rule.measure))
    return Table(_name(one), _title(one), columns, rows, note)


def _columns(measure: str) -> tuple[Column, ...]:
    return (
        Column("item", "Item"),
        Column("question", "Question"),
        Column(
            "situation", "Situation, and the actions that follow culture / allow the preference"
        ),
        Column("measure", measure),
        Column("bound", "At least"),
        Column("people", "Culture, people"),
        Column("models", "Culture, models"),
        Column("importance", "Importance: norm, preference"),
    )


def _row(trace: Trace, level: float) -> tuple[Value, ...]:
    item, share = trace.item, trace.share
    return (
        f"{line(item.name, 80)}, {item.receiver}",
        FRAMES[trace.frame],
        " / ".join(line(text) for text in (item.situation, *actions(item))),
        f"{trace.measure.value:.2f}",
        f"{trace.measure.bound:.2f}",
        rate_words(share, level) if share else DASH,
        _models(trace),
        importance_words(trace) or DASH,
    )


def _models(trace: Trace) -> str:
    """The models' mean rate, from the lowest to the highest, and how many they are."""
    mean, rates = trace.models_mean, [one.rate for one in trace.asked.shares.values()]
    if mean is None:
        return DASH
    count = "1 model" if len(rates) == 1 else f"{len(rates)} models"
    return f"{mean:.2f} ({min(rates):.2f} to {max(rates):.2f}, {count})"


def _relations(lists: Sequence[TraceList], traced: Traced) -> Table:
    """Where the people of one relation split: their answers alone, a few items each."""
    rows = tuple(
        (readable(one.relation), one.of, *_row(trace, traced.level))
        for one in lists
        for trace in one.traces
    )
    columns = (
        Column("relation", "Relation"),
        Column("of", "Ranked"),
        *_columns(RULES[SPLIT].measure),
    )
    title = "Items on which people split, by relation of their country to the scenario's"
    note = "Only the answers of people in that relation count, here and in the rank."
    return Table("traces-split-by-relation", title, columns, rows, note)


def _cards(traced: Traced) -> Iterator[CardList]:
    reasons = None if traced.reasons is None else by_item(traced.reasons)
    rationales = by_item(traced.rationales)
    for one in traced.lists:
        if one.relation:
            continue
        chosen = one.traces[:CARDS]
        cards = tuple(
            card(
                trace,
                None if reasons is None else reasons.get(trace.item.pk, []),  # type: ignore[arg-type]
                rationales.get(trace.item.pk, []),  # type: ignore[arg-type]
                traced.level,
            )
            for trace in chosen
        )
        yield CardList(_title(one), f"The first {len(cards)} of the list.", cards)


def _grouped(traced: Traced) -> list[Table]:
    """People's and models' rates by theme and by kind of preference, question by question."""
    parts: tuple[tuple[str, str, Callable[[TracedItem], str]], ...] = (
        ("theme", "Theme", lambda item: item.theme),
        ("kind", "Kind of preference", lambda item: item.kind),
    )
    return [table for key, head, of in parts if (table := _group_table(traced, key, head, of)).rows]


def _group_table(traced: Traced, key: str, head: str, of: Callable[[TracedItem], str]) -> Table:
    rows = tuple(
        row
        for frame in QUESTIONS
        for level in sorted({of(item) for item in traced.counted.items.values()})
        if (row := _group_row(traced, frame, level, of))
    )
    missing = sum(not of(item) for item in traced.counted.items.values())
    if missing == len(traced.counted.items):
        rows = ()
    columns = (
        Column("question", "Question"), Column(key, head), Column("items", "Items"),
        Column("scenarios", "Scenarios"), Column("people", "Culture, people"),
        Column("models", "Culture, models"), Column("gap", "Models less people"),
    )  # fmt: skip
    note = (
        "Means over items, with intervals that take scenarios as clusters; models are the mean of "
        "all that were asked, over items that people answered, too."
    )
    if key == "kind":
        note += f" {traced.kinds.sentence}"
    title = (
        f"People and models by {head.lower()}" if _asked(traced) else f"People by {head.lower()}"
    )
    return Table(f"traces-by-{key}", title, columns, rows, note)


def _asked(traced: Traced) -> bool:
    return any(asked.shares for asked in traced.counted.models.values())


def _group_row(
    traced: Traced, frame: str, level: str, of: Callable[[TracedItem], str]
) -> tuple[Value, ...] | None:
    found = [
        trace
        for trace in _traces(traced, frame)
        if of(trace.item) == level and trace.share is not None
    ]
    if not found:
        return None
    scenarios = {trace.item.scenario for trace in found}
    people = [(trace, trace.share.rate) for trace in found if trace.share]
    models = [(trace, trace.models_mean) for trace in found if trace.models_mean is not None]
    gaps = [(trace, trace.gap) for trace in found if trace.gap is not None]
    return (
        FRAMES[frame],
        readable(level) if level else "(none)",
        len(found),
        len(scenarios),
        _mean(people, traced.level),
        _mean(models, traced.level),
        _mean(gaps, traced.level, sign="+"),
    )


def _traces(traced: Traced, frame: str) -> Iterable[Trace]:
    return (row for row in rows_of(traced.counted) if row.frame == frame)


def _mean(pairs: Sequence[tuple[Trace, float]], level: float, sign: str = "") -> str:
    """A mean with its interval as text; that of a rate ends at 0 and 1, a difference has its sign."""
    if not pairs:
        return DASH
    mean = clustered_mean(
        [value for _, value in pairs], [trace.item.scenario for trace, _ in pairs], level
    )
    told = f"{mean.value:{sign}.2f}"
    if mean.lower is not None and mean.upper is not None:
        least = -1 if sign else 0
        lower, upper = max(mean.lower, least), min(mean.upper, 1)
        told += f" ({lower:{sign}.2f} to {upper:{sign}.2f})"
    return told.replace("-", MINUS)
