"""The first screen: how close each model is to the people, and how sure that is."""

from typing import Any

from analysis.figures.closeness import closeness
from analysis.metrics.estimate import Estimate
from analysis.reports.book import REFERENCE_SETTING, Book, by_value, is_baseline, model_title
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, metric_column, number
from analysis.reports.words import FRAME_PHRASES, SETTINGS, listing

# The distance and what stands beside it, in the order of the table's columns.
BESIDE = ("item_mse_unbiased", "rescaled_score", "majority_alignment", "signed_culture_gap")

# The share of a model's items from which on the best possible distance speaks of the same ones.
SAME_ITEMS = 0.9

# The share of invalid answers from which on the first screen says so.
OFTEN = 0.1


def distances(book: Book, setting: str) -> list[Estimate]:
    """The distance of every model of a setting, closest first; references are not among them."""
    same = {"setting": setting, "frame": book.main_frame()}
    found = book.find("alignment", "item_mae", where=_overall, **same)
    return by_value(e for e in found if not is_baseline(e.model))


def references(book: Book) -> list[Estimate]:
    """The distance of every reference, closest first."""
    same = {"setting": REFERENCE_SETTING, "frame": book.main_frame()}
    found = book.find("alignment", "item_mae", where=_overall, **same)
    return by_value(e for e in found if is_baseline(e.model))


def floor_of(book: Book) -> Estimate | None:
    """The least distance that a model knowing the people's true rates would show."""
    return book.one("alignment", "floor_perfect_model", frame=book.main_frame(), model="")


def first_section(book: Book, main: str) -> Section:
    """Ranked table and figure of one setting, references among the models."""
    ranked = by_value([*distances(book, main), *references(book)])
    defined = [e for e in ranked if e.value is not None]
    floor = floor_of(book)
    has_floor = floor is not None and floor.value is not None
    floor_rows = [figure_row(floor, "best possible", "floor")] if floor and has_floor else []
    rows = [figure_row(e, model_title(e.model), _kind(e)) for e in defined]
    return Section(
        key="closeness",
        title="How close each model is to the people",
        lead=(
            f"Models asked {SETTINGS[main]}, {FRAME_PHRASES[book.main_frame()]}, closest first. A distance of "
            "0.10 means that on an average item the model's and the people's rates of choosing "
            "culture lie 10 points apart."
        ),
        figures=(closeness(rows, floor_rows),),
        tables=(ranking_table(book, ranked), closeness_table(book, ranked)),
        under={"closeness": "closeness"},
    )


def ranking_table(book: Book, ranked: list[Estimate]) -> Table:
    """The first screen's table: who, how far, and how much of the way from chance to perfect."""
    columns = (
        Column("model", "Model"),
        metric_column("item_mae", "Distance"),
        metric_column("rescaled_score", bar=True),
    )
    defined = [e for e in ranked if e.value is not None]
    rows = tuple((model_title(e.model), e, _beside(book, "rescaled_score", e)) for e in defined)
    muted = frozenset(i for i, e in enumerate(defined) if is_baseline(e.model))
    note = (
        "Distance: how far the model's and the people's rates of choosing culture lie apart on an "
        "average item. Score: 0 for answering 50 : 50 everywhere, 1 for a model that knows the "
        "people's true rates. References are set in grey."
    )
    return Table("ranking", "Closest first", columns, rows, note, muted)


def closeness_table(book: Book, ranked: list[Estimate]) -> Table:
    """One row a model or reference, by distance."""
    columns = (
        Column("model", "Model"),
        metric_column("item_mae", "Distance"),
        *(metric_column(name) for name in BESIDE),
        metric_column("invalid_rate", "Invalid"),
    )
    rows = tuple(_row(book, estimate) for estimate in ranked)
    muted = frozenset(i for i, e in enumerate(ranked) if is_baseline(e.model))
    return Table("closeness", "Distance to the people, closest first", columns, rows, muted=muted)


def _row(book: Book, distance: Estimate) -> tuple[Any, ...]:
    beside = (_beside(book, name, distance) for name in (*BESIDE, "invalid_rate"))
    return (model_title(distance.model), distance, *beside)


