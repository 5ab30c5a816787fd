"""What goes with the choice: which factors a regression needs, of people and of models."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from analysis.figures.marks import FRAME_TITLES
from analysis.figures.personas import DEMOS
from analysis.figures.regression import adjusted_rates
from analysis.metrics.catalogue import METRICS
from analysis.metrics.estimate import ALL_MODELS, Estimate
from analysis.metrics.regression.factors import SCENARIO_COUNTRY
from analysis.reports.book import Book
from analysis.reports.closeness import figure_row
from analysis.reports.sections import Section
from analysis.reports.tables import Column, Table, Value, metric_column
from analysis.reports.words import FRAMES, GROUPS, listing, readable

TABLE = "regression"
PEOPLE, MODELS = "people", "models"
WHO: Final = {PEOPLE: "", MODELS: ALL_MODELS}
COUNTRY, ITEM = "scenario_country", "item"
ALPHA = 0.05

FACTORS: Final = {
    "scenario_country": "Scenario's country",
    "participant_country": "Participant's country",
    "country_relation": "Relation of the countries",
    "participant_demographics": "Participant's age and gender",
    "receiver_demographics": "Receiver's age and gender",
    "participant_x_receiver_demographics": "Participant x receiver, age and gender",
    "question_type": "Question",
    "question_x_country": "Question x participant's country",
    "question_x_relation": "Question x relation",
    "model_family": "Model",
    "persona_setting": "Persona or none",
    "persona_country": "Persona's country",
    "persona_demographics": "Persona's age and gender",
}
"""How tables name the factors."""

REGRESSIONS: Final = {
    **{name: FRAMES[name] for name in FRAME_TITLES},
    "combined": "Both, in one regression",
}
LEVELS: Final = {
    "participant_country": "participants from {}",
    "relation": "{} country",
    "participant_age": "{} participants",
    "participant_gender": "{} participants",
    "receiver_age": "{} receiver",
    "receiver_gender": "{} receiver",
    "model_family": "{}",
    "persona_country": "persona from {}",
    "persona_demo": "persona: {}",
}
"""How the figure names the levels of each column; other columns are not in it."""

PAPER: Final = {PEOPLE: "Table 16", MODELS: "Table 17"}
READ = (
    "In the form of the paper's {paper}, sizes first. Where the paper prints 0.00 and p = 1.000 the "
    "factor cannot be tested beside its own interactions: a dash here, and a table of its own. "
    "p takes all answers for independent. The last p does not: it lets answers {clusters} go "
    "together, and for the scenario's country deals the scenarios out to the countries anew."
)
WHOSE: Final = {PEOPLE: "people's", MODELS: "models'"}
CLUSTERS: Final = {
    PEOPLE: "of one person and on one scenario",
    MODELS: "on one scenario",
}
ALONE = (
    "These factors lie inside an interaction, or a persona's country and demographics already say "
    "whether there is one. Here each is tested in the model without what contains it."
)
WITHIN = (
    "Every item has a level of its own (conditional logit), so that only answers to the same item "
    "are compared; what does not vary within items, such as their country, drops out."
)
REMARKS: Final = {
    "there are no answers": "no answers",
    "everybody chose the same: there": "all alike",
    "no item has both answers": "all alike",
    "does not vary within items": "same within items",
    "in the span of": "not testable here",
    "only one level": "one level",
    "answers are separated": "separated",
    "disagree at 5 %": "tests disagree",
}
"""What a note says -> the word for it in a table."""

RELATIONS = (
    "Differences in the rate of choosing culture over scenarios that people of both relations "
    "answered: free of how difficult scenarios are."
)


@dataclass(frozen=True)
class Lookup:
    """The regression rows of people, or of models, by regression, factor and metric."""

    who: str
    found: dict[tuple[str, str, str, str], Estimate]
    levels: dict[tuple[str, str], dict[str, Estimate]]

    def one(self, at: tuple[str, str], metric: str, effects: str = COUNTRY) -> Estimate | None:
        """A number of one regression and factor."""
        return self.found.get((*at, metric, effects))

    def tests(self, effects: str = COUNTRY) -> Iterator[tuple[str, str]]:
        """Regression and factor of every test, in the file's order."""
        keys = (key for key in self.found if key[2:] == ("drop_one_deviance", effects))
        return (key[:2] for key in keys)

    def robust(self, at: tuple[str, str]) -> Estimate | None:
        """The p that knows of clusters: for the scenario's country that of dealing out."""
        dealt = at[1] == SCENARIO_COUNTRY.name
        return self.one(at, "p_permutation" if dealt else "p_wald")


