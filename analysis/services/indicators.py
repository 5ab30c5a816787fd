"""Tables of figures about countries: read, stored, deleted."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.core.validators import slug_re
from django.db import transaction

from analysis.models import IndicatorTable, IndicatorValue
from annotation.services.imports import scratch_folder
from annotation.vocab.countries import UnknownCountry, resolve
from pact_site.base.aside import scratch
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from pact_site.base.readers import Layout, Row, read_table
from pact_site.base.services import audit

COUNTRY = "country"
LAYOUT = Layout(
    required=(COUNTRY,), aliases={"iso2": COUNTRY, "iso_a2": COUNTRY, "nation": COUNTRY}
)
MOST_BYTES = 1_000_000
MOST_INDICATORS = 50
LONGEST_NAME = 100
SAMPLE = Path(__file__).resolve().parents[1] / "data" / "capital_latitude.csv"
"""Bundled: where capitals lie, from the platform's own table of countries."""
SAMPLE_SOURCE = "The platform's table of countries (GeoNames: capitals and their coordinates)"
SAMPLE_LICENCE = "CC BY 4.0"


@dataclass(frozen=True)
class Read:
    """What a file holds: its indicators in order, and (ISO code, indicator, value)."""

    indicators: tuple[str, ...]
    values: tuple[tuple[str, str, float], ...]

    @property
    def countries(self) -> int:
        """How many countries have any value."""
        return len({code for code, _, _ in self.values})


def read_indicators(path: Path) -> Read:
    """Check a whole file. BadInput names file, row, column, what was found and expected.

    One row a country, by English name or ISO 3166-1 alpha-2 code ("NA" is Namibia); every other
    column is an indicator; an empty cell is a missing value.
    """
    places: dict[str, int] = {}
    values: list[tuple[str, str, float]] = []
    names: tuple[str, ...] = ()
    for row in read_table(path, LAYOUT):
        names = names or _indicators(row)
        code = _country(row)
        if code in places:
            raise row.bad(
                COUNTRY, f"The country stands in row {places[code]} already.", "one row each"
            )
        places[code] = row.number
        values += [(code, name, _number(row, name)) for name in names if row.cells[name]]
    if not values:
        raise BadInput("The table holds no value.", path.name, expected="numbers beside countries")
    return Read(names, tuple(values))


def _indicators(row: Row) -> tuple[str, ...]:
    names = tuple(name for name in row.cells if name != COUNTRY)
    if not names or len(names) > MOST_INDICATORS:
        expected = f"1 to {MOST_INDICATORS} columns beside country"
        raise BadInput(
            "The number of indicators cannot be used.", row.file, 1, None, len(names), expected
        )
    for name in names:
        if not name or len(name) > LONGEST_NAME:
            expected = f"1 to {LONGEST_NAME} characters"
            raise BadInput("A column's name cannot be used.", row.file, 1, name, name, expected)
    return names


def _country(row: Row) -> str:
    try:
        return resolve(row.text(COUNTRY)).iso2
    except UnknownCountry as error:
        hint = f", such as {' or '.join(error.suggestions)}" if error.suggestions else ""
        raise row.bad(
            COUNTRY,
            "Unknown country.",
            f"an English name or an upper-case ISO 3166-1 alpha-2 code{hint}",
        ) from error


def _number(row: Row, name: str) -> float:
    value = row.parsed(name, float, "a number with a decimal point, or an empty cell")
    if not math.isfinite(value):
        raise row.bad(name, "The value is not finite.", "a number, or an empty cell")
    return value


def store_indicators(
    *,
    path: Path,
    slug: str,
    name: str,
    source: str,
    licence: str,
    actor: User | None = None,
) -> IndicatorTable:
    """Read a file and keep it as a new table, whole or not at all."""
    _check(slug, name, source, licence)
    found = read_indicators(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with transaction.atomic():
        if IndicatorTable.objects.filter(slug=slug).exists():
            raise BadInput(
                "There is a table of indicators of that slug.", column="slug", found=slug,
                expected="another slug, or delete the old table first",
            )  # fmt: skip
        table = IndicatorTable.objects.create(
            slug=slug,
            name=name or slug,
            source=source,
            licence=licence,
            indicators=list(found.indicators),
            content_hash=digest,
            created_by=actor,
        )
        IndicatorValue.objects.bulk_create(
            IndicatorValue(table=table, country=code, indicator=indicator, value=value)
            for code, indicator, value in found.values
        )
        audit.record(verb="indicators.stored", subject=str(table), actor=actor, sha256=digest)
    return table


def store_upload(
    upload: UploadedFile[bytes],
    *,
    slug: str,
    name: str,
    source: str,
    licence: str,
    actor: User | None = None,
) -> IndicatorTable:
    """Keep an uploaded file as a new table; problems are named by the name it was uploaded under."""
    with scratch(scratch_folder() / "upload") as folder:
        path = folder / Path(upload.name or "upload.csv").name[-LONGEST_NAME:]
        with path.open("wb") as stream:
            stream.writelines(upload.chunks())
        return store_indicators(
            path=path, slug=slug, name=name, source=source, licence=licence, actor=actor
        )


def _check(slug: str, name: str, source: str, licence: str) -> None:
    if not slug_re.match(slug) or len(slug) > 50:
        expected = "letters, digits, hyphens, underscores; 50 at most"
        raise BadInput("The slug cannot be used.", column="slug", found=slug, expected=expected)
    for column, text, longest in (
        ("name", name, 200),
        ("source", source, 500),
        ("licence", licence, 100),
    ):
        if column != "name" and not text.strip():
            raise BadInput(
                f"The {column} is missing.",
                column=column,
                expected="where the figures come from and what may be done with them",
            )
        if len(text) > longest:
            raise BadInput(
                f"The {column} is too long.",
                column=column,
                found=f"{len(text)} characters",
                expected=f"{longest} at most",
            )


def delete_indicators(*, table: IndicatorTable, actor: User | None = None) -> None:
    """Remove a table with its values; finished reports keep the points they drew."""
    with transaction.atomic():
        audit.record(
            verb="indicators.deleted", subject=str(table), actor=actor, sha256=table.content_hash
        )
        table.delete()
