"""What may die while something is going on. Run with `make test-faults`; a missing program fails then."""

import pytest

from modeling.stub import StubOptions, running_stub
from tests.faults.scene import Scene
from tests.faults.servers import PostgreSQL, all_killed
from tests.modeling.platform import Platform


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL of these tests' own, with a prepared platform in the database `prepared`."""
    with PostgreSQL() as server:
        server.create("prepared")
        yield server


@pytest.fixture(scope="session")
def prepared(postgres, tmp_path_factory):
    """The name of a database that holds a release to ask about and the bundled study, open."""
    made = Platform(tmp_path_factory.mktemp("prepared"), {"DATABASE_URL": postgres.url("prepared")})
    made.manage("migrate", "--verbosity", "0")
    made.tell("from tests.modeling.making import make_release; make_release(8); print('{}')")
    made.manage("load_study")
    return "prepared"


@pytest.fixture
def scene(tmp_path, postgres, prepared, request):
    """A platform on a database of this test's own."""
    name = f"scene_{abs(hash(request.node.name)) % 10**8}"
    postgres.create(name, prepared)
    settings = {
        "DATABASE_URL": postgres.url(name),
        "PACT_LEASE_SECONDS": "30",
        "PACT_DISPATCH_SECONDS": "3",
        "PACT_REPORT_PDF": "0",
        "PACT_REPORT_FIGURES": "svg",
    }
    made = Scene(tmp_path / "platform", settings, server=postgres, name=name)
    made.home.mkdir()
    with all_killed(made.workers):
        yield made


@pytest.fixture
def stub():
    """Answers 300 requests; then it holds back what it is asked, until it is released."""
    with running_stub(StubOptions(latency_ms=20, hold_after=300)) as running:
        yield running
        running.release()