def look_up(book: Book, who: str) -> Lookup:
    """Gather one side's rows; p values corrected over all regressions stay in the file."""
    found: dict[tuple[str, str, str, str], Estimate] = {}
    levels: dict[tuple[str, str], dict[str, Estimate]] = {}
    for estimate in book.estimates:
        if estimate.table != TABLE or estimate.model != WHO[who]:
            continue
        at = str(estimate.group["regression"]), str(estimate.group["factor"])
        if "level" in estimate.group:
            key = at[1], str(estimate.group["level"])
            levels.setdefault(key, {})[at[0]] = estimate
            continue
        for effects in (COUNTRY, ITEM):
            if estimate.definition == _definition(estimate.metric, effects):
                found[(*at, estimate.metric, effects)] = estimate
    return Lookup(who, found, levels)


def _definition(metric: str, effects: str) -> str:
    own = METRICS[metric].more_keys.get(TABLE, {})
    return METRICS[metric].definition(**{**own, "effects": effects})


def regression_section(book: Book) -> Section | None:
    """Tests, adjusted rates and item effects of people and of models; None without such rows."""
    sides = [side for who in WHO if (side := look_up(book, who)).found]
    if not sides:
        return None
    figures = [adjusted_rates(rows, side.who) for side in sides if (rows := rate_rows(side))]
    tables: list[Table] = []
    for side in sides:
        tables += [test_table(side, name) for name in REGRESSIONS]
        tables += [level_table(side), alone_table(side), item_table(side)]
    tables.append(relation_table(book))
    return Section(
        key="regression",
        title="What goes with the choice",
        lead=" ".join(lead(side) for side in sides),
        figures=tuple(figures),
        tables=tuple(table for table in tables if table.rows),
        under={f"adjusted-rates-{side.who}": f"regression-{side.who}-levels" for side in sides},
    )


def lead(side: Lookup) -> str:
    """Which factors hold up, in a sentence or two."""
    defined = [at for at in side.tests() if _value(side.one(at, "p_bh")) is not None]
    if not defined:
        return f"No factor of the {WHOSE[side.who]} choices could be tested."
    corrected = [at for at in defined if _below(side.one(at, "p_bh"))]
    held = [at for at in corrected if _below(side.robust(at))]
    text = (
        f"Of {len(defined)} tests of a factor of the {WHOSE[side.who]} choices, {len(corrected)} pass "
        f"5 % after correction, and {len(held)} also when answers {CLUSTERS[side.who]} may go "
        "together"
    )
    return text + (f": {listing(_names(held))}." if held else ".")


def _names(tests: list[tuple[str, str]]) -> list[str]:
    """The factors, each with the regressions it was found in."""
    named: dict[str, list[str]] = {}
    for regression, factor in tests:
        named.setdefault(factor, []).append(regression)
    return [
        f"{FACTORS[factor][0].lower()}{FACTORS[factor][1:]} ({', '.join(found)})"
        for factor, found in named.items()
    ]


def test_table(side: Lookup, regression: str) -> Table:
    """One row a factor of one regression: sizes, then tests."""
    columns = (
        Column("factor", "Factor left out"),
        metric_column("adjusted_range", "Largest difference"),
        metric_column("deviance_share", "Share"),
        metric_column("drop_one_deviance", "Deviance"),
        metric_column("df", "df"),
        metric_column("deviance_per_df", "per df"),
        metric_column("p"),
        metric_column("p_bh", "p, BH"),
        metric_column("p_wald", "p, robust", key="p_robust"),
        Column("remark", "Remark"),
    )
    metrics = [column.metric for column in columns[1:-2]]
    rows = tuple(
        (
            FACTORS[at[1]],
            *(side.one(at, metric) for metric in metrics),
            side.robust(at),
            _remark(side.one(at, "drop_one_deviance")),
        )
        for at in side.tests()
        if at[0] == regression
    )
    note = READ.format(paper=PAPER[side.who], clusters=CLUSTERS[side.who])
    title = f"What each factor adds: {side.who}, {REGRESSIONS[regression]}"
    said = f"{note} {disagreement(side, regression)}"
    return Table(f"regression-{side.who}-{regression}", title, columns, rows, said)


def disagreement(side: Lookup, regression: str) -> str:
    """Where the deviance test and the one that knows of clusters disagree, in a sentence."""
    apart = []
    for at in side.tests():
        p, robust = side.one(at, "p"), side.robust(at)
        if at[0] != regression:
            continue
        if _value(p) is not None and _value(robust) is not None and _below(p) != _below(robust):
            apart.append(at)
    if not apart:
        return "Where both kinds of test exist they agree at 5 %."
    return (
        f"The two kinds of test disagree at 5 % for {listing(_names(apart))}: believe the one that "
        "knows of clusters."
    )


