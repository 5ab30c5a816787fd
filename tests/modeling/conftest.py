import os

import pytest

from modeling.services import engine
from pact_site.base import patience
from tests.modeling.roots import ROOTS, S3Server, address


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """Workers look for work again soon: what one test queues is a handful of jobs."""
    monkeypatch.setattr(engine, "LOOK_AGAIN_S", 0.02)
    monkeypatch.setattr(patience, "IDLE_S", 0.05)


@pytest.fixture(scope="session")
def s3_server():
    """An S3-compatible store for all tests of this worker, found by AWS's own variables."""
    server = S3Server()
    before = {name: os.environ.get(name) for name in server.environment}
    os.environ.update(server.environment)
    yield server
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})
    server.stop()


@pytest.fixture(params=ROOTS)
def root(request, settings, tmp_path):
    """The same promises on a local folder, on fsspec URLs and on S3."""
    if request.param == "s3":
        request.getfixturevalue("s3_server")
    settings.PACT_SHARDS = address(request.param, tmp_path)
    return settings.PACT_SHARDS
