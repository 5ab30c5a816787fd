"""What may die while models are asked. Run with `make test-faults`; a missing program fails then."""

import os
from pathlib import Path

import pytest

from modeling.stub import StubOptions, running_stub
from tests.faults.servers import PostgreSQL
from tests.modeling.platform import Platform

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    if os.environ.get("PACT_TEST_FAULTS") == "1":
        return
    skip = pytest.mark.skip(reason="faults run with `make test-faults`")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL of these tests' own, with a prepared platform in the database `prepared`."""
    with PostgreSQL() as server:
        server.create("prepared")
        yield server


@pytest.fixture(scope="session")
def prepared(postgres, tmp_path_factory):
    """The name of a database that holds a release to ask about."""
    made = Platform(tmp_path_factory.mktemp("prepared"), {"DATABASE_URL": postgres.url("prepared")})
    made.manage("migrate", "--verbosity", "0")
    made.tell("from tests.modeling.making import make_release; make_release(8); print('{}')")
    return "prepared"


@pytest.fixture
def stub():
    """Answers 300 requests; then it holds back what it is asked, until it is released."""
    with running_stub(StubOptions(latency_ms=20, hold_after=300)) as running:
        yield running
        running.release()
