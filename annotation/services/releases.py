"""Frozen, numbered sets of scenario versions, and the items that people and models are asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import Max, prefetch_related_objects

from annotation.models import Dataset, Item, Release, Scenario, ScenarioVersion
from annotation.services.importers import Wording
from annotation.services.validation.sampling import Unit, population_hash
from annotation.vocab.terms import RECEIVERS
from pact_site.base.models import User
from pact_site.base.services import audit


@dataclass(frozen=True)
class NewItem:
    """An item to make: a scenario version with a receiver, under its id in the release format."""

    version: ScenarioVersion
    scenario_item_id: str
    receiver_age: str
    receiver_gender: str


@transaction.atomic
def create_release(
    *,
    dataset: Dataset,
    versions: Sequence[ScenarioVersion],
    note: str = "",
    counts: Mapping[str, object] | None = None,
    actor: User | None = None,
) -> Release:
    """Freeze these versions as the dataset's next release; its hash is that of their wordings."""
    latest = dataset.releases.aggregate(latest=Max("number"))["latest"] or 0
    release = Release.objects.create(
        dataset=dataset,
        number=latest + 1,
        content_hash=wordings_hash(versions),
        note=note,
        counts={"scenarios": len({version.scenario_id for version in versions}), **(counts or {})},
    )
    through = Release.versions.through
    through.objects.bulk_create(
        through(release=release, scenarioversion=version) for version in versions
    )
    audit.record(verb="release.created", subject=f"release:{release.pk}", actor=actor)
    return release


def make_items(*, release: Release, items: Iterable[NewItem]) -> list[Item]:
    """Add items to a release, in this order."""
    made = [Item(release=release, **vars(item)) for item in items]
    return Item.objects.bulk_create(made, batch_size=500)


def for_every_receiver(versions: Iterable[ScenarioVersion]) -> list[NewItem]:
    """Four items per version, one for each receiver; ids are the scenario's key and the receiver."""
    return [
        NewItem(
            version=version,
            scenario_item_id=f"{version.scenario.key}-{receiver.demo}",
            receiver_age=receiver.age,
            receiver_gender=receiver.gender,
        )
        for version in versions
        for receiver in RECEIVERS
    ]


@transaction.atomic
def make_versions(
    *, dataset: Dataset, wordings: Sequence[tuple[str, Wording]]
) -> list[ScenarioVersion]:
    """Write the wordings of new scenarios; one that comes under a key twice is a further version.

    `wordings` are (key, wording) pairs, each different from the others; the answer has their order.
    """
    keys = list(dict.fromkeys(key for key, _ in wordings))
    made = Scenario.objects.bulk_create(
        [Scenario(dataset=dataset, key=key) for key in keys], batch_size=500
    )
    scenarios = dict(zip(keys, made, strict=True))
    numbers = dict.fromkeys(keys, 0)
    versions = []
    for key, wording in wordings:
        numbers[key] += 1
        versions.append(
            ScenarioVersion(
                scenario=scenarios[key],
                number=numbers[key],
                content_hash=wording.digest,
                **asdict(wording),
            )
        )
    return ScenarioVersion.objects.bulk_create(versions, batch_size=500)


def is_intact(release: Release) -> bool:
    """Whether the release's versions still are, word for word, those that were frozen."""
    return release.content_hash == wordings_hash(list(release.versions.all()))


def wordings_hash(versions: Sequence[ScenarioVersion]) -> str:
    """SHA-256 over the sorted `key:content hash` lines of a dataset's versions.

    The same in every installation, and for whoever has a release's files: rows' numbers are not in it.
    """
    prefetch_related_objects(versions, "scenario")
    return population_hash(Unit(one.scenario.key, one.content_hash) for one in versions)
