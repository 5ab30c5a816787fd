"""The pace: growth, the cut after a 429, the wait, and fairness to whoever is left."""

import asyncio
from functools import partial

import pytest

from modeling.backends import TransientError
from modeling.backends.pacing import LONGEST_WAIT_S, Pace, Patience, Slot

LIMITED = TransientError("429", retry_after_s=0.0, rate_limited=True)


async def ask(pace, request=None, *, again=False):
    """One request in a slot of its own; `request` is awaited in it."""
    slot = Slot(pace, pace.turn())
    await slot.enter(again=again)
    try:
        return await slot.use(request() if request else asyncio.sleep(0))
    finally:
        slot.leave()


async def succeed(pace, times=1):
    for _ in range(times):
        await ask(pace)


async def be_limited(pace, error=LIMITED):
    async def fail():
        raise error

    with pytest.raises(TransientError):
        await ask(pace, fail)


def test_every_success_adds_a_slot_until_the_first_429():
    async def run():
        pace = Pace(start=4, most=10)
        await succeed(pace, 3)
        assert pace.limit == 7
        await succeed(pace, 30)
        assert pace.limit == 10

    asyncio.run(run())


def test_a_429_cuts_by_a_fifth_and_growth_becomes_slow():
    async def run():
        pace = Pace(start=20, most=100)
        await be_limited(pace)
        assert (pace.limit, pace.rate_limited) == (16.0, 1)
        await succeed(pace, 16)
        assert 16.9 < pace.limit < 17.0  # 1/16 + ... + 1/17: one more slot after one round

    asyncio.run(run())


def test_a_burst_of_429_cuts_once():
    async def run():
        pace = Pace(start=20, most=100)
        ready = asyncio.Barrier(20)

        async def one():
            await ready.wait()
            raise LIMITED

        ended = await asyncio.gather(*(ask(pace, one) for _ in range(20)), return_exceptions=True)
        assert ended == [LIMITED] * 20
        assert (pace.limit, pace.rate_limited) == (16.0, 20)

    asyncio.run(run())


def test_the_pace_never_falls_below_one():
    async def run():
        pace = Pace(start=2, most=10)
        for _ in range(30):
            await be_limited(pace)
        assert pace.limit == 1.0
        await succeed(pace)

    asyncio.run(run())


def test_nothing_starts_before_retry_after_has_passed():
    async def run():
        pace = Pace(start=2, most=10)
        now = asyncio.get_running_loop().time
        limited_at = now()
        await be_limited(pace, TransientError("429", retry_after_s=0.2, rate_limited=True))
        await succeed(pace)
        assert now() >= limited_at + 0.2

    asyncio.run(run())


def test_other_passing_errors_leave_the_pace_alone():
    async def run():
        pace = Pace(start=5, most=10)
        await be_limited(pace, TransientError("500"))
        assert (pace.limit, pace.rate_limited, pace.in_flight) == (5.0, 0, 0)

    asyncio.run(run())


def test_no_more_than_the_limit_are_in_flight():
    async def run():
        pace = Pace(start=3, most=3)

        await asyncio.gather(*(ask(pace, lambda: asyncio.sleep(0.001)) for _ in range(50)))
        assert (pace.peak, pace.in_flight) == (3, 0)

    asyncio.run(run())


def test_who_comes_again_goes_before_all_who_wait():
    async def run():
        pace = Pace(start=1, most=1)
        started = []

        async def one(name):
            started.append(name)
            await asyncio.sleep(0.001)

        waiting = [asyncio.create_task(ask(pace, partial(one, number))) for number in range(4)]
        await asyncio.sleep(0)
        waiting.append(asyncio.create_task(ask(pace, partial(one, "again"), again=True)))
        await asyncio.gather(*waiting)
        assert started == [0, "again", 1, 2, 3]

    asyncio.run(run())


def test_those_who_wait_start_in_the_order_in_which_they_came():
    async def run():
        pace = Pace(start=2, most=4)
        started = []

        async def one(number):
            started.append(number)
            await asyncio.sleep(0.001)

        await asyncio.gather(*(ask(pace, partial(one, number)) for number in range(200)))
        assert started == sorted(started)

    asyncio.run(run())


def test_a_cancelled_waiter_passes_its_turn_on():
    """Of two waiters one gets the slot and both are cancelled then; the third must still run."""

    async def run():
        pace = Pace(start=1, most=1)
        holding = asyncio.Event()

        async def hold():
            await ask(pace, holding.wait)
            for task in doomed:
                task.cancel()

        holder = asyncio.create_task(hold())
        await asyncio.sleep(0)
        doomed = [asyncio.create_task(succeed(pace)) for _ in range(2)]
        last = asyncio.create_task(succeed(pace))
        await asyncio.sleep(0)
        holding.set()
        await holder
        await asyncio.wait_for(last, timeout=30)
        assert pace.in_flight == 0

    asyncio.run(run())


def test_a_slot_is_kept_until_somebody_with_an_earlier_turn_waits():
    async def run():
        pace = Pace(start=1, most=1)
        earlier, slot = Slot(pace, pace.turn()), Slot(pace, pace.turn())
        await slot.enter()
        later = asyncio.create_task(ask(pace))
        await asyncio.sleep(0)
        assert slot.keeps()
        waiting = asyncio.create_task(earlier.enter())
        await asyncio.sleep(0)
        assert not slot.keeps()
        slot.leave()
        slot.leave()
        await waiting
        earlier.leave()
        await later

    asyncio.run(run())


def test_no_slot_is_kept_after_a_429():
    async def run():
        pace = Pace(start=4, most=4)
        slot = Slot(pace, pace.turn())
        await slot.enter()
        assert slot.keeps()
        await be_limited(pace, TransientError("429", retry_after_s=60.0, rate_limited=True))
        assert not slot.keeps()
        slot.leave()

    asyncio.run(run())


def test_after_a_pause_those_who_come_again_start_first():
    """Who waits for the same pause gets slots by turn, whoever began to wait first."""

    async def run():
        pace = Pace(start=1, most=1)
        await be_limited(pace, TransientError("429", retry_after_s=0.05, rate_limited=True))
        started = []

        async def one(name):
            started.append(name)

        waiting = [asyncio.create_task(ask(pace, partial(one, number))) for number in range(3)]
        await asyncio.sleep(0)
        waiting.append(asyncio.create_task(ask(pace, partial(one, "again"), again=True)))
        await asyncio.gather(*waiting)
        assert started == ["again", 0, 1, 2]

    asyncio.run(run())


def test_patience_waits_longer_each_time_and_within_bounds():
    patience = Patience(backoff_s=1.0, longest_s=4.0)
    error = TransientError("500")
    for failures, base in [(1, 1.0), (2, 2.0), (3, 4.0), (9, 4.0)]:
        pauses = {patience.pause_s(error, failures, f"cell-{i}") for i in range(50)}
        assert all(0.5 * base <= pause <= 1.5 * base for pause in pauses)
        assert len(pauses) == 50, "a burst of failures must not come back as a burst"


def test_patience_obeys_the_server_and_leaves_429_to_the_pace():
    patience = Patience()
    assert patience.pause_s(TransientError("503", retry_after_s=7.0), 1, "k") == 7.0
    assert patience.pause_s(TransientError("503", retry_after_s=1e9), 1, "k") == LONGEST_WAIT_S
    assert patience.pause_s(LIMITED, 0, "k") == 0.0


def test_patience_ends():
    patience = Patience(max_tries=3, max_rate_limited=5)
    assert not patience.spent(2, 4)
    assert patience.spent(3, 0)
    assert patience.spent(0, 5)
