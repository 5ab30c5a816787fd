"""Kinds of runs: each says how it is loaded and stored, and an unknown one is refused."""

import pytest
from django.db import IntegrityError, transaction

from modeling import schemas
from modeling.models import Run
from modeling.services import harvesting, questions
from modeling.services.questions import KINDS, Kind
from pact_site.base.errors import BadInput
from pact_site.base.models import Job
from tests.modeling.making import make_plan, make_release, planned_keys

pytestmark = pytest.mark.django_db


def make_run(**fields):
    base = {"label": "m", "endpoint": {}, "design": {}, "plan_hash": "0" * 64}
    return Run.objects.create(**base | fields)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_kind_stands_where_the_registry_says(name):
    kind = questions.kind_of(Run(kind=f"{name}:detail"))
    assert isinstance(kind, Kind)
    assert any(kind.schema is schema for schema in schemas.SCHEMAS)


def test_an_unknown_kind_names_those_there_are():
    with pytest.raises(BadInput, match="counterparts, benchmark, questions, judge, construct"):
        questions.kind_of(Run(kind="poetry"))


def test_counterparts_are_questions_and_known_cells_are_not_asked():
    run = make_plan(make_release(1), mode="paper").run
    found = questions.of(run)
    keys = planned_keys(run)
    assert (found.cells, found.cells_per_prompt) == (run.cells, 2)
    assert [key for asked in found.asked(0, run.cells) for key in asked.cells] == keys
    half = {*keys[:3]}
    rest = [key for asked in found.asked(0, run.cells, half) for key in asked.cells]
    assert rest == keys[2:], "a prompt with one open cell is asked whole"


def test_counterparts_without_a_release_are_refused():
    with pytest.raises(BadInput, match="names no release"):
        questions.of(make_run())


def test_labels_stand_once_among_runs_of_a_kind_without_release():
    make_run(kind="judge", dataset_slug="norms")
    make_run(kind="judge", dataset_slug="others")
    make_run(kind="construct:norm", dataset_slug="norms")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_run(kind="judge", dataset_slug="norms")


def test_a_harvest_of_an_unknown_run_says_so_and_one_of_an_open_run_waits():
    with pytest.raises(BadInput, match="no such run"):
        harvesting.run_job({"run": "nothing"}, None)
    assert harvesting.run_job({"run": make_run(kind="judge").public_id}, None) == {}
    assert harvesting.enqueue(make_run(label="i", imported=True)) is None
    assert not Job.objects.exists()


def test_what_a_run_is_about():
    release = make_release(1)
    assert make_run(study_slug="s", release=release).about == "s"
    assert make_run(release=release).about == str(release)
    assert make_run(kind="judge", dataset_slug="norms").about == "norms"
