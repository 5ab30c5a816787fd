"""Croissant metadata (JSON-LD, http://mlcommons.org/croissant/1.0) of a release's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from annotation.models import Release
from annotation.services.release_tables import COLUMNS, INTEGERS

CONFORMS_TO: Final = "http://mlcommons.org/croissant/1.0"
CONTEXT: Final[Mapping[str, object]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
MIME: Final = {
    ".csv": "text/csv",
    ".jsonl": "application/jsonlines",
    ".parquet": "application/x-parquet",
    ".md": "text/markdown",
    ".json": "application/json",
}
TABLE: Final = "scenarios.parquet"
"""The file that the record set is read from: its types are declared."""


@dataclass(frozen=True)
class FileFacts:
    """A file of the bundle: its name, size in bytes, SHA-256, and rows where it is a table."""

    name: str
    size: int
    sha256: str
    rows: int | None = None

    @property
    def mime(self) -> str:
        """The MIME type by the name's ending."""
        return MIME[self.name[self.name.rindex(".") :]]


def croissant(
    release: Release, files: Sequence[FileFacts], *, description: str, url: str, creator: str
) -> dict[str, Any]:
    """The metadata as a dictionary; every property that version 1.0 requires is there."""
    dataset = release.dataset
    return {
        "@context": dict(CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": f"{dataset.slug}-release-{release.number}",
        "description": description,
        "license": dataset.licence_url or dataset.licence,
        "url": url,
        "creator": {"@type": "sc:Organization", "name": creator},
        "datePublished": release.created_at.date().isoformat(),
        "version": f"{release.number}.0.0",
        "inLanguage": "en",
        "isLiveDataset": False,
        "citeAs": dataset.attribution or f"{dataset.name}, release {release.number}",
        "distribution": [_file(facts) for facts in files],
        "recordSet": [_record_set()],
    }


def _file(facts: FileFacts) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": facts.name,
        "name": facts.name,
        "contentUrl": facts.name,
        "contentSize": f"{facts.size} B",
        "encodingFormat": facts.mime,
        "sha256": facts.sha256,
    }


def _record_set() -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "scenarios",
        "name": "scenarios",
        "description": "The release's scenarios, one a row.",
        "key": {"@id": "scenarios/key"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"scenarios/{name}",
                "name": name,
                "description": meaning,
                "dataType": "sc:Integer" if name in INTEGERS else "sc:Text",
                "source": {"fileObject": {"@id": TABLE}, "extract": {"column": name}},
            }
            for name, meaning in COLUMNS.items()
        ],
    }