def _beside(book: Book, metric: str, distance: Estimate) -> Estimate | None:
    same = {"model": distance.model, "setting": distance.setting, "frame": distance.frame}
    return book.one("alignment", metric, **same)


def figure_row(estimate: Estimate, name: str, kind: str, **more: str) -> dict[str, Any]:
    """An estimate as a figure's row."""
    fields = ("value", "lower", "upper", "n_items", "n_humans", "n_answers")
    return {"name": name, "kind": kind, **more, **{f: getattr(estimate, f) for f in fields}}


def headline(book: Book, main: str, people: str) -> str:
    """One sentence: the closest model, its distance with interval, best possible and chance.

    `people` is who it is compared with: "200 people", "200 simulated people".
    """
    ranked = [e for e in distances(book, main) if e.value is not None]
    if not ranked:
        return "No model has both valid answers and people to compare them with."
    best = ranked[0]
    rate = (
        f"on an average item its rate of choosing culture lies {_with_interval(best)} from theirs"
    )
    return f"{_who_is_closest(ranked, people)}: {rate}{_context(book, best)}."


def _who_is_closest(ranked: list[Estimate], people: str) -> str:
    best, *others = ranked
    if not others:
        return f"{best.model} is compared with {people}"
    equal = [e.model for e in others if e.value == best.value]
    if equal:
        return f"{listing([best.model, *equal])} come equally close to the {people}"
    return f"{best.model} comes closest to the {people}"


def _context(book: Book, best: Estimate) -> str:
    floor = floor_of(book)
    uniform = _uniform(book)
    parts = []
    if floor is not None and floor.value is not None:
        best_possible = f"{number(floor)} is the best any model could show against this many people"
        parts.append(best_possible + _on_which_items(floor, best))
    if uniform is not None and uniform.value is not None:
        parts.append(f"answering 50 : 50 everywhere would show {number(uniform)}")
    return f"; {listing(parts)}" if parts else ""


def _on_which_items(floor: Estimate, best: Estimate) -> str:
    """What to add where the best possible distance is known of far fewer items than the model's:
    without it, a model seems to do better than possible."""
    if floor.n_items >= SAME_ITEMS * best.n_items:
        return ""
    return f" on the {floor.n_items} of {best.n_items} items that two or more of them answered"


def certainty(book: Book, main: str) -> str:
    """How settled the order is, and whose answers could often not be read."""
    return " ".join(filter(None, (_order(book, main), _unread(book, main))))


def _unread(book: Book, main: str) -> str:
    same = {"setting": main, "frame": book.main_frame()}
    often = [
        f"{e.value:.0%} of {e.model}"
        for e in book.find("alignment", "invalid_rate", where=_overall, **same)
        if not is_baseline(e.model) and e.value is not None and e.value >= OFTEN
    ]
    return f"Answers that could not be read and count nowhere: {listing(often)}." if often else ""


def _order(book: Book, main: str) -> str:
    """Which models the closest one cannot be told from by intervals."""
    ranked = [e for e in distances(book, main) if e.value is not None and e.upper is not None]
    chance = _uniform(book)
    if not ranked:
        return ""
    best, *others = ranked
    if chance is not None and (best.value or 0) >= (chance.value or 1):
        return "That is no closer than answering 50 : 50 everywhere."
    if not others:
        return ""
    assert best.upper is not None
    overlapping = [e.model for e in others if e.lower is not None and e.lower <= best.upper]
    if not overlapping:
        return "Its interval lies below that of every other model."
    verb = "overlaps" if len(overlapping) == 1 else "overlap"
    return (
        f"The interval of {listing(overlapping)} {verb} with it: do not take the order among "
        "these as settled."
    )


def _uniform(book: Book) -> Estimate | None:
    return next((e for e in references(book) if e.model.endswith(":uniform")), None)


def _with_interval(estimate: Estimate) -> str:
    if estimate.lower is None or estimate.upper is None:
        return number(estimate)
    return f"{number(estimate)} ({estimate.lower:.3f} to {estimate.upper:.3f})"


def _kind(estimate: Estimate) -> str:
    return "reference" if is_baseline(estimate.model) else "model"


def _overall(estimate: Estimate) -> bool:
    return not estimate.group
