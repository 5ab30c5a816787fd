"""Put a report together from its estimates."""

from analysis.reports.beside import beside_section
from analysis.reports.book import REFERENCE_SETTING, Book, is_baseline
from analysis.reports.closeness import certainty, first_section, headline
from analysis.reports.dropped import dropped_section
from analysis.reports.indicators import PEOPLE as BY_COUNTRY
from analysis.reports.indicators import indicators_section
from analysis.reports.inputs import Inputs
from analysis.reports.methods import methods_facts
from analysis.reports.model_cards import cards_section
from analysis.reports.models import alignment_section, item_rates, leaning_section
from analysis.reports.paper import with_paper_names
from analysis.reports.paper_models import forms_section
from analysis.reports.paper_people import distance_section
from analysis.reports.people import people_lead, people_section
from analysis.reports.personas import persona_section
from analysis.reports.pooled import pooled_section
from analysis.reports.power import PEOPLE, power_section
from analysis.reports.promised import promised_section
from analysis.reports.prompts import prompt_section
from analysis.reports.regression import regression_section
from analysis.reports.sections import Content, Section
from analysis.reports.told import told_section
from analysis.reports.traces import traces_section


def compose(book: Book, inputs: Inputs) -> Content:
    """The content of a report of either kind, with the names that the paper has for its parts."""
    return with_paper_names(_content(book, inputs), inputs.options.kind)


def _content(book: Book, inputs: Inputs) -> Content:
    people = int(inputs.human["participant"].nunique())
    kind = "simulated " if inputs.simulated else ""
    who = f"{people:,} {kind}{'person' if people == 1 else 'people'}"
    surplus = int(inputs.human["surplus"].sum())
    dropped = dropped_section(inputs.dropped, surplus, inputs.model, inputs.runs)
    study = people_section(book, inputs.flow)
    distance = distance_section(book, inputs.human)
    promised = promised_section(book, inputs.promise, inputs.simulated)
    paper = beside_section(book, inputs.options.published)
    ends = (
        distance,
        regression_section(book),
        traces_section(inputs.traced),
        cards_section(inputs.noted),
        told_section(inputs.read),
        paper,
        promised,
        dropped,
    )
    last = tuple(part for part in ends if part is not None)
    power = power_section(book, PEOPLE, inputs.options.level)
    beside = indicators_section(book, inputs.indicators, BY_COUNTRY)
    small = tuple(part for part in (pooled_section(book), beside, power) if part is not None)
    if inputs.options.kind == "human":
        return Content(
            title=f"What people chose: {inputs.study.name}",
            headline=people_lead(book),
            certainty="",
            sections=(study, *small, *last),
            facts=methods_facts(inputs),
        )
    main = (book.settings() or [REFERENCE_SETTING])[0]
    return Content(
        title=f"People and models: {inputs.study.name}",
        headline=headline(book, main, who),
        certainty=certainty(book, main),
        sections=(*_alignment(book, main, inputs, study), *small, *last),
        facts=methods_facts(inputs),
    )


def _alignment(book: Book, main: str, inputs: Inputs, study: Section) -> tuple[Section, ...]:
    shown = ~inputs.model["model"].map(is_baseline).astype(bool)
    rates = item_rates(inputs.human, inputs.model[shown], main)
    styles = sorted(set(inputs.model.loc[shown, "prompt_style"].dropna().astype(str)))
    optional = (persona_section(book), prompt_section(book), forms_section(book, main, styles))
    return (
        first_section(book, main),
        study,
        leaning_section(book, main),
        alignment_section(book, rates, main),
        *(section for section in optional if section is not None),
    )
