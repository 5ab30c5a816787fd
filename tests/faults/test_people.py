"""Web server, database, cache and the lines between them go away while people answer.

Each test asserts the same: no answer that somebody saw acknowledged is lost, none is stored twice,
no place is given away twice, everybody ends as the site remembers, and nothing has to be restarted
but what was killed.
"""

import json
import threading
import time

import pytest

from tests.faults.servers import Redis, Web, children
from tests.faults.wires import Wire

pytestmark = [pytest.mark.slow, pytest.mark.faults]
PEOPLE = 40


class Rehearsal:
    """Simulated people on their way through the real pages, in a process of their own."""

    def __init__(self, scene, url, seed):
        self.scene = scene
        self.process = scene.start(
            "simulate_participants", "--study", "first-light", "--n", PEOPLE, "--seed", seed,
            "--dropout", 0.1, "--concurrency", 16, "--pause", 0.05, 0.3, "--patience", 90,
            "--url", url, "--json",
        )  # fmt: skip

    def answered(self, n):
        """Wait until so many answers are stored."""
        self.scene.wait_until(f"select count(*) >= {n} from survey_answer")

    def ends_whole(self):
        """What the command counted, after everybody is through."""
        out, err = self.process.communicate(timeout=240)
        assert self.process.returncode == 0, err
        found = json.loads(out.splitlines()[-1])
        never = ("answers_lost", "duplicates", "cells_over_target", "endings_wrong")
        assert {name: found[name] for name in never} == dict.fromkeys(never, 0)
        assert found["max_imbalance"] <= 1
        assert found["completed"] > PEOPLE / 2
        assert found["answers_stored"] == found["answers_sent"] > PEOPLE * 4
        return found


@pytest.fixture
def web(scene):
    with Web(scene.environment) as served:
        yield served


def test_replies_that_never_arrive(scene, web):
    with Wire(web.port, lose=4) as wire:
        found = Rehearsal(scene, f"http://127.0.0.1:{wire.port}", 1).ends_whole()
        assert wire.lost > PEOPLE, "many were saved and never heard of it"
        assert found["retried"] >= wire.lost - PEOPLE


def test_the_web_server_is_killed_while_people_answer(scene, web):
    people = Rehearsal(scene, web.url, 2)
    for answers in (20, 90):
        people.answered(answers)
        web.restart(away_s=0.5)
    people.answered(130)
    with scene.held_table("survey_answer"):
        scene.waiting(3)  # in the middle of saving
        web.kill()
    web.start()
    assert people.ends_whole()["retried"] > 0


def test_new_web_processes_take_over_while_people_answer(scene, web):
    """docs/how-to/upgrade-without-downtime.md: nobody is told to come back later."""
    people = Rehearsal(scene, web.url, 5)
    people.answered(60)
    before = web.process.pid
    web.replace()
    assert children(int(web.pid_file.read_text())), "the new ones have the old one's name"
    assert int(web.pid_file.read_text()) != before
    people.ends_whole()


def test_the_database_is_killed_while_people_answer(scene, web, postgres):
    people = Rehearsal(scene, web.url, 3)
    for answers in (30, 120):
        people.answered(answers)
        postgres.kill()
        for path in ("/", "/ready/", "/s/first-light/consent/"):
            status, headers, text = web.asks(path)
            assert status == 503, path
        assert headers["Retry-After"] == "5"
        assert "One moment, please" in text
        assert "Traceback" not in text
        postgres.start()
    assert people.ends_whole()["retried"] > 0
    assert web.asks("/ready/")[0] == 200, "the same processes answer as before"


def cut_until(over, wires, dropped):
    while not over.wait(0.4):
        dropped += [wire.cut() for wire in wires]


def test_connections_to_database_and_cache_are_cut(scene, postgres):
    with Redis() as cache, Wire(postgres.port) as to_data, Wire(cache.port) as to_cache:
        through = scene.environment | {
            "DATABASE_URL": f"postgres://pact@127.0.0.1:{to_data.port}/{scene.name}",
            "REDIS_URL": f"redis://127.0.0.1:{to_cache.port}/0",
        }
        with Web(through) as web:
            people, over, dropped = Rehearsal(scene, web.url, 4), threading.Event(), []
            people.answered(10)
            cutter = threading.Thread(target=cut_until, args=(over, (to_data, to_cache), dropped))
            cutter.start()
            people.answered(120)
            over.set()
            cutter.join()
            to_data.down = to_cache.down = True
            dropped += [to_data.cut(), to_cache.cut()]
            assert web.asks("/")[0] == 503
            time.sleep(1.0)
            to_data.down = False  # the cache stays away: people are let in without it
            assert people.ends_whole()["retried"] > 0
            assert sum(dropped) > 10
