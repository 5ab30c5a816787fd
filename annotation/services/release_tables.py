"""A release's scenarios as rows, and the three table formats they are written in.

Nothing is guessed on the way: empty is null, text is text (Namibia's code `NA` as well), and every
file of one release has the same rows in the same order.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

from annotation.models import Release
from annotation.services.screening_ledger import source_of
from annotation.vocab.countries import by_iso2
from pact_site.base.csvsafe import write_rows

Row = dict[str, Any]

COLUMNS: Final[Mapping[str, str]] = {
    "key": "the scenario's key, unique in the release",
    "version": "number of the scenario's version that was frozen",
    "country": "country of the scenario, full English name",
    "country_code": "the same, ISO 3166-1 alpha-2; NA is Namibia, XK is Kosovo",
    "situation": "what happens, with an actor who has not decided; {receiver} stands for the other",
    "cultural_expectation": "what people there expect",
    "personal_preference": "what the actor would rather do, and why",
    "culture_action": "the action that follows the expectation",
    "preference_action": "the action that follows the preference",
    "setting": "where it takes place",
    "theme": "area of social life",
    "preference_type": "what the preference is grounded in",
    "preference_strength": "how much is at stake: low_stakes, strong or other",
    "norm_basis": "what the expectation rests on",
    "source": "the data set that the norm comes from",
    "source_id": "the row's own id there",
    "source_file": "the file the row was read from",
    "source_row": "the row's number in that file; the header is row 1",
    "gold_label": "the source's own label of the row",
    "content_hash": "SHA-256 of the version's texts",
    "licence": "licence of the scenario",
    "licence_url": "where the licence stands",
    "attribution": "credit that its publishers ask for",
}
INTEGERS: Final = ("version", "source_row")
BATCH: Final = 1000


def rows_of(release: Release) -> Iterator[Row]:
    """The release's scenarios by key; empty is None. Streams: no more than a batch is held."""
    versions = release.versions.select_related("scenario__source_row", "scenario__dataset")
    for version in versions.order_by("scenario__key").iterator(chunk_size=BATCH):
        scenario, dataset = version.scenario, version.scenario.dataset
        origin = scenario.source_row
        row = {name: getattr(version, name, None) for name in COLUMNS} | {
            "key": scenario.key,
            "version": version.number,
            "country": by_iso2(version.country).name,
            "country_code": version.country,
            "source": source_of(version),
            "source_id": origin.source_id if origin else None,
            "source_file": origin.file_name if origin else None,
            "source_row": origin.row_number if origin else None,
            "gold_label": origin.gold_label if origin else None,
            "licence": dataset.licence,
            "licence_url": dataset.licence_url,
            "attribution": dataset.attribution,
        }
        yield {name: None if row[name] == "" else row[name] for name in COLUMNS}


def write_csv(rows: Iterable[Row], path: Path, columns: Iterable[str] = COLUMNS) -> int:
    """UTF-8, a header, cells that no spreadsheet runs as formulas; None is an empty cell."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        return write_rows(stream, tuple(columns), rows)


def write_jsonl(rows: Iterable[Row], path: Path) -> int:
    """A JSON object a line, with every column; None is null."""
    count = 0
    with path.open("w", encoding="utf-8") as stream:
        for row in rows:
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def write_parquet(
    rows: Iterable[Row],
    path: Path,
    columns: Iterable[str] = COLUMNS,
    integers: Iterable[str] = INTEGERS,
) -> int:
    """Declared types (text, and whole numbers where a column counts), a row group a batch."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    whole = set(integers)
    schema = pa.schema([(name, pa.int64() if name in whole else pa.string()) for name in columns])
    remaining, count = iter(rows), 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(remaining, BATCH)):
            count += len(batch)
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
    return count
