"""Models beside people in the paper's forms, with intervals, and named as the paper names them."""

from collections.abc import Callable, Sequence
from typing import Any

from analysis.figures.paper import by_question, persona_effect
from analysis.metrics.catalogue import definition
from analysis.metrics.estimate import Estimate
from analysis.reports.book import Book, is_baseline
from analysis.reports.closeness import figure_row
from analysis.reports.paper_audits import c_spec_table, order_rates_table, style_table
from analysis.reports.paper_forms import CONSERVATIVE, allowing, less, mean_of, turned
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, Value, metric_column
from analysis.reports.words import FRAMES, SETTING_TITLES

MEAN = "Mean of models"
QUESTIONS = ("personal", "norm")
WORDS = {"personal": "what I would do", "norm": "what is appropriate"}
HARD_R = definition("uncertainty_r", scale="hard")
MAJORITY = definition("majority_alignment", ties="culture")
GROUP_GAP = definition("group_mean_rate_gap_abs", target="subgroup")
OWN_GAP = definition("rate_gap_abs", target="subgroup")
PERSONA, PLAIN = "persona", "no_persona"

Find = Callable[[str, str, str], Estimate | None]
"""(model, setting, frame) -> the estimate."""


def forms_section(book: Book, main: str, styles: Sequence[str]) -> Section:
    """The four measures of the paper's section 5.3 and the tables of its appendices E and F."""
    asked = book.settings()
    figures = []
    tables = [measures_table(book, setting) for setting in asked]
    for name, title, axis, find in (
        ("majority", "Choosing what most people choose", "Majority alignment", majority(book)),
        ("rate-gap", "Distance between overall rates", "Rate gap (0 = same)", rate_gap(book)),
    ):
        rows = question_rows(book, asked[-1] if asked else main, find)
        if rows:
            figures.append(by_question(rows, name=name, title=title, axis=axis))
    if rows := question_rows(book, PERSONA, _overall(book, "uncertainty_r", HARD_R)):
        axis = "Uncertainty alignment, r"
        title = "Divided where people are divided"
        figures.append(by_question(rows, name="uncertainty", title=title, axis=axis))
    if effect := effect_rows(book):
        figures.append(persona_effect(effect))
    tables += [
        allow_table(book), allow_means_table(book), consensus_table(book),
        consistency_table(book), rate_gap_table(book), effect_table(book),
        country_effect_table(book), c_spec_table(book), order_rates_table(book),
        style_table(styles),
    ]  # fmt: skip
    return Section(
        key="paper-forms",
        title="In the forms of the PACT paper",
        lead=(
            "The same answers counted as the paper counts them, so that its numbers find a "
            "counterpart; every one with its interval. What to prefer, and why, stands above and "
            "under Definitions."
        ),
        figures=tuple(figures),
        tables=tuple(table for table in tables if table.rows),
    )


def _overall(book: Book, metric: str, defined: str = "") -> Find:
    """Look-up of an ungrouped estimate of the alignment table."""

    def find(model: str, setting: str, frame: str) -> Estimate | None:
        fields = {"model": model, "setting": setting, "frame": frame}
        return book.one("alignment", metric, definition=defined or definition(metric), **fields)

    return find


def majority(book: Book) -> Find:
    """Agreement with the human majority, an even split counting as culture."""
    return _overall(book, "majority_alignment", MAJORITY)


def rate_gap(book: Book) -> Find:
    """Distance of overall rates; with personas each against its own people, then averaged."""
    plain = _overall(book, "rate_gap_abs")
    grouped = _overall(book, "group_mean_rate_gap_abs", GROUP_GAP)
    return lambda model, setting, frame: (grouped if setting == PERSONA else plain)(
        model, setting, frame
    )


def leaning(book: Book) -> Find:
    """Signed gap of rates, positive where the model over-selects preference."""
    find = _overall(book, "signed_culture_gap")
    return lambda *key: turned(find(*key))


