"""Doorways for background work of this app. A message carries the id of a chunk and no more."""

from celery import shared_task

from modeling.services import engine, runs, sweeping


@shared_task(name="modeling.run_chunk")
def run_chunk(pk: int) -> None:
    """Claim and ask one chunk; quietly nothing if it is not claimable. Then see to the next ones."""
    engine.run_one(pk)
    runs.dispatch(when_low=True)


@shared_task(name="modeling.dispatch_waiting")
def dispatch_waiting() -> int:
    """Send chunks again whose message or worker was lost."""
    runs.give_up_exhausted()
    return runs.dispatch()


@shared_task(name="modeling.remove_retired")
def remove_retired() -> int:
    """Remove small files whose rows have moved into large ones and whose time is over."""
    return sweeping.remove_retired()
