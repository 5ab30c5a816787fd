"""A fake Prolific on loopback, and a study that it knows."""

import pytest

from survey.prolific.client import Client
from survey.prolific.fake import running_fake
from survey.prolific.fake.running import TOKEN
from tests.survey.prolific import loopback


@pytest.fixture
def prolific():
    """A fake in fine weather; tests change `prolific.fake.weather.faults`."""
    with running_fake() as running:
        yield running


@pytest.fixture
def client_of():
    """Make a client of a running fake that never really waits; `client.waits` says how long it would."""
    made = []

    def make(running, token=TOKEN):
        waits = []
        client = Client(token=token, url=running.url, sleep=waits.append)
        client.waits = waits
        made.append(client)
        return client

    yield make
    for client in made:
        client.__exit__(None, None, None)


@pytest.fixture
def recruiting(study, prolific):
    """The bundled study, known to the fake."""
    study.prolific_study_id = str(prolific.fake.world.add_study(name="SIMULATED")["id"])
    study.save()
    return study


@pytest.fixture
def act(prolific):
    """Let simulated people act over HTTP: reserve(study), act(id, move, **told)."""

    def post(path, **told):
        answer = loopback.post(f"{prolific.people_url}/{path}", json=told)
        answer.raise_for_status()
        return answer.json()

    return post
