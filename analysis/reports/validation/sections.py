"""Pairs of annotators, what passes, and judges beside people."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from analysis.figures.agreement import beside_judge
from analysis.metrics import Estimate
from analysis.reports.book import Book
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, Value, metric_column
from analysis.reports.validation.findings import (
    DIFFERENCE,
    PEOPLE,
    REPEATS,
    TABLE,
    WITH_JUDGE,
    Findings,
)
from analysis.reports.validation.inputs import ValidationInputs
from analysis.reports.validation.places import found_in, place_of, places


def pairs_section(found: Findings, book: Book) -> Section:
    """Every two annotators, and annotators beside themselves."""
    columns = (
        Column("one", "Annotator"),
        Column("two", "and"),
        Column("n_items", "Items shared"),
        metric_column("percent"),
        metric_column("ac1"),
    )
    rows: list[tuple[Value, ...]] = []
    for pair in found.pairs:
        known = {"n_items": pair.n_items, "n_humans": 2, "note": pair.note}
        observed = Estimate(TABLE, "percent", value=pair.observed, lower=pair.observed_lower,
                            upper=pair.observed_upper, **known)  # type: ignore[arg-type]  # fmt: skip
        ac1 = Estimate(TABLE, "ac1", value=pair.ac1, lower=pair.ac1_lower, upper=pair.ac1_upper,
                       **{**known, "note": pair.note or "undefined for this pair"})  # type: ignore[arg-type]  # fmt: skip
        rows.append((pair.one, pair.two, pair.n_items, observed, ac1))
    tables = [Table("pairs", "Annotators by pairs, all questions together", columns, tuple(rows))]
    again = [one for one in book.all(TABLE, "percent") if one.setting == REPEATS]
    if again:
        head = (Column("criterion", "Question"), Column("n", "Repeats"), metric_column("percent"))
        body = tuple((place_of(one), one.n_items, one) for one in again)
        tables.append(Table("repeats", "The same annotator, a second time", head, body))
    shared = sum(1 for pair in found.pairs if pair.n_items)
    return Section(
        key="pairs",
        title="Who agrees with whom",
        lead=f"{shared} of {len(found.pairs)} pairs of annotators share items.",
        tables=tuple(tables),
    )


def passing_section(book: Book, inputs: ValidationInputs) -> Section:
    """Shares that pass: in the sample by question, in the dataset by source."""
    sample: list[tuple[Value, ...]] = [
        (name, *found_in(book, "pass_rate", code))
        for name, code in places(inputs)
        if found_in(book, "pass_rate", code)
    ]
    columns = (Column("criterion", "Question"), metric_column("pass_rate", bar=True))
    tables = []
    if sample:
        tables.append(Table("pass-rates", "Rated items that pass", columns, tuple(sample)))
    rates = book.all(TABLE, "dataset_pass_rate")
    head = (
        Column("source", "From"),
        metric_column("dataset_pass_rate", bar=True),
        Column("sampled", "Judged by people"),
        Column("items", "Of items"),
        Column("note", "Remark"),
    )
    body = tuple(
        (one.model or "people alone", one, one.n_answers, one.n_items, one.note) for one in rates
    )
    tables.append(Table("dataset-pass-rate", "The whole dataset", head, body))
    known = next((one for one in rates if one.value is not None and not one.model), None)
    lead = (
        "An item passes if most of its annotators say yes to every question; an even split fails "
        "it. "
    )
    if known is not None and known.value is not None:
        lead += (
            f"From people alone, {known.value:.1%} of the dataset's {known.n_items:,} items pass "
            f"(interval {known.lower:.1%} to {known.upper:.1%})."
        )
    else:
        reason = rates[0].note if rates else "nothing is known"
        lead += f"How much of the whole dataset passes cannot be told: {reason}."
    return Section("passing", "How much passes", lead, tables=tuple(tables))


class Beside(NamedTuple):
    """One question on the items that people and a judge both have judged."""

    judge: str
    question: str
    people: Estimate
    both: Estimate
    apart: Estimate


def judge_section(book: Book, inputs: ValidationInputs, found: Findings) -> Section | None:
    """People beside every judge on identical items; None where no judge was asked."""
    if not found.judges:
        return None
    compared = [judge.judge.name for judge in found.judges if judge.beside]
    beside = [one for judge in compared for one in _beside(book, inputs, judge)]
    first = [one for one in beside if one.judge == compared[0]]
    silent = [f"{one.judge.name}: {one.note}" for one in found.judges if one.note]
    return Section(
        key="judges",
        title="The judge as one more annotator",
        lead=(
            "A judge is compared with people on the items that both have judged, by the same "
            "statistics. Agreement with people says nothing about items that people find hard, "
            "too. " + "; ".join(silent)
        ).strip(),
        figures=(beside_judge(_drawn(first), compared[0], "AC1"),) if first else (),
        tables=tuple(table for table in (_beside_table(beside), _flips_table(book)) if table.rows),
        under={"people-beside-judge": "judges"},
    )


def _beside(book: Book, inputs: ValidationInputs, judge: str) -> Iterator[Beside]:
    for name, code in places(inputs):
        sides = [
            one
            for setting in (PEOPLE, WITH_JUDGE, DIFFERENCE)
            for one in found_in(book, "ac1", code, setting, judge, single_rated="exclude")
        ]
        if len(sides) == 3:
            yield Beside(judge, name, *sides)


def _beside_table(beside: Iterable[Beside]) -> Table:
    columns = (
        Column("judge", "Judge"),
        Column("criterion", "Question"),
        Column("items", "Items"),
        Column("people", "AC1 among people", "ac1"),
        Column("people_and_judge", "with the judge", "ac1"),
        Column("difference", "Judge less people", "ac1"),
    )
    rows = tuple(
        (one.judge, one.question, one.people.n_items, one.people, one.both, one.apart)
        for one in beside
    )
    return Table("judges", "People beside the judges, on identical items", columns, rows)


def _flips_table(book: Book) -> Table:
    columns = (
        Column("judge", "Judge"),
        Column("criterion", "Question"),
        metric_column("flip_rate"),
    )
    rows = tuple((one.model, place_of(one), one) for one in book.all(TABLE, "flip_rate"))
    return Table("flips", "How often a judge's repeats differ", columns, rows)


def _drawn(beside: Iterable[Beside]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.question,
            "series": series,
            "value": side.value,
            "lower": side.lower,
            "upper": side.upper,
            "n_items": side.n_items,
            "n_humans": 0,
            "n_answers": side.n_answers,
        }
        for one in beside
        for series, side in (("people", one.people), ("people and judge", one.both))
    ]
