"""Reports on studies at the edge: nothing crashes, and what is undefined says why."""

import csv

import pytest

from analysis.reports.build import write_bundle
from analysis.reports.inputs import gather
from analysis.reports.options import Options
from modeling import shards
from modeling.models import Chunk
from survey.models import Answer, Participant
from tests.analysis import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return cast.make_study(per_country=2, scenarios=3)


def rows_of(folder):
    with (folder / "estimates.csv").open() as stream:
        return list(csv.DictReader(stream))


def build(tmp_path, kind="alignment"):
    options = Options(kind, "etiquette", replicates=50)
    built = write_bundle(gather(options), tmp_path / "bundle")
    for row in rows_of(built.folder):
        assert row["value"] or row["note"], row
    return built


def keep(run, wanted):
    """Leave only some of a run's answers in its shard."""
    chunk = Chunk.objects.get(run=run)
    rows = [row for row in shards.read(chunk.shard).to_pylist() if wanted(row)]
    shard = shards.write(shards.fresh_key(run.public_id, 0, 2), shards.table_of(rows))
    Chunk.objects.filter(pk=chunk.pk).update(shard=shard.key)


def test_personas_alone(study, tmp_path):
    keep(cast.add_run(study, "model-a"), lambda row: row["setting"] == "persona")
    built = build(tmp_path)
    assert "model-a" in built.content.headline


def test_one_question_alone(study, tmp_path):
    keep(cast.add_run(study, "model-a"), lambda row: row["frame"] == "norm")
    built = build(tmp_path)
    assert "model-a" in built.content.headline
    assert "What is appropriate" in built.content.sections[0].lead


def test_nothing_but_invalid_answers(study, tmp_path):
    cast.add_run(study, "model-a", invalid=1.0, personas=False)
    built = build(tmp_path)
    assert built.content.headline.startswith("No model has both")
    dropped = next(s for s in built.content.sections if s.key == "dropped")
    assert "invalid-answers" in {table.name for table in dropped.tables}


def test_a_single_participant(study, tmp_path):
    Participant.objects.exclude(pseudonym="BR-0").delete()
    cast.add_run(study, "model-a", personas=False)
    assert build(tmp_path).content.headline.startswith("model-a is compared with 1 person: ")


def test_unanimous_people_and_no_ratings(study, tmp_path):
    Answer.objects.update(
        personal="culture", norm="culture", importance_norm=None, importance_preference=None
    )
    built = build(tmp_path, "human")
    assert "people-importance" not in {table.name for table in built.content.tables()}


def test_who_dropped_out_is_part_of_the_input(study):
    options = Options("human", "etiquette", replicates=50)
    before = gather(options).digest
    Participant.objects.create(study=study, pseudonym="left", state="timed_out", country="BR")
    assert gather(options).digest != before
