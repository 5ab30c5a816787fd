import pytest

from modeling.models import Run
from modeling.services import endpoints, foreground, plans, runs
from modeling.services.endpoints import Endpoint
from modeling.services.engine import Engine
from modeling.tasks import dispatch_waiting, run_chunk
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent, State
from tests.modeling.making import make_plan, make_release, planned_keys, stored_rows

pytestmark = pytest.mark.django_db(transaction=True)


def ask(run):
    runs.start(run=run)
    return foreground.see_through(run, lambda tick: None)


@pytest.mark.parametrize("mode", ["label", "paper"])
@pytest.mark.parametrize("size", [1, 7, 144, 1000])
def test_chunks_cover_every_cell_once_and_cut_no_prompt_in_two(mode, size):
    run = make_plan(make_release(1), mode=mode, chunk_size=size).run
    ranges = list(run.chunks.order_by("number").values_list("start", "stop"))
    assert [cell for start, stop in ranges for cell in range(start, stop)] == list(range(144))
    if mode == "paper":
        assert all(start % 2 == 0 for start, _ in ranges)


def test_a_crash_costs_fewer_paid_answers():
    release = make_release(10)
    local = Endpoint("env", "openai", "m", "http://127.0.0.1:1/v1")
    paid = Endpoint("env", "openai", "m", "https://api.example.org/v1")
    sizes = {}
    for name, where in {"local": local, "paid": paid}.items():
        first = make_plan(release, endpoint=where).run.chunks.order_by("number").first()
        sizes[name] = first.stop - first.start
    assert sizes == {"local": 500, "paid": 100}


def test_the_same_plan_is_found_whatever_its_chunks_and_patience(settings):
    release = make_release(1)
    settings.PACT_BASE_URL, settings.PACT_MODEL = "http://127.0.0.1:1/v1", "m"
    first = make_plan(release, endpoint="env", chunk_size=10)
    settings.PACT_REQUEST_TIMEOUT = 1234.0
    settings.OPENAI_API_KEY = "another"
    second = make_plan(release, endpoint="env", chunk_size=20)
    assert (first.found, second.found) == (False, True)
    assert second.run.pk == first.run.pk
    assert not make_plan(release, endpoint="env", new=True).found


@pytest.mark.parametrize(
    "differs", [{"endpoint": "baseline:uniform"}, {"limit": 10}, {"mode": "paper"}, {"samples": 2}]
)
def test_another_question_or_model_is_another_plan(differs):
    release = make_release(1)
    assert not make_plan(release).found
    assert not make_plan(release, **differs).found
    assert Run.objects.count() == 2


@pytest.mark.parametrize("mode", ["label", "paper"])
def test_lifting_the_limit_goes_on_with_the_same_run(mode):
    release = make_release(1)
    tried = ask(make_plan(release, mode=mode, limit=21, chunk_size=8).run)
    before = {row["cell_key"] for row in stored_rows(tried)}
    assert (tried.state, len(before)) == (Run.State.DONE, tried.cells)
    whole = make_plan(release, mode=mode, chunk_size=50)
    assert (whole.found, whole.run.pk, whole.run.cells) == (True, tried.pk, 144)
    run = ask(whole.run)
    keys = [row["cell_key"] for row in stored_rows(run)]
    assert (run.state, len(keys)) == (Run.State.DONE, 144)
    assert sorted(keys) == sorted(planned_keys(run))
    assert before < set(keys)
    assert make_plan(release, mode=mode).run.pk == run.pk


def test_a_lower_limit_never_sets_a_larger_run_going():
    release = make_release(1)
    whole = make_plan(release).run
    assert make_plan(release, limit=10).run.pk != whole.pk
    assert make_plan(release, limit=10).found


def test_a_run_under_way_can_grow_beneath_a_worker_that_knows_it():
    release = make_release(1)
    run = make_plan(release, limit=20, chunk_size=10).run
    runs.start(run=run)
    with Engine([run.pk]) as engine:
        engine.step()
        make_plan(release, chunk_size=30)
        while Run.objects.get(pk=run.pk).state == Run.State.RUNNING:
            engine.step()
    run.refresh_from_db()
    if run.state != Run.State.DONE:
        run = ask(run)  # the first part had ended before the rest came
    assert sorted(r["cell_key"] for r in stored_rows(run)) == sorted(planned_keys(run))


def test_another_release_of_the_same_items_is_another_plan():
    make_plan(make_release(1))
    assert not make_plan(make_release(1, slug="other")).found


def test_a_plan_asks_nothing_and_leaves_a_trail():
    run = make_plan(make_release(1)).run
    assert run.state == Run.State.PLANNED
    assert set(run.chunks.values_list("state", flat=True)) == {State.QUEUED}
    assert AuditEvent.objects.get(verb="run.planned").detail["cells"] == 144
    assert run.manifest["planned_at"]


@pytest.mark.parametrize("size", [0, -1, plans.MAX_CHUNK_CELLS + 1])
def test_a_chunk_size_out_of_range_is_refused(size):
    with pytest.raises(BadInput, match="--chunk-size"):
        make_plan(make_release(1), chunk_size=size)


def test_an_endpoint_survives_the_database_and_its_key_does_not(settings):
    settings.OPENAI_API_KEY = "sk-hidden"
    where = Endpoint("env", "openai", "m", "http://127.0.0.1:1/v1")
    assert endpoints.stored(where.as_json()) == where
    assert "sk-hidden" not in str(where.as_json()) + repr(where.spec())
    assert where.spec().api_key == "sk-hidden"


def test_the_tasks_are_doorways():
    run = make_plan(make_release(1), chunk_size=100).run
    runs.start(run=run)
    for pk in run.chunks.values_list("pk", flat=True):
        run_chunk(pk)
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    assert dispatch_waiting() == 0


def test_an_imported_or_finished_run_is_never_started():
    run = make_plan(make_release(1)).run
    Run.objects.filter(pk=run.pk).update(imported=True)
    assert not runs.start(run=run)
    Run.objects.filter(pk=run.pk).update(imported=False, state=Run.State.DONE)
    assert not runs.start(run=run)
    assert not runs.stop(run=run)