def measures_table(book: Book, setting: str) -> Table:
    """Four measures by two questions, a row a model."""
    columns: tuple[tuple[str, str, Find], ...] = (
        ("majority_alignment", "Majority", majority(book)),
        ("rate_gap_abs", "Rate gap", rate_gap(book)),
        ("signed_culture_gap", "Preference gap", leaning(book)),
        ("uncertainty_r", "Uncertainty r", _overall(book, "uncertainty_r", HARD_R)),
    )
    head = (
        Column("model", "Model"),
        *(
            metric_column(metric, f"{title}, {WORDS[frame]}", key=f"{metric}_{frame}")
            for metric, title, _ in columns
            for frame in QUESTIONS
        ),
    )
    rows = tuple(
        (model, *(find(model, setting, frame) for _, _, find in columns for frame in QUESTIONS))
        for model in book.models(setting)
    )
    note = (
        "Majority: an even split of people counts as culture. Rate gap: overall rates; of personas "
        "each against its own people, then the mean. Preference gap: the signed culture gap with "
        "its sign turned. Uncertainty: hard answers, so undefined without repetition."
    )
    name = f"paper-measures-{setting.replace('_', '-')}"
    return Table(name, f"Four measures: {SETTING_TITLES[setting].lower()}", head, rows, note)


def question_rows(book: Book, setting: str, find: Find) -> list[dict[str, Any]]:
    """One estimate a model and question for a figure, ordered by the mean of both."""
    found = {(m, f): find(m, setting, f) for m in book.models(setting) for f in QUESTIONS}
    means = {
        model: mean.value or 0.0
        for model in book.models(setting)
        if (mean := mean_of(found[model, frame] for frame in QUESTIONS)) is not None
    }
    return [
        figure_row(one, model, "model", frame=WORDS[frame])
        for model in sorted(means, key=lambda name: -means[name])
        for frame in QUESTIONS
        if (one := found[model, frame]) is not None and one.value is not None
    ]


def allow_table(book: Book) -> Table:
    """Allow rates by setting and question, a row a model."""
    return _by_setting(
        book, "allow-rates", "How often models allow the preference", "allow_rate",
        lambda *key: allowing(_overall(book, "model_culture_rate")(*key)), QUESTIONS,
    )  # fmt: skip


def consistency_table(book: Book) -> Table:
    """Same choice in both questions, by setting."""
    find = _overall(book, "personal_norm_consistency")
    title = "The same choice in both questions"
    return _by_setting(book, "consistency", title, "personal_norm_consistency", find, ("both",))


def rate_gap_table(book: Book) -> Table:
    """Distance of overall rates by setting and question."""
    frames = (*QUESTIONS, "both")
    return _by_setting(
        book, "rate-gaps", "Distance between overall rates", "rate_gap_abs", rate_gap(book), frames
    )


def _by_setting(
    book: Book, name: str, title: str, metric: str, find: Find, frames: Sequence[str]
) -> Table:
    settings = book.settings()
    keys = [(setting, frame) for setting in settings for frame in frames]
    columns = (
        Column("model", "Model"),
        *(
            metric_column(
                metric,
                SETTING_TITLES[s] if frames == ("both",) else f"{SETTING_TITLES[s]}: {_word(f)}",
                key=f"{s}_{f}",
            )
            for s, f in keys
        ),
    )
    models = _models(book)
    rows: list[tuple[Value, ...]] = [
        (model, *(find(model, *key) for key in keys)) for model in models
    ]
    if len(models) > 1:
        rows.append((MEAN, *(mean_of(find(model, *key) for model in models) for key in keys)))
    return Table(name, title, columns, tuple(rows), CONSERVATIVE if len(models) > 1 else "")


def _word(frame: str) -> str:
    return WORDS.get(frame, "both")


def _models(book: Book) -> list[str]:
    return list(dict.fromkeys(m for setting in book.settings() for m in book.models(setting)))


def allow_means_table(book: Book) -> Table:
    """Means over models: allow rates of both questions and their difference, a row a setting."""
    culture = _overall(book, "model_culture_rate")
    gap = _overall(book, "model_norm_personal_gap")
    columns = (
        Column("setting", "Setting"),
        *(
            metric_column("allow_rate", f"Allows, {WORDS[frame]}", key=f"allow_{frame}")
            for frame in QUESTIONS
        ),
        metric_column("model_norm_personal_gap"),
        Column("models", "Models"),
    )
    rows = tuple(
        (
            SETTING_TITLES[setting],
            *(
                mean_of(allowing(culture(model, setting, frame)) for model in models)
                for frame in QUESTIONS
            ),
            mean_of(gap(model, setting, "both") for model in models),
            len(models),
        )
        for setting in book.settings()
        if (models := book.models(setting))
    )
    return Table("allow-means", "The two questions, mean of models", columns, rows, CONSERVATIVE)


