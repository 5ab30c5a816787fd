"""Human-model alignment in full: every setting and question, leanings, item by item."""

from typing import Any

import pandas as pd

from analysis.figures.gaps import signed_gaps
from analysis.figures.items import items
from analysis.figures.marks import FRAME_TITLES
from analysis.figures.people import norm_personal_gaps
from analysis.metrics.estimate import Estimate
from analysis.reports.areas import area_tables
from analysis.reports.book import REFERENCE_SETTING, Book, by_value, is_baseline, model_title
from analysis.reports.closeness import figure_row
from analysis.reports.people import gap_of, gap_rows
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, metric_column
from analysis.reports.words import FRAME_PHRASES, FRAMES, SETTING_TITLES

METRICS = (
    "item_mae",
    "item_mse_unbiased",
    "rescaled_score",
    "majority_alignment",
    "row_mae",
    "row_mae_floor",
    "rate_gap_abs",
    "signed_culture_gap",
    "uncertainty_r",
    "entropy_error_signed",
    "brier",
    "brier_floor",
    "model_culture_rate",
    "human_culture_rate",
    "ties",
    "invalid_rate",
)
APART = 12
GAPS = (
    "model_norm_personal_gap",
    "gap_alignment_r",
    "gap_alignment_mae",
    "personal_norm_consistency",
    "consensus",
)


def leaning_section(book: Book, main: str) -> Section:
    """Which way models lean, and whether they part the personal from the proper."""
    tables = [gap_table(book, setting) for setting in book.settings()]
    return Section(
        key="leaning",
        title="Which way models lean",
        lead=(
            "A model can be far from people by choosing culture too often, preference too often, "
            "or the right share on the wrong items."
        ),
        figures=(signed_gaps(lean_rows(book, main)), norm_personal_gaps(part_rows(book, main))),
        tables=(lean_table(book, main), part_table(book, main), *(t for t in tables if t.rows)),
        under={"signed-culture-gaps": "leaning", "norm-personal-gaps": "norm-personal-gaps"},
    )


def lean_table(book: Book, main: str) -> Table:
    """The signed gaps of the figure, a row a model."""
    mean = book.find("alignment", "signed_culture_gap", where=_model, setting=main, frame="both")
    columns = (
        Column("model", "Model"),
        *(
            metric_column("signed_culture_gap", title, key=f"signed_culture_gap_{frame}")
            for frame, title in FRAMES.items()
        ),
    )
    rows = tuple(
        (
            e.model,
            *(
                book.one(
                    "alignment", "signed_culture_gap", setting=main, model=e.model, frame=frame
                )
                for frame in FRAMES
            ),
        )
        for e in by_value(mean)
    )
    return Table("leaning", "Model's culture rate less the people's", columns, rows)


def part_table(book: Book, main: str) -> Table:
    """The gaps of the figure: people, then models."""
    columns = (Column("who", "Who"), metric_column("norm_personal_gap"))
    everybody = gap_of(book)
    people = by_value(book.grouped("human", "norm_personal_gap", "participant_country"))
    models = by_value(book.find("alignment", "model_norm_personal_gap", where=_model, setting=main))
    rows = (
        *([("All people", everybody)] if everybody else []),
        *((str(e.group["participant_country"]), e) for e in reversed(people)),
        *((e.model, e) for e in reversed(models)),
    )
    title = "Norm-personal gap of people and models"
    return Table("norm-personal-gaps", title, columns, tuple(rows))


def lean_rows(book: Book, main: str) -> list[dict[str, Any]]:
    """Signed gaps per model and question, ordered by the mean of both."""
    mean = book.find("alignment", "signed_culture_gap", where=_model, setting=main, frame="both")
    order = [e.model for e in by_value(mean)]
    rows = [
        figure_row(e, e.model, "model", frame=title)
        for frame, title in FRAME_TITLES.items()
        for e in book.find(
            "alignment", "signed_culture_gap", where=_model, setting=main, frame=frame
        )
        if e.value is not None
    ]
    place = {model: number for number, model in enumerate(order)}
    return sorted(rows, key=lambda row: place.get(row["name"], len(place)))


def part_rows(book: Book, main: str) -> list[dict[str, Any]]:
    """The norm-personal gap of people, then of models."""
    found = by_value(book.find("alignment", "model_norm_personal_gap", where=_model, setting=main))
    models = [figure_row(e, e.model, "model") for e in reversed(found) if e.value is not None]
    return [*gap_rows(book), *models]


def gap_table(book: Book, setting: str) -> Table:
    """What joins both questions, one row a model."""
    models = book.models(setting)
    found = {(m, name): _any_frame(book, name, setting, m) for m in models for name in GAPS}
    used = [name for name in GAPS if any(found[m, name] is not None for m in models)]
    columns = (Column("model", "Model"), *(metric_column(name) for name in used))
    rows = [(m, *(found[m, name] for name in used)) for m in models if used]
    title = f"Both questions together: {SETTING_TITLES[setting].lower()}"
    return Table(f"gaps-{setting.replace('_', '-')}", title, columns, tuple(rows))


