"""Workers, the database, brokers and the disk go away in the middle of a run.

Each test asserts the same: no recorded answer is lost, none is stored twice, and at most the cells
that somebody held at the time are asked again.
"""

import subprocess
import time

import pytest

from modeling.services.engine import WANTED_IN_FLIGHT
from tests.faults.scene import ASK, CELLS, CHUNK, COUNT
from tests.faults.servers import RabbitMQ, Redis, found

pytestmark = [pytest.mark.slow, pytest.mark.faults]
KILLS = 10


@pytest.fixture
def scene(scene, stub):
    """The platform asks the stub."""
    scene.settings |= {
        "PACT_BASE_URL": stub.base_url,
        "PACT_MODEL": "pact-stub-1",
        "PACT_REQUEST_TIMEOUT": "600",
        "OPENAI_API_KEY": "none",
    }
    return scene


def test_workers_are_killed_ten_times(scene, stub):
    scene.manage(*ASK, "--queue")
    workers = [scene.worker(), scene.worker()]
    recorded, held = {}, 0
    for _ in range(KILLS):
        victim = workers.pop(0)
        scene.wait_until(f"select exists ({scene.chunks_of(victim)})")
        workers.append(scene.worker())
        held += scene.kill_holding(victim)
        recorded |= scene.recorded()
    assert held >= KILLS * CHUNK, "every worker held something when it died"
    stub.release()
    scene.ends_whole(stub, recorded, held)


def test_the_database_restarts_under_workers_and_a_foreground_run(scene, stub, postgres):
    foreground = scene.start(*ASK)
    scene.worker()
    recorded, held = scene.in_the_middle(owners=2)
    postgres.kill()
    stub.release()  # answers come while nobody can store them
    time.sleep(1.0)
    postgres.start()
    out, err = foreground.communicate(timeout=120)
    assert foreground.returncode == 0, err
    assert out.splitlines()[-1].startswith("run: ")
    scene.ends_whole(stub, recorded, held)


@pytest.mark.parametrize("kind", [Redis, RabbitMQ])
def test_the_broker_is_killed_and_comes_back(scene, stub, kind):
    """Redis forgets everything with it; RabbitMQ keeps its queues. The database knows better."""
    with kind() as broker:
        scene.settings["PACT_BROKER_URL"] = broker.address
        scene.celery("one")
        scene.manage(*ASK, "--queue")
        recorded, held = scene.in_the_middle(owners=2)
        broker.kill()
        stub.release()
        broker.start()
        scene.ends_whole(stub, recorded, held)


def test_beat_and_a_celery_worker_are_killed(scene, stub):
    """What the worker had taken from the broker is sent again by the beat that follows."""
    with Redis() as broker:
        scene.settings["PACT_BROKER_URL"] = broker.address
        worker, beat = scene.celery_worker(), scene.beat()
        scene.manage(*ASK, "--queue")
        recorded, held = scene.in_the_middle(owners=2)
        scene.kill(beat)
        scene.kill(worker)
        stub.release()
        scene.celery_worker()
        scene.beat()
        scene.ends_whole(stub, recorded, held)


def test_the_broker_is_flushed(scene, stub):
    import redis

    with Redis() as broker:
        scene.settings["PACT_BROKER_URL"] = broker.address
        scene.celery("one")
        scene.manage(*ASK, "--queue")
        recorded, held = scene.in_the_middle(owners=2)
        redis.Redis("127.0.0.1", broker.port).flushall()
        stub.release()
        scene.ends_whole(stub, recorded, held)


def test_a_disk_without_room_stops_the_run_and_room_lets_it_go_on(scene, stub):
    scene.manage(*ASK, "--queue")
    worker = scene.worker()
    recorded, held = scene.in_the_middle()
    subprocess.run([found("prlimit"), "--pid", str(worker.pid), "--fsize=2000"], check=True)
    stub.release()
    scene.done()
    told = scene.tell(COUNT)
    assert told["state"] == "stopped"
    assert "cannot be stored" in told["error"]
    assert told["rows"] == told["distinct"] < CELLS
    assert not list(scene.home.rglob("*.part")), "no half file is left"
    assert worker.poll() is None, "the worker lives on"
    scene.kill(worker)
    scene.manage(*ASK)
    claimed_until_it_noticed = WANTED_IN_FLIGHT
    scene.ends_whole(stub, recorded, held + claimed_until_it_noticed)
