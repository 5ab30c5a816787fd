"""The scenarios of a release as the benchmark asks about them, in one fixed order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from annotation.models import Release, ScenarioVersion
from annotation.services.schemes import find_distance
from annotation.services.screening_ledger import source_of
from annotation.vocab.actors import Pool, state_pool
from annotation.vocab.distance import Scheme, UnknownScheme
from annotation.vocab.dyads import Source
from modeling.prompts.benchmark import Wording
from pact_site.base.errors import BadInput

BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class AskedScenario:
    """A scenario's version with its texts: `key` is `DATASET.SCENARIO.vN`, `country` ISO2.

    `dataset` is the source data set, `source_row` its row there ("" where none is known).
    """

    pk: int
    key: str
    scenario: str
    country: str
    dataset: str
    source_row: str
    content_hash: str
    wording: Wording

    @property
    def source(self) -> Source:
        """As an expansion sees it."""
        return Source(self.key, self.country)


def scenarios_of(release: Release) -> tuple[AskedScenario, ...]:
    """The release's scenarios by key, the same on every database; BadInput where one has no actions."""
    found = tuple(map(asked_scenario, streamed(release.versions.all())))
    if not found:
        raise BadInput(f"Release {release} has no scenarios to ask about.")
    lacking = [one.scenario for one in found if not _askable(one.wording)]
    if lacking:
        shown = ", ".join(sorted(lacking)[:5])
        raise BadInput(
            f"{len(lacking)} of {len(found)} scenarios lack one of the two action texts, so there "
            f"is nothing to choose between: {shown}.",
            expected="a release with both actions written",
        )
    return tuple(sorted(found, key=lambda one: one.key))


def streamed(versions: QuerySet[ScenarioVersion]) -> Iterator[ScenarioVersion]:
    """Versions with their scenarios and source rows, no more than a batch in memory."""
    related = versions.select_related("scenario__source_row", "scenario__dataset")
    yield from related.iterator(chunk_size=BATCH)


def asked_scenario(version: ScenarioVersion) -> AskedScenario:
    """One version as prompts and shards need it."""
    scenario = version.scenario
    return AskedScenario(
        pk=version.pk,
        key=f"{scenario.dataset.slug}.{scenario.key}.v{version.number}",
        scenario=scenario.key,
        country=version.country,
        dataset=source_of(version),
        source_row=source_row_of(version),
        content_hash=version.content_hash,
        wording=Wording(
            version.situation,
            version.cultural_expectation,
            version.culture_action,
            version.preference_action,
        ),
    )


def source_row_of(version: ScenarioVersion) -> str:
    """The row of its source data set that a scenario was made from, as release files name it."""
    row = version.scenario.source_row
    return str(row.cells.get("source_row") or row.source_id) if row else ""


def scheme_and_pool(name: str) -> tuple[Scheme, Pool]:
    """A distance scheme by name, and where actors come from; BadInput for an unknown scheme."""
    try:
        return find_distance(name), state_pool()
    except UnknownScheme as error:
        raise BadInput(str(error), column="scheme") from None


def sources(scenarios: Sequence[AskedScenario]) -> list[Source]:
    """What an expansion is made from."""
    return [scenario.source for scenario in scenarios]


def _askable(wording: Wording) -> bool:
    return bool(wording.culture_action.strip() and wording.preference_action.strip())
