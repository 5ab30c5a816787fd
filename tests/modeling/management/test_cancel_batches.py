"""Ending batches from the terminal, and what the run's page says while they are under way."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from modeling.services import runs
from modeling.services.endpoints import Endpoint
from modeling.services.engine import run_one
from modeling.stub import StubOptions, running_stub
from tests.modeling.making import make_plan, make_release

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting():
    """A run whose only chunk waits for a batch."""
    with running_stub(StubOptions(batch_polls=10**6)) as stub:
        where = Endpoint("batch", "openai_batch", "pact-stub-1", stub.base_url)
        run = make_plan(make_release(1), endpoint=where).run
        runs.start(run=run)
        run_one(run.chunks.get().pk)
        yield run


def test_batches_under_way_are_named_as_they_are_cancelled(waiting, capsys):
    call_command("cancel_batches", waiting.public_id)
    assert capsys.readouterr().out == "asked to cancel: batch-1\n"


def test_without_batches_there_is_nothing_to_cancel(capsys):
    run = make_plan(make_release(1)).run
    call_command("cancel_batches", run.public_id)
    assert capsys.readouterr().out == "No batch of this run is under way.\n"


def test_an_unknown_run_is_exit_2():
    with pytest.raises(CommandError, match="no such run") as stopped:
        call_command("cancel_batches", "nothing")
    assert stopped.value.returncode == 2


def test_the_page_says_how_many_cells_wait_and_what_stopping_means(waiting, client, researcher):
    client.force_login(researcher)
    page = client.get(reverse("modeling:run_detail", args=[waiting.public_id])).content.decode()
    assert f"{waiting.cells} cells wait for batches" in page
    assert "Stopping the run leaves them alone" in page
