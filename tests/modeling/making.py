"""Small releases to ask about, and ways to look at what a run stored."""

from annotation.models import Dataset, Item, Release, Scenario, ScenarioVersion
from annotation.vocab.terms import RECEIVERS
from modeling import shards
from modeling.backends import Decoding
from modeling.services import designs, endpoints, items, plans

COUNTRIES = ["BR", "IN", "NA", "GB", "US", "ZA"]


def make_release(scenarios=3, *, slug="little", actions=True):
    """Scenarios with four receivers each; the country NA is Namibia and must stay so."""
    dataset = Dataset.objects.create(slug=slug, name=slug, source_format="csv", licence="MIT")
    release = Release.objects.create(dataset=dataset, number=1, content_hash=f"hash of {slug}")
    rows = Scenario.objects.bulk_create(
        Scenario(dataset=dataset, key=f"{slug}-{number:03d}") for number in range(scenarios)
    )
    versions = ScenarioVersion.objects.bulk_create(
        ScenarioVersion(
            scenario=scenario,
            country=COUNTRIES[number % len(COUNTRIES)],
            situation="Ana is at table with {receiver} and has to decide " + f"({number}).",
            culture_action=f"Wait for the eldest {number}." if actions else "",
            preference_action=f"Begin to eat {number}." if actions else "",
            content_hash=f"content {scenario.key}",
        )
        for number, scenario in enumerate(rows)
    )
    release.versions.add(*versions)
    Item.objects.bulk_create(
        Item(
            release=release,
            version=version,
            scenario_item_id=f"{version.scenario.key}-{age}-{gender}",
            receiver_age=age.value,
            receiver_gender=gender.value,
        )
        for version in versions
        for age, gender in RECEIVERS
    )
    return release


def make_plan(
    release, *, endpoint="baseline:noisy", chunk_size=None, new=False, budget=None, **design
):
    """A planned run over the release; the design's countries are Brazil and the United States."""
    made = designs.counterparts(
        items=len(items.items_of(release)), countries=["BR", "United States"], **design
    )
    where = endpoints.named(endpoint) if isinstance(endpoint, str) else endpoint
    return plans.plan_run(
        release=release, design=made, endpoint=where, decoding=Decoding(), chunk_size=chunk_size,
        new=new, budget=budget,
    )  # fmt: skip


def stored_rows(run):
    """Every row of every shard that the run's chunks name, checked against its record."""
    rows, recorded = [], {}
    for chunk in run.chunks.exclude(shard="").order_by("number"):
        recorded.setdefault((chunk.shard, chunk.checksum), []).append(chunk.rows)
    for (key, checksum), counts in recorded.items():
        table = shards.read(key)
        assert shards.checksum(key) == checksum
        assert table.num_rows == sum(counts)
        rows += table.to_pylist()
    return rows


def planned_keys(run):
    """The keys of all cells that the run's design holds, counted independently of any chunk."""
    design = designs.Design.from_json(run.design)
    asked = items.Questionnaire(design, items.items_of(run.release))
    return [asked.key(cell) for cell in design.range(0, design.cells)]
