"""Readers of source files, one module per format."""

from typing import Final

from .common import Entry, Importer
from .cultureatlas import CultureAtlasImporter
from .drafts import LICENCE_URLS, Draft, Facts, Licence, Skipped, Wording, licence_named, note_of
from .normad import NormadImporter
from .pact import PactImporter
from .scenario_csv import ScenarioCsvImporter

FORMATS: Final[dict[str, type[Importer]]] = {
    "normad": NormadImporter,
    "cultureatlas": CultureAtlasImporter,
    "pact": PactImporter,
    "csv": ScenarioCsvImporter,
}

__all__ = [
    "FORMATS",
    "LICENCE_URLS",
    "Draft",
    "Entry",
    "Facts",
    "Importer",
    "Licence",
    "Skipped",
    "Wording",
    "licence_named",
    "note_of",
]
