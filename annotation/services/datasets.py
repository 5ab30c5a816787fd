"""Datasets: made by imports, counted and exported for researchers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TextIO

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db.models import Count, Exists, OuterRef, QuerySet

from annotation.models import Dataset, ScenarioVersion
from annotation.services.importers import Facts, Licence, licence_named
from annotation.services.schemes import find_regions
from annotation.vocab.countries import by_iso2
from annotation.vocab.regions import DEFAULT_REGIONS
from pact_site.base.csvsafe import write_rows
from pact_site.base.errors import BadInput

MAX_SLUG = 50
GOLD_LABEL = "scenario__source_row__gold_label"

LABELS_ONLY = "labels"
"""The format of a dataset without scenarios, which stands in where labels came from a file alone."""

# The documented scenario table first, so that an export can be imported again; then provenance.
EXPORT_COLUMNS = (
    "key",
    "country",
    "situation",
    "cultural_expectation",
    "personal_preference",
    "culture_action",
    "preference_action",
    "setting",
    "theme",
    "preference_type",
    "preference_strength",
    "norm_basis",
    "version",
    "dataset",
    "source_id",
    "gold_label",
    "licence",
    "licence_url",
    "attribution",
)


@dataclass
class BadArgument(BadInput):
    """Input that the file is not to blame for; `argument` is the name of what is wrong."""

    argument: str = ""


@dataclass(frozen=True)
class Summary:
    """How many scenarios a dataset holds, in all and by what; the most frequent first."""

    scenarios: int
    askable: int
    by_country: dict[str, int]
    by_region: dict[str, int]
    by_theme: dict[str, int]
    by_gold_label: dict[str, int]


def for_import(*, slug: str, source_format: str, facts: Facts, licence: str = "") -> Dataset:
    """The dataset an import goes into, made if new; BadInput where the file does not belong there.

    The row stays locked until the transaction ends, so that imports into it come one by one.
    """
    _check_slug(slug)
    dataset = Dataset.objects.select_for_update().filter(slug=slug).first()
    if dataset is None:
        return _create(slug, source_format, facts, licence)
    _check_belongs(dataset, source_format, facts, licence)
    return dataset


def _check_slug(slug: str) -> None:
    expected = f"at most {MAX_SLUG} letters, digits, hyphens and underscores, such as my-scenarios"
    try:
        validate_slug(slug)
    except ValidationError:
        message = "The dataset's slug cannot be used."
        raise _bad("dataset", message, slug, expected) from None
    if len(slug) > MAX_SLUG:
        raise _bad("dataset", "The dataset's slug is too long.", slug, expected)


def _create(slug: str, source_format: str, facts: Facts, licence: str) -> Dataset:
    terms = _terms(facts.licence, licence)
    return Dataset.objects.create(
        slug=slug,
        name=facts.name or slug.replace("-", " ").replace("_", " ").capitalize(),
        source_format=source_format,
        source_version=facts.version,
        licence=terms.name,
        licence_url=terms.url,
        attribution=terms.attribution,
    )


def _terms(source: Licence | None, given: str) -> Licence:
    if source is None:
        if not given:
            message = "The file names no licence, and a dataset has to have one."
            raise _bad("licence", message, None, "a licence, such as CC BY 4.0")
        return licence_named(given)
    if given and given != source.name:
        message = "The source is published under another licence."
        raise _bad("licence", message, given, f"{source.name}, or none given")
    return source


def _check_belongs(dataset: Dataset, source_format: str, facts: Facts, licence: str) -> None:
    if dataset.source_format != source_format:
        message = f"Dataset {dataset.slug} holds scenarios of another format."
        raise _bad("dataset", message, source_format, dataset.source_format)
    known = {dataset.source_version, facts.version} - {"", "unknown"}
    if len(known) > 1:
        message = f"Dataset {dataset.slug} holds another version of this source."
        expected = f"{dataset.source_version}, or another dataset for this file"
        raise _bad("dataset", message, facts.version, expected)
    terms = licence or (facts.licence.name if facts.licence else "")
    if terms and terms != dataset.licence:
        message = f"Dataset {dataset.slug} has another licence."
        raise _bad("licence" if licence else "dataset", message, terms, dataset.licence)


def _bad(argument: str, message: str, found: object, expected: str) -> BadArgument:
    return BadArgument(message, found=found, expected=expected, argument=argument)


def for_labels(slug: str) -> Dataset:
    """The dataset behind a validation whose items have no scenarios here; lists leave it out."""
    return Dataset.objects.get_or_create(
        slug=f"labels-{slug}"[:MAX_SLUG],
        source_format=LABELS_ONLY,
        defaults={"name": f"Labels: {slug}", "licence": "not stated"},
    )[0]


def with_sizes() -> QuerySet[Dataset]:
    """Every dataset that is made of scenarios, with how many scenarios and countries it holds."""
    return (
        Dataset.objects.exclude(source_format=LABELS_ONLY)
        .annotate(
            scenario_count=Count("scenarios", distinct=True),
            country_count=Count("rows__country", distinct=True),
        )
        .order_by("slug")
    )


def summary(dataset: Dataset, regions: str = DEFAULT_REGIONS) -> Summary:
    """Counts over the newest version of each scenario, with regions of this scheme."""
    versions = current_versions(dataset)
    written = versions.exclude(culture_action="").exclude(preference_action="")
    codes = counts_by(versions, "country")
    countries = [(by_iso2(code).name, n) for code, n in codes.items()]
    return Summary(
        scenarios=versions.count(),
        askable=written.count(),
        by_country=dict(sorted(countries, key=lambda pair: (-pair[1], pair[0]))),
        by_region=by_region(codes, regions),
        by_theme=counts_by(versions, "theme"),
        by_gold_label=counts_by(versions, GOLD_LABEL),
    )


def current_versions(dataset: Dataset) -> QuerySet[ScenarioVersion]:
    """The newest version of each scenario of the dataset, with its source row, by source order."""
    newer = ScenarioVersion.objects.filter(
        scenario=OuterRef("scenario"), number__gt=OuterRef("number")
    )
    return (
        ScenarioVersion.objects.filter(~Exists(newer), scenario__dataset=dataset)
        .select_related("scenario__source_row", "scenario__dataset")
        .order_by("scenario_id")
    )


def counts_by(versions: QuerySet[ScenarioVersion], column: str) -> dict[str, int]:
    """How many of the versions have each value of a column, the most frequent first."""
    counted = versions.order_by().values_list(column).annotate(n=Count("pk")).order_by("-n", column)
    return {value or "": n for value, n in counted}


def by_region(countries: Mapping[str, int], regions: str = DEFAULT_REGIONS) -> dict[str, int]:
    """Counts of ISO2 codes as counts of a scheme's regions, in its order; "" for outside of all."""
    scheme = find_regions(regions)
    counted = dict.fromkeys((*scheme.labels, ""), 0)
    for code, n in countries.items():
        counted[scheme.region_of(code)] += n
    return {label: n for label, n in counted.items() if n}


def export_csv(stream: TextIO, versions: QuerySet[ScenarioVersion]) -> int:
    """Write versions as the documented scenario table plus provenance; returns the row count."""
    return write_rows(stream, EXPORT_COLUMNS, _export_rows(versions))


def _export_rows(versions: QuerySet[ScenarioVersion]) -> Iterator[dict[str, object]]:
    for version in versions.iterator(chunk_size=500):
        scenario, dataset = version.scenario, version.scenario.dataset
        row = scenario.source_row
        yield {
            **{name: getattr(version, name, None) for name in EXPORT_COLUMNS},
            "key": scenario.key,
            "country": by_iso2(version.country).name,
            "version": version.number,
            "dataset": dataset.slug,
            "source_id": row.source_id if row else None,
            "gold_label": row.gold_label if row else None,
            "licence": dataset.licence,
            "licence_url": dataset.licence_url,
            "attribution": dataset.attribution,
        }
