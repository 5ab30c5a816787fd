"""A platform in the middle of its work, what is recorded of it, and what must hold at its end."""

import os
import signal
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from tests.faults.servers import PostgreSQL
from tests.modeling.platform import ROOT, Platform

# 8 scenarios x 4 receivers x (1 + 5 countries x 4) x 2 frames x 2 orders
CELLS = 8 * 4 * 21 * 2 * 2
CHUNK = 25
ASK = (
    "run_models",
    "--dataset",
    "little",
    "--endpoint",
    "env",
    "--chunk-size",
    CHUNK,
    "--skip-preflight",
)
COUNT = """
import json
from modeling.models import Run
from tests.modeling.making import planned_keys, stored_rows
run = Run.objects.get()
keys = [row["cell_key"] for row in stored_rows(run)]
print(json.dumps({
    "state": run.state, "error": run.error, "rows": len(keys), "distinct": len(set(keys)),
    "as planned": sorted(keys) == sorted(planned_keys(run)),
}))
"""
WHOLE = {"state": "done", "error": "", "rows": CELLS, "distinct": CELLS, "as planned": True}


@dataclass
class Scene(Platform):
    """A platform on a PostgreSQL of our own."""

    server: PostgreSQL = None
    name: str = ""
    workers: list = field(default_factory=list)

    def query(self, sql):
        return self.server.query(self.name, sql)

    def one(self, sql):
        return self.query(sql)[0][0]

    def background(self, *args):
        """A process in a group of its own, so that all of it can be killed."""
        process = subprocess.Popen(
            [sys.executable, *map(str, args)], cwd=ROOT, env=self.environment,
            start_new_session=True,
        )  # fmt: skip
        self.workers.append(process)
        return process

    def worker(self):
        return self.background("manage.py", "worker", "--kinds", "chunks")

    def celery(self, queue_name):
        """A worker with beat inside."""
        return self.celery_worker("-B", "-s", self.home / f"beat-{queue_name}")

    def celery_worker(self, *more):
        name = f"{uuid.uuid4().hex}@%h"
        return self.background("-m", "celery", "-A", "pact_site", "worker", *more,
                               "-c", 2, "-n", name, "--loglevel", "ERROR",
                               "--without-gossip", "--without-mingle")  # fmt: skip

    def beat(self):
        return self.background("-m", "celery", "-A", "pact_site", "beat", "-s", self.home / "beat",
                               "--pidfile=", "--loglevel", "ERROR")  # fmt: skip

    def recorded(self):
        """Chunk -> when it was done, of those that are; its file may be compacted later."""
        done = "select number, finished_at from modeling_chunk where state = 'done'"
        return dict(self.query(done))

    def held(self):
        """Cells in chunks that somebody holds now."""
        return self.one(
            "select coalesce(sum(stop - start - rows), 0) from modeling_chunk where state = 'running'"
        )

    def in_the_middle(self, owners=1):
        """Some answers are recorded, so many processes hold chunks, and nobody takes any more.

        The stub holds back what it is asked by then. Returns what is recorded and what is held.
        """
        self.wait_until(
            "select count(*) filter (where state = 'done') >= 2 and count(distinct owner_process) "
            f"filter (where state = 'running') >= {owners} from modeling_chunk"
        )
        before = None
        while before != (now := (self.recorded(), self.held())):
            before = now
            time.sleep(2.0)
        return now

    def done(self, seconds=120):
        self.wait_until(
            "select state not in ('running', 'planned') from modeling_run", seconds=seconds
        )

    def chunks_of(self, process):
        """The query for the chunks that a worker holds."""
        return (
            "select stop - start - rows from modeling_chunk "
            f"where state = 'running' and owner_process like '{process.pid}:%'"
        )

    def kill_holding(self, process):
        """Kill a worker; how many cells it held. It is stopped first: others take over at once."""
        os.killpg(process.pid, signal.SIGSTOP)
        time.sleep(0.5)  # what it had sent to the database by then is done
        held = sum(left for (left,) in self.query(self.chunks_of(process)))
        self.kill(process)
        return held

    def kill(self, process):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.workers.remove(process)

    def ends_whole(self, stub, recorded, held):
        """Lost 0, doubled 0, what was recorded is still there, re-asked at most what was held."""
        self.done()
        assert self.tell(COUNT) == WHOLE
        now = self.recorded()
        assert {number: now[number] for number in recorded} == recorded, "recorded answers stay"
        again = stub.stats()["requests"] - CELLS
        assert again <= held, f"{again} cells asked again, {held} were held"

    @contextmanager
    def held_table(self, table):
        """Whoever writes to this table, or reads it, waits in the middle of what they do."""
        with psycopg.connect(self.server.url(self.name)) as holder:
            holder.execute(f"lock table {table} in access exclusive mode")
            yield

    def waiting(self, n=1):
        """Wait until so many sessions of this database wait for a lock."""
        self.wait_until(
            f"select count(*) >= {n} from pg_stat_activity "
            f"where datname = '{self.name}' and wait_event_type = 'Lock'"
        )