def _any_frame(book: Book, metric: str, setting: str, model: str) -> Estimate | None:
    """The estimate over both frames: some metrics stand there alone, others as a mean."""
    found = book.find("alignment", metric, where=_overall, setting=setting, model=model)
    both = [e for e in found if e.frame in ("both", "")]
    return (both or found or [None])[0]  # type: ignore[list-item]


def alignment_section(book: Book, items_shown: pd.DataFrame, main: str) -> Section:
    """Every measure, per setting and question, by theme and kind, and the items one by one."""
    tables = [
        table
        for setting in book.settings()
        for frame in ("personal", "norm", "both")
        if (table := alignment_table(book, setting, frame)).rows
    ]
    rows = item_rows(items_shown)
    return Section(
        key="alignment",
        title="Every measure, question by question",
        lead=(
            "Measures disagree where they ask different things: a model may pick the majority's "
            "answer everywhere and still miss how often people choose it."
        ),
        figures=(items(rows),) if rows else (),
        tables=(
            *tables,
            *area_tables(book, main),
            *([apart_table(items_shown)] if rows else []),
        ),
        under={"items": "items-apart"},
    )


def apart_table(rates: pd.DataFrame) -> Table:
    """The items on which people and the models' mean lie furthest apart, with both rates."""
    wide = rates.assign(gap=rates["q"] - rates["human"])
    keys = ["item", "frame"]
    mean = wide.groupby(keys)[["human", "people", "q", "gap"]].mean().reset_index()
    order = mean["gap"].abs().sort_values(ascending=False, kind="stable").index[:APART]
    columns = (
        Column("item", "Item"),
        Column("frame", "Question"),
        Column("people", "People"),
        Column("human", "People choosing culture"),
        Column("models", "Models choosing culture, mean"),
    )
    rows = tuple(
        (
            str(row["item"]),
            FRAMES[str(row["frame"])],
            int(row["people"]),
            f"{row['human']:.2f}",
            f"{row['q']:.2f}",
        )
        for row in mean.loc[order].to_dict("records")
    )
    title = f"The {len(rows)} items on which people and models lie furthest apart"
    return Table("items-apart", title, columns, rows, "All items are in tables/items.csv.")


def alignment_table(book: Book, setting: str, frame: str) -> Table:
    """One row a model, closest first, then the references."""
    same = {"setting": REFERENCE_SETTING, "frame": frame}
    found = [
        *by_value(book.find("alignment", "item_mae", where=_model, setting=setting, frame=frame)),
        *by_value(book.find("alignment", "item_mae", where=_reference, **same)),
    ]
    used = [m for m in METRICS if any(_beside(book, m, e) is not None for e in found)]
    columns = (Column("model", "Model"), *(metric_column(name) for name in used))
    rows = tuple((model_title(e.model), *(_beside(book, m, e) for m in used)) for e in found)
    muted = frozenset(i for i, e in enumerate(found) if is_baseline(e.model))
    title = f"{SETTING_TITLES[setting]}, {FRAME_PHRASES[frame]}"
    return Table(f"alignment-{setting.replace('_', '-')}-{frame}", title, columns, rows, "", muted)


def _beside(book: Book, metric: str, distance: Estimate) -> Estimate | None:
    return book.one(
        "alignment",
        metric,
        model=distance.model,
        setting=distance.setting,
        frame=distance.frame,
    )


def item_rates(human: pd.DataFrame, model: pd.DataFrame, setting: str) -> pd.DataFrame:
    """The people's and each model's rate per item and question: what the item figure shows.

    Columns model, item, scenario, frame, human, people (valid answers), q, model_answers.
    """
    long = human.melt(["item", "scenario"], ["personal", "norm"], "frame", "choice").dropna(
        subset=["choice"]
    )
    keys = ["item", "scenario", "frame"]
    people = long.groupby(keys, sort=True)["choice"].agg(human="mean", people="count").reset_index()
    asked = model[(model["setting"] == setting) & model["q"].notna()]
    answered = asked.groupby(["model", *keys], sort=True)["q"]
    models = answered.agg(q="mean", model_answers="count").reset_index()
    return models.merge(people, on=keys, how="inner")


def item_rows(rates: pd.DataFrame) -> list[dict[str, Any]]:
    """Rates per item as the figure's rows."""
    if rates.empty:
        return []
    shown = rates.assign(frame=rates["frame"].map(FRAME_TITLES)).round({"human": 4, "q": 4})
    columns = ["model", "item", "frame", "human", "people", "q"]
    return [{str(k): v for k, v in row.items()} for row in shown[columns].to_dict("records")]


def _model(estimate: Estimate) -> bool:
    return not estimate.group and not is_baseline(estimate.model) and bool(estimate.model)


def _reference(estimate: Estimate) -> bool:
    return not estimate.group and is_baseline(estimate.model)


def _overall(estimate: Estimate) -> bool:
    return not estimate.group
