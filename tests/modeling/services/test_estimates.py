"""Estimates: sizes counted by hand, tokens from the server's own counts, nothing guessed."""

from decimal import Decimal

import pytest

from modeling.backends import Decoding
from modeling.services import estimates, foreground, preflight, questions, runs
from modeling.services.costs import Prices
from modeling.services.endpoints import Endpoint, stored
from modeling.stub import running_stub
from tests.modeling.making import make_plan, make_release

pytestmark = pytest.mark.django_db(transaction=True)

LOCAL = Endpoint("env", "openai", "pact-stub-1", "http://127.0.0.1:1/v1")
PRICES = Prices(Decimal(1), Decimal(4), "EUR")


def asked_of(release, **design):
    return questions.of(make_plan(release, endpoint=LOCAL, **design).run)


def estimate(asked, **changes):
    given = {"endpoint": LOCAL, "decoding": Decoding(), "prices": PRICES} | changes
    return estimates.of(asked, **given)


def test_few_prompts_are_all_counted():
    asked = asked_of(make_release(1), personas=["none"])
    characters = [
        sum(len(m["content"]) for m in one.prompt.messages) for one in asked.asked(0, asked.cells)
    ]
    found = estimate(asked)
    assert (found.cells, found.prompts) == (16, 16)
    assert found.prompt_tokens == round(sum(characters) / 4)
    assert found.completion_tokens == 16 * 8, "at most, since nothing was asked yet"
    assert not found.measured
    assert found.cost == (found.prompt_tokens + 4 * found.completion_tokens) / Decimal(10**6)
    assert (found.seconds, found.currency) == (None, "EUR")


def test_many_are_sampled_and_the_sample_comes_close():
    asked = asked_of(make_release(6), styles=["all"])
    whole = sum(
        len(m["content"]) for one in asked.asked(0, asked.cells) for m in one.prompt.messages
    )
    found = estimate(asked)
    assert len(estimates.sampled(asked)) == estimates.SAMPLE < asked.cells
    assert found.prompt_tokens == pytest.approx(whole / 4, rel=0.1)
    assert found == estimate(asked), "the same each time"


def test_a_shared_reply_is_one_prompt():
    found = estimate(asked_of(make_release(1), mode="paper"))
    assert found.cells == 2 * found.prompts == 144


def test_an_unknown_price_leaves_the_cost_unknown():
    found = estimate(asked_of(make_release(1)), prices=Prices(Decimal(1), None))
    assert found.cost is None
    assert "cost unknown" in found.words()
    assert found.as_json()["cost"] is None


def test_after_a_preflight_the_servers_counts_decide():
    with running_stub() as stub:
        where = Endpoint("env", "openai", "pact-stub-1", stub.base_url)
        run = make_plan(make_release(1), endpoint=where).run
        result = preflight.of_run(run)
        asked = questions.of(run)
        guessed, found = estimate(asked), estimate(asked, preflight=result, endpoint=where)
        runs.start(run=run)
        run = foreground.see_through(run, lambda tick: None)
        after = estimate(asked, preflight=result, endpoint=stored(run.endpoint))
    assert found.measured
    assert found.completion_tokens < guessed.completion_tokens
    sums = [sum(getattr(c, f"{kind}_tokens") for c in run.chunks.all())
            for kind in ("prompt", "completion")]  # fmt: skip
    assert found.prompt_tokens == pytest.approx(sums[0], rel=0.05)
    assert found.completion_tokens == pytest.approx(sums[1], rel=0.05)
    assert "in the preflight, 20 at once" in found.time_basis
    assert found.seconds == pytest.approx(144 * result["latency_s"] / 20)
    taken = (run.finished_at - run.started_at).total_seconds()
    assert after.seconds == pytest.approx(taken)
    assert "as fast as the last run on env" in after.time_basis


def test_a_preflight_that_got_no_answer_measures_nothing():
    asked = asked_of(make_release(1))
    result = preflight.of_questions(LOCAL, asked, Decoding())
    assert result["asked"] == 0
    found = estimate(asked, preflight=result)
    assert (found.measured, found.seconds) == (False, None)
    assert "time unknown" in found.words()


def test_a_sample_of_reasons_is_not_measured_by_a_preflight_that_met_none():
    asked = asked_of(make_release(3), rationale_share=0.25)
    tried = {"asked": 5, "completion_tokens": 5, "prompt_tokens": 0, "latency_s": None}
    shown = estimates.sampled(asked)
    share = sum(prompt.mode == "rationale" for prompt in shown) / len(shown)
    found = estimate(asked, preflight=tried)
    assert 0.1 < share < 0.4
    assert found.completion_tokens == round(asked.cells * (share * 128 + (1 - share) * 1))
    every = asked_of(make_release(3, slug="other"), rationale_share=1.0)
    tried = tried | {"completion_tokens": 150}
    assert estimate(every, preflight=tried).completion_tokens == every.cells * 30
