"""Which scenario of a dataset a row of decisions is about, found by what the row says of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from annotation.models import Dataset, ScenarioVersion
from annotation.services.screening_ledger import source_of
from modeling.services.benchmark_scenarios import streamed
from pact_site.base.readers import Row


class Found(NamedTuple):
    """A scenario's version (0: none of the dataset's), its key, and its source data set."""

    version_id: int
    scenario: str
    dataset: str


@dataclass
class Places:
    """The dataset's scenarios by id, by text and by source row; newest versions win.

    An instance's id names a version. Else the situation's words decide, with the country; else the
    row of the source, where scenarios were imported with one (`source_row`). A row that fits none
    keeps the file's own name for its scenario: it is counted, and never dropped.
    """

    dataset: str
    _ids: dict[str, Found] = field(default_factory=dict)
    _texts: dict[tuple[str, str], Found] = field(default_factory=dict)
    _rows: dict[tuple[str, str], set[Found]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, dataset: Dataset) -> Places:
        """Read the dataset's scenarios, every version of them."""
        found = cls(dataset.slug)
        versions = ScenarioVersion.objects.filter(scenario__dataset=dataset)
        for version in streamed(versions.order_by("number", "pk")):
            found._add(version)
        return found

    def _add(self, version: ScenarioVersion) -> None:
        scenario = version.scenario
        place = Found(version.pk, scenario.key, source_of(version))
        self._ids[f"{self.dataset}.{scenario.key}.v{version.number}"] = place
        self._texts[version.country, _plain(version.situation)] = place
        source = scenario.source_row.cells.get("source_row") if scenario.source_row else None
        if source:
            known = self._rows[version.country, str(source)]
            known -= {other for other in known if other.scenario == place.scenario}
            known.add(place)

    def find(self, row: Row, country: str) -> Found:
        """The scenario of a row that is set in `country` (ISO2)."""
        key = row.cells.get("instance_id", "").rsplit(".", 4)[0]
        by_text = (country, _plain(row.cells.get("situation", "")))
        found = self._ids.get(key) or self._texts.get(by_text) or self._by_source(row, country)
        return found or self._unknown(row)

    def _by_source(self, row: Row, country: str) -> Found | None:
        """The one scenario made from this source row; None where several or none could be meant."""
        candidates = self._rows.get((country, row.cells["source_row"]), set())
        dataset = row.cells.get("dataset")
        fitting = [one for one in candidates if not dataset or one.dataset == dataset]
        return fitting[0] if len(fitting) == 1 else None

    def _unknown(self, row: Row) -> Found:
        named = row.cells.get("scenario_key") or row.cells["source_row"]
        scenario = named or _plain(row.cells.get("situation", ""))[:200]
        if not scenario:
            raise row.bad(
                "source_row", "Nothing says which scenario this is.",
                "source_row, situation or instance_id",
            )  # fmt: skip
        return Found(0, scenario, row.cells.get("dataset") or self.dataset)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
