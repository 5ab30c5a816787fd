"""What kind of preference it is, how strong, and in which country that matters."""

from collections.abc import Iterable

from analysis.figures.behaviour import rates_by
from analysis.frames.kinds import RULE_WORDS, Kinds
from analysis.metrics.estimate import Estimate
from analysis.reports.behaviour.crossed import ENDS, crossed_table, main_of, models_of, some
from analysis.reports.behaviour.levels import HEADS, level, who
from analysis.reports.behaviour.rates import TABLE
from analysis.reports.book import Book, by_value
from analysis.reports.closeness import figure_row
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, Value, metric_column

COUNTRY, KIND, STRENGTH = "receiver_country", "preference_type", "preference_strength"
CONTRAST = "preference_strength: strong - low_stakes"
BY_KEYWORDS = f"Kinds of preference are told by {RULE_WORDS}."
STRENGTHS = ("low_stakes", "strong", "other")


def preferences_section(book: Book, told_by: Kinds | None = None) -> Section | None:
    """Kinds and strengths of the preference, over all countries and by country.

    Keywords tell the kinds, or `told_by`.
    """
    model = main_of(book)
    rates = [e for e in book.grouped(TABLE, "allow_rate", KIND) if e.value is not None]
    ordered = by_value(e for e in rates if who(e) == model)[::-1]
    kinds = [str(one.group[KIND]) for one in ordered]
    table = crossed_table(book, (KIND,), order=lambda name: _rank(kinds, name))
    tables = some(
        table,
        crossed_table(book, (STRENGTH,)),
        strength_table(book),
        patterns_table(book),
        country_table(book),
    )
    if not tables:
        return None
    drawn = [figure_row(e, level(e.group[KIND]), "model", series=who(e)) for e in ordered]
    figure = rates_by(
        drawn,
        name="preference-types",
        title="Which preferences are allowed",
        what="kind of preference",
        series=[model],
    )
    return Section(
        key="preferences",
        title="What kind of preference",
        lead=(
            f"{told_by.sentence if told_by else BY_KEYWORDS} "
            "From prompts that tell both ages and both genders, where there are any."
        ),
        figures=(figure,) if drawn else (),
        tables=tables,
        under={"preference-types": table.name},
    )


def _rank(kinds: list[str], name: str) -> tuple[int, str]:
    return (kinds.index(name) if name in kinds else len(kinds), name)


def strength_table(book: Book) -> Table:
    """Whether strong preferences are allowed more often than low-stakes ones, per model."""
    found = [e for e in book.all(TABLE, "allow_gap_pp") if dict(e.group) == {"contrast": CONTRAST}]
    order = models_of(book)
    rows = tuple((who(e), e) for e in sorted(found, key=lambda e: order.index(who(e))))
    head = (Column("model", "Model"), metric_column("allow_gap_pp"))
    return Table("strong-less-low-stakes", "Strong less low-stakes preferences", head, rows)


def patterns_table(book: Book) -> Table:
    """The countries at both ends of what strength changes and of what is allowed at all."""
    gaps = _by_value(_gaps(book))
    rates = _by_value(_country_rates(book))
    head = (Column("pattern", "Pattern"), Column("countries", "Countries"))
    if not gaps and not rates:
        return Table("strength-patterns", _PATTERNS, head, ())
    more = [e for e in gaps if (e.value or 0) > 0][::-1][:ENDS]
    fewer = [e for e in gaps if (e.value or 0) < 0][:ENDS]
    rows = (
        ("strong preferences are allowed more than low-stakes ones", _named(more, "{:+.1f} pp")),
        ("low-stakes preferences are allowed more than strong ones", _named(fewer, "{:+.1f} pp")),
        ("least allowed, whatever the strength", _named(rates[:ENDS], "{:.0%}")),
        ("most allowed, whatever the strength", _named(rates[::-1][:ENDS], "{:.0%}")),
    )
    note = (
        "Each country has few scenarios of each strength: read the intervals in the next table "
        "before any name here."
    )
    return Table("strength-patterns", _PATTERNS, head, rows, note)


_PATTERNS = "Countries in which strength matters most, and least"


def _named(found: Iterable[Estimate], form: str) -> str:
    named = [f"{e.group[COUNTRY]} {form.format(e.value)}" for e in found if e.value is not None]
    return ", ".join(named).replace("-", "−") or "none"


def _gaps(book: Book) -> list[Estimate]:
    return [
        e
        for e in book.all(TABLE, "allow_gap_pp")
        if e.group.get("contrast") == CONTRAST and COUNTRY in e.group
    ]


def _country_rates(book: Book) -> list[Estimate]:
    model = main_of(book)
    return [e for e in book.grouped(TABLE, "allow_rate", COUNTRY) if who(e) == model]


def _by_value(found: Iterable[Estimate]) -> list[Estimate]:
    return by_value(e for e in found if e.value is not None)


def country_table(book: Book) -> Table:
    """Rates by strength in every country, over the models, with the difference; widest first."""
    model = main_of(book)
    rates = {
        (e.group[COUNTRY], e.group[STRENGTH]): e
        for e in book.grouped(TABLE, "allow_rate", COUNTRY, STRENGTH)
        if who(e) == model
    }
    gaps = {e.group[COUNTRY]: e for e in _gaps(book) if who(e) == model}
    countries = sorted(
        {str(country) for country, _ in rates},
        key=lambda name: (-abs(gaps[name].value or 0) if name in gaps else 1, name),
    )
    head = (
        Column(COUNTRY, HEADS[COUNTRY]),
        *(metric_column("allow_rate", level(name).capitalize(), key=name) for name in STRENGTHS),
        metric_column("allow_gap_pp", "Strong less low-stakes"),
    )
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (name, *(rates.get((name, strength)) for strength in STRENGTHS), gaps.get(name))
        for name in countries
    )
    title = f"Strength of preference by country: {model[:1].lower() + model[1:]}"
    return Table("strength-by-country", title, head, rows)
