"""A run with a budget against the stub, which counts a token for every four characters."""

import threading
from decimal import Decimal

import pytest

from modeling.models import Run
from modeling.services import budgets, chunks, foreground, progress, questions, runs
from modeling.services.costs import Prices
from modeling.services.endpoints import Endpoint
from modeling.services.engine import Engine
from modeling.stub import running_stub
from pact_site.base.errors import BadInput
from pact_site.base.models import State
from tests.modeling.making import make_plan, make_release

pytestmark = pytest.mark.django_db(transaction=True)

PRICES = Prices(Decimal(1000), Decimal(5000), "EUR")  # dear, so that a few cells make an amount


@pytest.fixture(scope="module")
def stub():
    with running_stub() as running:
        yield running


@pytest.fixture
def where(stub):
    return Endpoint("mine", "openai", "pact-stub-1", stub.base_url, prices=PRICES)


def plan(where, budget=None, **options):
    return make_plan(make_release(2), endpoint=where, chunk_size=12, budget=budget, **options).run


def ask(run):
    runs.start(run=run)
    return foreground.see_through(run, lambda tick: None)


def test_a_run_stops_before_it_would_cost_more_and_a_higher_budget_continues_it(where):
    full = budgets.spent(ask(plan(where)), PRICES)
    half = (full / 2).quantize(Decimal("0.01"))
    limited = plan_again(where, half)
    run = ask(limited)
    assert run.state == Run.State.STOPPED
    assert f"budget of {half} EUR" in run.error
    now = progress.of(run)
    one = full / run.chunks.count()
    assert half - 3 * one < now.cost <= half, "near to the budget, never above"
    assert (now.budget, now.currency, now.cost_words) == (half, "EUR", f"{now.cost:.2f} EUR")
    assert set(run.chunks.values_list("state", flat=True)) == {State.DONE, State.QUEUED}
    assert ask(run).state == Run.State.STOPPED, "the same budget is still used up"
    budgets.change(run, full + 1)
    run = ask(run)
    assert (run.state, run.error) == (Run.State.DONE, "")
    assert budgets.spent(run, PRICES) == full
    assert run.manifest["cost"] == pytest.approx(float(full))
    assert run.manifest["budget"] == float(run.budget)


def plan_again(where, budget):
    return make_plan(
        Run.objects.get().release, endpoint=where, chunk_size=12, budget=budget, new=True
    ).run


def test_a_budget_below_the_first_chunk_asks_nothing(where, stub):
    before = stub.stats()["requests"]
    run = ask(plan(where, Decimal("0.01")))
    assert (run.state, progress.of(run).answered) == (Run.State.STOPPED, 0)
    assert "0 EUR spent" in run.error
    assert stub.stats()["requests"] == before


def test_two_workers_keep_one_budget(where):
    full = budgets.spent(ask(plan(where)), PRICES)
    half = (full / 2).quantize(Decimal("0.01"))
    run = plan_again(where, half)
    runs.start(run=run)
    workers = [threading.Thread(target=work, args=[run]) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    run.refresh_from_db()
    assert run.state == Run.State.STOPPED
    assert 0 < budgets.spent(run, PRICES) <= half


def work(run):
    from django.db import connection

    with Engine([run.pk]) as engine:
        while Run.objects.get(pk=run.pk).state == Run.State.RUNNING or engine.flights:
            engine.step()
    connection.close()


def test_the_forecast_of_a_chunk_is_what_chunks_like_it_have_cost(where):
    run = ask(plan(where))
    asked = questions.of(run)
    last = run.chunks.order_by("-finished_at").first()
    size = budgets.size(last, asked, None)
    assert size.cells == 12
    assert size.characters == sum(
        len(text)
        for one in asked.asked(last.start, last.stop)
        for message in one.prompt.messages
        for text in message.values()
    )
    cost = PRICES.cost(last.prompt_tokens, last.completion_tokens)
    assert budgets._forecast(last, asked, PRICES) == cost
    assert PRICES.cost(size.most_prompt_tokens, size.most_completion_tokens) > cost


def test_what_is_out_is_taken_to_cost_what_the_dearest_did(where):
    """The next chunk's own forecast is cheaper: by that, the dear one that is out would fit as well."""
    run = ask(plan(where))
    mine, out, dear = run.chunks.order_by("number")[:3]
    for chunk, state in ((mine, State.RUNNING), (out, State.RUNNING)):
        chunk.state, chunk.prompt_tokens, chunk.completion_tokens = state, 0, 0
        chunk.save()
    dear.prompt_tokens *= 3
    dear.save()
    so_far = budgets.spent(run, PRICES)
    one = budgets._forecast(mine, questions.of(run), PRICES)
    most = PRICES.cost(dear.prompt_tokens, dear.completion_tokens)
    cent = Decimal("0.01")

    def permitted(budget):
        mine.run.budget = budget
        return budgets.permits(mine, questions.of(run))

    assert most > 2 * one
    assert permitted(so_far + most + one + cent)
    assert not permitted(so_far + most + one - cent)


def test_a_batch_under_way_is_paid_for(where):
    run = plan(where, Decimal("0.01"))
    runs.start(run=run)
    chunk = chunks.claim()
    chunk.batch_id = "batch_1"
    assert budgets.permits(chunk, questions.of(run))


@pytest.mark.parametrize("prices", [Prices(), Prices(Decimal(1)), Prices(None, Decimal(1))])
def test_without_both_prices_there_is_no_budget_and_no_cost(where, prices):
    unknown = Endpoint("mine", "openai", where.model, where.base_url, prices=prices)
    with pytest.raises(BadInput, match="prices"):
        plan(unknown, Decimal(5))
    assert not Run.objects.exists()
    run = ask(make_plan(make_release(1, slug="other"), endpoint=unknown).run)
    assert (progress.of(run).cost, progress.of(run).cost_words) == (None, "")
    assert run.manifest["cost"] is None


def test_planning_again_with_a_budget_changes_that_of_the_run(where):
    run = plan(where, Decimal(5))
    again = make_plan(run.release, endpoint=where, budget=Decimal(7))
    assert (again.found, Run.objects.get().budget) == (True, 7)
    assert make_plan(run.release, endpoint=where).found
    assert Run.objects.get().budget == 7
