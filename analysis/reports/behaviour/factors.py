"""What matters most: dependence on every factor, spreads over its levels, sizes of a family."""

from typing import Final

from analysis.frames.decisions import ROLE
from analysis.metrics.estimate import Estimate
from analysis.reports.behaviour.crossed import models_of, some, twin
from analysis.reports.behaviour.gaps import families
from analysis.reports.behaviour.levels import HEADS, MEAN, contrast_of, level, place, who
from analysis.reports.behaviour.rates import TABLE
from analysis.reports.book import Book
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, Value, metric_column

SCALE: Final = "scale: large - small"
LEVELS: Final = ("receiver_country", "scenario_type", "eval_pref_config")


def dependence_section(book: Book) -> Section:
    """How strongly decisions depend on each factor, strongest first; spreads beside."""
    tested = ("chi2", "p", "p_bh")
    head = (
        Column("factor", "Factor"), Column("model", "Model"), metric_column("cramers_v"),
        *(metric_column(name) for name in tested),
    )  # fmt: skip
    found = sorted(
        (e for e in book.all(TABLE, "cramers_v") if e.model), key=lambda e: -(e.value or 0)
    )
    rows = tuple(
        (HEADS[str(e.group["factor"])], who(e), e, *(twin(book, e, metric) for metric in tested))
        for e in found
    )
    return Section(
        key="dependence",
        title="What matters most",
        lead=(
            "With this many decisions every p value is small. Cramer's V and the spread in "
            "percentage points say how much a factor matters."
        ),
        tables=some(
            spread_table(book),
            together_table(book),
            Table("dependence", "Dependence of the decision, strongest first", head, rows),
        ),
    )


def spread_table(book: Book) -> Table:
    """A row a model, a column a factor: how far its levels lie apart."""
    found = {(who(e), str(e.group["factor"])): e for e in book.all(TABLE, "factor_spread_pp")}
    gaps = {(who(e), str(e.group["factor"])): e for e in book.all(TABLE, "factor_gap_pp")}
    factors = [
        name
        for name in ("country", "age", "gender", "relation", "role", "preference_type")
        if any(factor == name for _, factor in found)
    ]
    head = (
        Column("model", "Model"),
        *(metric_column("factor_spread_pp", level(n).capitalize(), key=n) for n in factors),
        metric_column("factor_gap_pp", "Two countries"),
    )
    rows = tuple(
        (model, *cells, gaps.get((model, "country")))
        for model in models_of(book)
        if any(cells := [found.get((model, name)) for name in factors])
    )
    note = (
        "Percentage points. Standard deviation over the levels' allow rates; for age and gender the "
        "mean of the actor's and the receiver's absolute difference; two countries: the mean "
        "absolute difference of any two."
    )
    return Table("spreads", "How far a factor's levels lie apart", head, rows, note)


def together_table(book: Book) -> Table:
    """Every factor over the decisions of all models: extremes of the levels, effect, p."""
    head = (
        Column("factor", "Factor"), Column("levels", "Levels"), metric_column("cramers_v"),
        metric_column("allow_diff_pp", "Difference, points"), metric_column("p"),
        metric_column("p_bh"),
    )  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    found = [e for e in book.all(TABLE, "cramers_v") if not e.model]
    for one in sorted(found, key=lambda e: -(e.value or 0)):
        told = _extremes(book, str(one.group["factor"]), one.setting)
        pair = (twin(book, one, "p"), twin(book, one, "p_bh"))
        name = HEADS[str(one.group["factor"])]
        rows.append((_staged(name, one), told, one, None, *pair))
    paired = [e for e in book.all(TABLE, "allow_diff_pp") if not e.model]
    for one in paired:
        pair = (twin(book, one, "p"), twin(book, one, "p_bh"))
        rows.append((_staged(contrast_of(one), one), "", None, one, *pair))
    for one in book.all(TABLE, "allow_gap_pp"):
        if not one.model and "pair:" in str(one.group.get("contrast")):
            rows.append((_staged(contrast_of(one), one), "", None, one, None, None))
    note = (
        "All models of a stage together; p of single factors as if decisions were independent, p of "
        "differences by flipping the signs of whole scenarios. The differences of pairs are of "
        "rates and are not tested."
    )
    return Table("together", "Every factor, over all models", head, tuple(rows), note)


def _staged(name: str, one: Estimate) -> str:
    return f"{name} ({one.setting})" if one.setting else name


def _extremes(book: Book, factor: str, stage: str) -> str:
    """The smallest and the largest rate of a factor's levels, of the models' mean or of models."""
    if factor == "model":
        rates = book.find(TABLE, "allow_rate", where=lambda e: not e.group and bool(e.model))
    else:
        rates = [e for e in book.grouped(TABLE, "allow_rate", factor) if not e.model]
    known = [e.value for e in rates if e.setting == stage and e.value is not None]
    return f"{min(known):.1%} to {max(known):.1%}" if len(known) > 1 else ""


def scale_section(book: Book) -> Section | None:
    """Small against large models of a family; None where no family has two sizes."""
    gaps = {
        (e.model, e.setting): e
        for e in book.all(TABLE, "allow_gap_pp")
        if e.group.get("contrast") == SCALE
    }
    if not gaps:
        return None
    rates = {
        (e.model, e.setting, e.group["scale"]): e
        for e in book.grouped(TABLE, "allow_rate", "scale")
    }
    sizes = families(e.model for e in book.find(TABLE, "allow_rate", where=lambda e: not e.group))
    head = (
        Column("model", "Family"), Column("sizes", "Sizes"),
        metric_column("allow_rate", "Smallest", key="allow_small"),
        metric_column("allow_rate", "Largest", key="allow_large"),
        metric_column("allow_gap_pp", "Largest less smallest"),
    )  # fmt: skip
    rows = tuple(
        (
            who(gap),
            " and ".join(name.rpartition(" ")[2] for name in _two(sizes.get(family, []))),
            *(rates.get((family, stage, size)) for size in ("small", "large")),
            gap,
        )
        for (family, stage), gap in gaps.items()
    )
    return Section(
        key="scale",
        title="Small and large models of a family",
        lead="The smallest and the largest model of each family that was asked in several sizes.",
        tables=some(
            Table("scale", "Small and large", head, rows),
            roles_table(book),
        ),
    )


def _two(names: list[str]) -> list[str]:
    return [names[0], names[-1]] if names else []


def roles_table(book: Book) -> Table:
    """By who prefers, the mean over the families' small and large models."""
    found = [e for e in book.grouped(TABLE, "allow_rate", ROLE, "scale") if not e.model]
    roles = sorted({str(e.group[ROLE]) for e in found}, key=place)
    cells = {(e.setting, str(e.group["scale"]), str(e.group[ROLE])): e for e in found}
    head = (
        Column("scale", "Size"),
        *(metric_column("allow_rate", level(name), key=name) for name in roles),
    )
    keys = sorted({key[:2] for key in cells}, key=lambda key: (key[0], place(key[1])))
    rows = tuple(
        (f"{size} ({stage})" if stage else size, *(cells.get((stage, size, r)) for r in roles))
        for stage, size in keys
    )
    return Table("scale-by-role", f"{MEAN}, by who prefers the personal option", head, rows)
