"""Models' rows: every named shard, every cell, invalid ones with their reason."""

import pytest

from analysis.frames.columns import MODEL, Column, make_frame
from analysis.frames.model import model_frame
from annotation.models import Item
from modeling import shards
from modeling.models import Chunk
from pact_site.base.errors import BadInput
from tests.analysis import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return cast.make_study(per_country=1)


def test_a_row_per_cell_with_the_declared_columns(study):
    run = cast.add_run(study, "model-a")
    frame = model_frame("etiquette")
    assert list(frame.columns) == [column.name for column in MODEL]
    assert len(frame) == Chunk.objects.get(run=run).rows == 12 * 7 * 2
    assert set(frame["persona_country"]) == {"", "Brazil", "India", "Namibia"}


def test_invalid_answers_stay_with_their_reason(study):
    cast.add_run(study, "model-a", invalid=0.5)
    frame = model_frame("etiquette")
    invalid = frame[frame["choice"].isna()]
    assert len(invalid) > 10
    assert set(invalid["invalid_reason"]) == {"refusal"}
    assert invalid["q"].isna().all()


def test_choices_are_numbers_and_a_tie_is_half(study):
    run = cast.add_run(study, "model-a", invalid=0)
    table = shards.read(Chunk.objects.get(run=run).shard).to_pylist()
    table[0] |= {"choice": "tie", "q": 0.5}
    write(run, table)
    frame = model_frame("etiquette")
    assert frame["choice"].iloc[0] == 0.5
    assert set(frame["choice"].iloc[1:]) <= {0.0, 1.0}
    assert ((frame["q"] > 0.5) == (frame["choice"] > 0.5)).all()


def test_only_shards_that_a_chunk_names_are_read(study):
    run = cast.add_run(study, "model-a")
    before = len(model_frame("etiquette"))
    table = shards.table_of(shards.read(Chunk.objects.get(run=run).shard).to_pylist())
    shards.write(shards.fresh_key(run.public_id, 1, 1), table)  # an orphan
    assert len(model_frame("etiquette")) == before


def test_runs_of_other_studies_are_not_read(study):
    cast.add_run(study, "model-a", personas=False)
    other = cast.make_study("other", per_country=1)
    cast.add_run(other, "model-b", personas=False)
    assert set(model_frame("etiquette")["model"]) == {"model-a"}


def test_a_study_without_runs_is_an_empty_frame(study):
    frame = model_frame("etiquette")
    assert frame.empty
    assert list(frame.columns) == [column.name for column in MODEL]


def test_an_answer_to_an_item_the_release_lacks_is_an_error(study):
    run = cast.add_run(study, "model-a", personas=False)
    table = shards.read(Chunk.objects.get(run=run).shard).to_pylist()
    table[3] |= {"item_id": 1 + max(Item.objects.values_list("pk", flat=True))}
    write(run, table)
    with pytest.raises(BadInput, match="does not hold"):
        model_frame("etiquette")


def test_an_answer_outside_the_label_set_is_an_error(study):
    run = cast.add_run(study, "model-a", personas=False)
    table = shards.read(Chunk.objects.get(run=run).shard).to_pylist()
    table[3] |= {"choice": "maybe"}
    write(run, table)
    with pytest.raises(ValueError, match="maybe"):
        model_frame("etiquette")


def write(run, rows):
    shard = shards.write(shards.fresh_key(run.public_id, 0, 2), shards.table_of(rows))
    Chunk.objects.filter(run=run).update(shard=shard.key)


def test_declared_columns_refuse_empty_cells_and_strange_columns():
    column = (Column("name", "text"),)
    with pytest.raises(ValueError, match="empty"):
        make_frame(column, {"name": ["a", None]})
    assert make_frame(column, {"name": ["a"], "other": [1]}).columns.tolist() == ["name"]
