import os

import pytest

from tests.modeling.roots import ROOTS, S3Server, address


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory):
    """An S3-compatible store for all tests of this worker, found by AWS's own variables."""
    server = S3Server(tmp_path_factory.mktemp("s3"))
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