def alone_table(side: Lookup) -> Table:
    """The factors inside interactions, tested without those."""
    metrics = ("alone_deviance", "alone_df", "alone_p")
    columns = (
        Column("regression", "Question"),
        Column("factor", "Factor left out"),
        *(
            metric_column(name, title)
            for name, title in zip(metrics, ("Deviance", "df", "p"), strict=True)
        ),
    )
    rows = tuple(
        (*_named(at), *(side.one(at, metric) for metric in metrics))
        for at in side.tests()
        if side.one(at, "alone_deviance") is not None
    )
    title = f"Factors inside others, tested without those: {side.who}"
    return Table(f"regression-{side.who}-alone", title, columns, rows, ALONE)


def item_table(side: Lookup) -> Table:
    """The same tests with item effects; no rows for models."""
    metrics = ("drop_one_deviance", "df", "deviance_per_df", "p", "p_bh")
    titles = ("Drop-one deviance", "df", "per df", "p", "p, BH")
    columns = (
        Column("regression", "Question"),
        Column("factor", "Factor left out"),
        *(metric_column(name, title) for name, title in zip(metrics, titles, strict=True)),
        Column("remark", "Remark"),
    )
    rows = tuple(
        (
            *_named(at),
            *(side.one(at, metric, ITEM) for metric in metrics),
            _remark(side.one(at, "drop_one_deviance", ITEM)),
        )
        for at in side.tests(ITEM)
    )
    title = f"Within items: {side.who}"
    return Table(f"regression-{side.who}-items", title, columns, rows, WITHIN)


def relation_table(book: Book) -> Table:
    """Relations against each other inside the scenarios that were shown in both."""
    pair = ("relation", "relation_reference")
    columns = (
        Column("relation", "Relation"),
        Column("reference", "Less"),
        *(
            metric_column("culture_rate_contrast", FRAMES[name], key=f"contrast_{name}")
            for name in FRAME_TITLES
        ),
    )
    found: dict[tuple[str, ...], dict[str, Estimate]] = {}
    for name in FRAME_TITLES:
        for estimate in book.grouped("human", "culture_rate_contrast", *pair, frame=name):
            key = tuple(str(estimate.group[column]) for column in pair)
            found.setdefault(key, {})[name] = estimate
    rows = tuple((*key, *(by.get(name) for name in FRAME_TITLES)) for key, by in found.items())
    title = "Relations compared within scenarios: people"
    return Table("regression-people-relations", title, columns, rows, RELATIONS)


def level_table(side: Lookup) -> Table:
    """The adjusted rate of every level, one column a regression."""
    columns = (
        Column("factor", "Factor"),
        Column("level", "Level"),
        *(
            metric_column("adjusted_rate", title, key=f"adjusted_rate_{name}")
            for name, title in REGRESSIONS.items()
        ),
    )
    rows = tuple(
        (FACTORS[factor], level_title(level), *(found.get(name) for name in REGRESSIONS))
        for (factor, level), found in side.levels.items()
        if " x " not in level.partition(": ")[0]
    )
    title = f"Adjusted culture rates: {side.who}"
    note = "Combinations of two factors are in estimates.csv."
    return Table(f"regression-{side.who}-levels", title, columns, rows, note)


def level_title(level: str) -> str:
    """A level in words: `participant_age: older` as "older participants"."""
    column, _, cell = level.partition(": ")
    if not cell:
        return f"{GROUPS.get(column, readable(column))}: not known"
    text = DEMOS.get(cell, FRAME_TITLES.get(cell, cell) if column == "frame" else readable(cell))
    return LEVELS.get(column, "{}").format(text)


def rate_rows(side: Lookup) -> list[dict[str, Any]]:
    """The figure's rows: levels of single columns, by question."""
    return [
        figure_row(estimate, level_title(level), FACTORS[factor], frame=FRAME_TITLES[name])
        for (factor, level), found in side.levels.items()
        if level.partition(": ")[0] in LEVELS
        for name, estimate in found.items()
        if name in FRAME_TITLES and estimate.value is not None
    ]


def _named(at: tuple[str, str]) -> tuple[str, str]:
    return REGRESSIONS[at[0]], FACTORS[at[1]]


def _remark(estimate: Estimate | None) -> Value:
    """The note's statements in a word each; the number's own title gives them in full."""
    if estimate is None:
        return ""
    return "; ".join(word for start, word in REMARKS.items() if start in estimate.note)


def _value(estimate: Estimate | None) -> float | None:
    return estimate.value if estimate is not None else None


def _below(estimate: Estimate | None) -> bool:
    value = _value(estimate)
    return value is not None and value < ALPHA