def consensus_table(book: Book) -> Table:
    """How far a model's personas agree, a row a question: the mean of models."""
    found = _overall(book, "consensus")
    models = book.models(PERSONA)
    columns = (
        Column("frame", "Question"),
        metric_column("consensus"),
        Column("samples", "Persona answers an item"),
    )
    rows: list[tuple[Value, ...]] = []
    for frame in QUESTIONS if PERSONA in book.settings() else ():
        mean = found("mean:models", PERSONA, frame) or mean_of(
            found(model, PERSONA, frame) for model in models
        )
        if mean is not None and mean.n_items:
            each = mean.n_answers / max(len(models), 1) / mean.n_items
            rows.append((FRAMES[frame], mean, f"{each:.1f}"))
    note = "Without personas a model gives one answer an item, so that consensus says nothing."
    return Table("consensus", "How far personas agree with each other", columns, tuple(rows), note)


def effect_rows(book: Book) -> list[dict[str, Any]]:
    """Each model's rate gap without and with personas, for the figure."""
    if not {PLAIN, PERSONA} <= set(book.settings()):
        return []
    find = rate_gap(book)
    both = [model for model in book.models(PLAIN) if model in book.models(PERSONA)]
    return [
        figure_row(one, model, "model", setting=SETTING_TITLES[setting])
        for model in both
        for setting in (PLAIN, PERSONA)
        if (one := find(model, setting, "both")) is not None and one.value is not None
    ]


def effect_table(book: Book) -> Table:
    """Rate gap and norm-personal gap without and with personas, and what personas change."""
    gap, parts = rate_gap(book), _overall(book, "model_norm_personal_gap")
    columns = (
        Column("model", "Model"),
        metric_column("rate_gap_abs", "Rate gap, no persona", key="rate_gap_plain"),
        metric_column("rate_gap_abs", "Rate gap, personas", key="rate_gap_persona"),
        Column("rate_gap_change", "Change"),
        metric_column("model_norm_personal_gap", "Norm-personal gap, no persona", key="gap_plain"),
        metric_column("model_norm_personal_gap", "Norm-personal gap, personas", key="gap_persona"),
        Column("gap_change", "Change"),
    )
    rows: list[tuple[Value, ...]] = []
    for model in book.models(PLAIN) if PERSONA in book.settings() else ():
        if model not in book.models(PERSONA):
            continue
        cells: list[Value] = [model]
        for find in (gap, parts):
            pair = [find(model, setting, "both") for setting in (PLAIN, PERSONA)]
            cells += [*pair, _signed(less(*pair))]
        rows.append(tuple(cells))
    note = (
        "A change below zero in the rate gap is an improvement. It compares everybody with persona "
        "groups, which are smaller: the gain in “What personas change” compares like with like."
    )
    return Table("persona-effect", "Without and with personas", columns, tuple(rows), note)


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}".replace("-", "−")


def country_effect_table(book: Book) -> Table:
    """Rate gap of each persona country, mean of models and ages and genders, less no persona."""
    groups = ("persona_country", "persona_demo")
    fields = {"setting": PERSONA, "frame": "both", "definition": OWN_GAP}
    found = [
        e
        for e in book.grouped("alignment", "rate_gap_abs", *groups, **fields)
        if not is_baseline(e.model)
    ]
    models = {e.model for e in found}
    plain = mean_of(rate_gap(book)(model, PLAIN, "both") for model in sorted(models))
    columns = (
        Column("country", "Persona's country"),
        metric_column("rate_gap_abs", "Rate gap, personas", key="rate_gap_persona"),
        metric_column("rate_gap_abs", "No persona", key="rate_gap_plain"),
        Column("change", "Change"),
    )
    rows = []
    for country in sorted({str(e.group["persona_country"]) for e in found}):
        own = mean_of(e for e in found if e.group["persona_country"] == country)
        rows.append((country, own, plain, _signed(less(plain, own))))
    title = "By the persona's country, mean of models"
    return Table("persona-country-effect", title, columns, tuple(rows), CONSERVATIVE)
