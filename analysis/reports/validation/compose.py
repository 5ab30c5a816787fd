"""Put the report of a validation together from its estimates, with its facts and methods."""

from typing import Any

from analysis.metrics import METRICS
from analysis.reports.beside import beside_section
from analysis.reports.book import Book
from analysis.reports.paper import with_paper_names
from analysis.reports.sections import Content
from analysis.reports.validation.agreement import agreement_section
from analysis.reports.validation.findings import TABLE, Findings
from analysis.reports.validation.inputs import ValidationInputs
from analysis.reports.validation.items import dropped_section, items_section
from analysis.reports.validation.places import single_rated
from analysis.reports.validation.sections import judge_section, pairs_section, passing_section

GWET = (
    "K. L. Gwet. Handbook of Inter-Rater Reliability. The Definitive Guide to Measuring the Extent "
    "of Agreement Among Raters. 4th edition, 2014."
)


def compose(book: Book, inputs: ValidationInputs, found: Findings) -> Content:
    """The content of the report."""
    parts = (
        agreement_section(book, inputs),
        pairs_section(found, book),
        passing_section(book, inputs),
        judge_section(book, inputs, found),
        items_section(found, inputs),
        beside_section(book, inputs.options.published),
        dropped_section(found, inputs),
    )
    told = facts(inputs, found)
    content = Content(
        title=f"Validation by people: {inputs.validation.name}",
        headline=_headline(book, inputs),
        certainty="",
        sections=tuple(part for part in parts if part is not None),
        facts=told,
        methods=tuple(methods_paragraphs(told)),
        reference=GWET,
    )
    return with_paper_names(content, inputs.options.kind)


def facts(inputs: ValidationInputs, found: Findings) -> dict[str, Any]:
    """Counts and options that the methods, the manifest and the page name."""
    validation, ratings = inputs.validation, inputs.ratings
    dataset = validation.dataset
    return {
        "kind": "validation",
        "study": validation.name,
        "slug": validation.slug,
        "dataset": dataset.name,
        "release": str(validation.release or ""),
        "licence": dataset.licence,
        "attribution": dataset.attribution,
        "simulated": inputs.simulated,
        "simulated_models": [one.judge.name for one in found.judges if one.judge.simulated],
        "annotators": int(ratings["rater"].nunique()),
        "items": int(ratings["item"].nunique()),
        "criteria": list(inputs.names),
        "labels": len(inputs.labels),
        "label_set": list(validation.labels),
        "single_rated": single_rated(inputs),
        "judges": [one.judge.name for one in found.judges],
        "protocol_hash": validation.protocol_hash,
        "sample": validation.sample_size,
        "population": validation.population_size,
        "stratify_by": list(validation.stratify_by),
        "sampling_seed": validation.seed if validation.protocol_hash else None,
        "replicates": inputs.options.replicates,
        "seed": inputs.options.seed,
        "level": inputs.options.level,
    }


def _headline(book: Book, inputs: ValidationInputs) -> str:
    who = "simulated annotators" if inputs.simulated else "annotators"
    people = int(inputs.ratings["rater"].nunique())
    told = []
    for metric in ("percent", "ac1"):
        one = book.one(TABLE, metric, setting="", model="")
        if one is None or one.value is None:
            continue
        ends = "" if one.lower is None else f" ({one.lower:.3f} to {one.upper:.3f})"
        told.append(f"{METRICS[metric].title} {one.value:.3f}{ends}")
    agreed = ", ".join(told) or "no two of them share an item"
    return f"{people} {who} of {int(inputs.ratings['item'].nunique())} items: {agreed}."


def methods_paragraphs(told: dict[str, Any]) -> list[str]:
    """The methods in words, for the report and for `methods.md`."""
    return [_people(told), _agreement(told), _passing(told)]


def _people(told: dict[str, Any]) -> str:
    who = "simulated annotators" if told["simulated"] else "annotators"
    text = (
        f"{told['annotators']} {who} gave {told['labels']:,} labels ({', '.join(told['label_set'])}) "
        f"to {told['items']:,} items under {len(told['criteria'])} criteria "
        f"({', '.join(told['criteria'])}; validation {told['slug']})."
    )
    if told["protocol_hash"]:
        by = ", ".join(told["stratify_by"])
        text += (
            f" The sample of {told['sample']:,} of {told['population']:,} scenarios was drawn "
            + (f"in proportion by {by}" if by else "without strata")
            + f" with seed {told['sampling_seed']} before anybody answered (SHA-256 of the frozen "
            f"protocol: {told['protocol_hash']}). Nobody saw others' answers before their own were "
            "final."
        )
    else:
        text += (
            " Labels and items came from a file; how they were drawn and given is not known here."
        )
    return text


def _agreement(told: dict[str, Any]) -> str:
    return (
        "Agreement is computed per criterion and pooled, for any number of annotators and missing "
        "ratings, over the declared label set. Standard errors are Gwet's (2014) with items as "
        f"clusters, {told['level']:.0%} t intervals cut to [-1, 1]; where all pairs agree the bound "
        "is Wilson's. Pooled intervals take an item's criteria as one cluster. "
        f"{told['single_rated']} items have a single rating: they count towards chance agreement, "
        "and the figures without them stand beside. Undefined values are empty, with the reason. "
        f"Jackknife and bootstrap bounds ({told['replicates']:,} replicates, seed {told['seed']}) "
        "are in tables/intervals.csv."
    )


def _passing(told: dict[str, Any]) -> str:
    text = (
        "An item passes where most of its annotators say yes to every criterion; an even split "
        "fails it. The dataset's pass rate from people alone is the stratified mean with an exact "
        "hypergeometric interval."
    )
    if told["judges"]:
        text += (
            " With a judge it is the judge's rate over all items plus the weighted mean difference "
            "of people and judge in the sample; a judge's verdict is the majority of its repeats. "
            "Agreement beside people takes its first repeat."
        )
    return text
