"""Put a report on behaviour together from its estimates, with its facts and methods."""

from typing import Any

from analysis.reports.behaviour.factors import dependence_section, scale_section
from analysis.reports.behaviour.findings import totals
from analysis.reports.behaviour.inputs import BehaviourInputs, Counted
from analysis.reports.behaviour.levels import HEADS, who
from analysis.reports.behaviour.places import countries_section
from analysis.reports.behaviour.preferences import preferences_section
from analysis.reports.behaviour.rates import TABLE
from analysis.reports.behaviour.sections import (
    changes_section,
    conditions_section,
    hierarchy_section,
    people_section,
    tuning_section,
)
from analysis.reports.behaviour.traces import traces_section
from analysis.reports.beside import beside_section
from analysis.reports.book import Book, by_value
from analysis.reports.indicators import DECISIONS as BY_COUNTRY
from analysis.reports.indicators import indicators_section
from analysis.reports.methods import PAPER
from analysis.reports.model_cards import cards_section
from analysis.reports.paper import with_paper_names
from analysis.reports.power import Rates, power_section
from analysis.reports.sections import Content, Section
from analysis.reports.tables import Column, Table
from analysis.reports.words import listing

DECISIONS = Rates(TABLE, "allow_rate", "", HEADS)
"""Whose groups are looked at for what the decisions can tell."""


def compose(book: Book, inputs: BehaviourInputs, counted: Counted) -> Content:
    """The content of the report, with the names that the paper has for its parts."""
    parts = (
        hierarchy_section(book),
        tuning_section(book),
        changes_section(book),
        countries_section(book),
        people_section(book),
        conditions_section(book),
        preferences_section(book, inputs.kinds),
        scale_section(book),
        dependence_section(book),
        indicators_section(book, inputs.indicators, BY_COUNTRY),
        power_section(book, DECISIONS, inputs.options.level),
        traces_section(counted.traced),
        cards_section(inputs.noted),
        beside_section(book, inputs.options.published),
        dropped_section(inputs),
    )
    told = facts(inputs, counted)
    content = Content(
        title=f"What models do: {inputs.dataset.name}",
        headline=_headline(book, told),
        certainty="",
        sections=tuple(part for part in parts if part is not None),
        facts=told,
        methods=tuple(methods_paragraphs(told)),
        reference=PAPER,
    )
    return with_paper_names(content, inputs.options.kind)


def facts(inputs: BehaviourInputs, counted: Counted) -> dict[str, Any]:
    """Counts and options that the methods, the manifest and the page name."""
    asked = counted.cubes["asked"]
    decided = totals(asked)
    return {
        "kind": "behavior",
        "study": inputs.dataset.name,
        "slug": inputs.dataset.slug,
        "licence": inputs.dataset.licence,
        "attribution": inputs.dataset.attribution,
        "simulated": inputs.simulated,
        "simulated_models": inputs.simulated_models,
        "models": sorted(asked["model"].unique()),
        "stages": sorted(set(asked["stage"].unique()) - {""}),
        "sources": sorted(asked["dataset"].unique()),
        "scenarios": int(asked[["dataset", "scenario"]].drop_duplicates().shape[0]),
        "decisions": sum(decided.values()),
        **decided,
        "roles": sorted(set(asked["eval_pref_config"].unique()) - {""}),
        "conditions": sorted(set(asked["eval_demo_config"].unique()) - {""}),
        "prompts": sorted(set(asked["prompt"].unique()) - {""}),
        "replicates": inputs.options.replicates,
        "seed": inputs.options.seed,
        "level": inputs.options.level,
    }


def _headline(book: Book, told: dict[str, Any]) -> str:
    rates = by_value(book.find(TABLE, "allow_rate", where=lambda e: not e.group and bool(e.model)))
    known = [one for one in rates if one.value is not None]
    counted = f"{told['decisions']:,} decisions of {len(told['models'])} models"
    if told["simulated"]:
        counted = f"{told['decisions']:,} SIMULATED decisions"
    if not known:
        return f"{counted}, none of which could be read."
    ends = [known[0], known[-1]] if len(known) > 1 else known
    words = [f"{who(one)} {one.value:.1%}{_ends(one.lower, one.upper)}" for one in ends]
    return f"{counted}: the preference is allowed by {' up to '.join(words)}."


def _ends(lower: float | None, upper: float | None) -> str:
    return "" if lower is None or upper is None else f" ({lower:.1%} to {upper:.1%})"


def methods_paragraphs(told: dict[str, Any]) -> list[str]:
    """The methods in words, for the report and for `methods.md`."""
    return [_asked(told), _counted(told)]


def _asked(told: dict[str, Any]) -> str:
    text = (
        f"{listing(told['models'])} decided {told['decisions']:,} times about {told['scenarios']:,} "
        f"scenarios ({listing(told['sources']) or 'source unknown'}; roles {listing(told['roles'])}; "
        f"people told of: {listing(told['conditions'])}; prompts {listing(told['prompts']) or 'unknown'})."
        f" {told['unknown']:,} decisions are neither choice: they are left out of rates, and the "
        "unknown rate stands beside them."
    )
    if told["simulated_models"]:
        text += f" SIMULATED, without a language model: {listing(told['simulated_models'])}."
    return text


def _counted(told: dict[str, Any]) -> str:
    return (
        "Allow rates are over valid decisions; several sources are pooled as the plain mean of "
        f"their rates. Intervals hold {told['level']:.0%} and take scenarios as clusters (t, ratio "
        "of cluster totals). Contrasts pair questions that differ in one thing alone; their p "
        f"flips the signs of whole scenarios ({told['replicates']:,} random patterns where there are "
        f"many, seed {told['seed']}). Chi-square takes decisions for independent and is significant "
        "for any difference at this size: order by Cramer's V. p values are corrected within each "
        "table (Benjamini and Hochberg)."
    )


def dropped_section(inputs: BehaviourInputs) -> Section:
    """Each run with what it planned, answered and could not read."""
    columns = (
        Column("model", "Run"), Column("state", "State"), Column("cells", "Decisions planned"),
        Column("answered", "Answered"), Column("invalid", "Unknown"), Column("source", "Source"),
    )  # fmt: skip
    rows = []
    for run in inputs.runs:
        stored = list(run.chunks.exclude(shard="").values_list("rows", "invalid"))
        answered, invalid = (sum(column) for column in zip(*stored, strict=True))
        source = "SIMULATED" if run.label in inputs.simulated_models else (
            "imported" if run.imported else "asked here"
        )  # fmt: skip
        rows.append((run.label, run.state, run.cells, answered, invalid, source))
    return Section(
        key="dropped",
        title="What was left out, and why",
        lead="Decisions that could not be read count in the unknown rate and in nothing else.",
        tables=(Table("runs", "Runs", columns, tuple(rows)),),
    )
