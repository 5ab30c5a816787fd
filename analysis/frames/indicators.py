"""A stored table of figures about countries, as reports use it."""

from dataclasses import dataclass

from analysis.models import IndicatorTable
from annotation.vocab.countries import by_iso2
from pact_site.base.errors import BadInput


@dataclass(frozen=True)
class Indicators:
    """A table's values by indicator and full English country name, with whence and whose."""

    slug: str
    name: str
    source: str
    licence: str
    content_hash: str
    values: dict[str, dict[str, float]]


def get_indicators(slug: str) -> Indicators:
    """The table of this slug; BadInput where there is none."""
    table = IndicatorTable.objects.filter(slug=slug).first()
    if table is None:
        known = ", ".join(IndicatorTable.objects.values_list("slug", flat=True)[:20])
        raise BadInput(
            "There is no such table of indicators.",
            column="indicators",
            found=slug,
            expected=known or "one that was uploaded before",
        )
    values: dict[str, dict[str, float]] = {name: {} for name in table.indicators}
    for indicator, country, value in table.values.values_list("indicator", "country", "value"):
        values[indicator][by_iso2(country).name] = value
    return Indicators(
        table.slug, table.name, table.source, table.licence, table.content_hash, values
    )
