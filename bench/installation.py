"""An installation of a bench's own: a database, a folder, and processes that are all ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).resolve().parents[1]
SERVER = "postgres://postgres@127.0.0.1:5432/postgres"
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Installation:
    """Where it lives, and what runs: name -> process. `environment` is that of all of them."""

    home: Path
    environment: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def manage(self, *words: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command seen to its end; the bench ends where it fails, unless told otherwise."""
        done = subprocess.run(
            self.command(*words), cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        if check and done.returncode:
            sys.exit(f"{' '.join(map(str, words))}: {done.stderr.strip()[-2000:]}")
        return done

    def tell(self, code: str) -> str:
        """The last line that Python code prints in the installation's own shell."""
        return self.manage("shell", "--no-imports", "-c", code).stdout.splitlines()[-1]

    def start(self, name: str, *command: object) -> subprocess.Popen[bytes]:
        """A process in a group of its own; what it says goes to a file of its name."""
        log = (self.home / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(
            [str(word) for word in command], cwd=ROOT, env=self.environment,
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        return self.running[name]

    def start_manage(self, name: str, *words: object) -> subprocess.Popen[bytes]:
        """A command in the background."""
        return self.start(name, *self.command(*words))

    def start_web(self, workers: int, threads: int) -> str:
        """The web server as the how-to starts it, on a free port; its address."""
        port = free_port()
        self.start(
            "web", sys.executable, "-W", "ignore", "-m", "gunicorn", "pact_site.wsgi",
            "--no-control-socket", "--preload", "--bind", f"127.0.0.1:{port}",
            "--workers", workers, "--threads", threads, "--log-level", "warning",
        )  # fmt: skip
        wait_for(f"http://127.0.0.1:{port}/ready/")
        return f"http://127.0.0.1:{port}"

    def memory(self) -> dict[str, float]:
        """Resident megabytes by the name of what was started, each process of a group by itself."""
        found = {}
        for name, process in self.running.items():
            for number, pid in enumerate(_group(process.pid)):
                if (megabytes := _resident(pid)) is not None:
                    found[f"{name} {number}" if number else name] = megabytes
        return found

    def stop(self) -> None:
        """End everything, the last first; what does not go in 20 s is killed."""
        for process in reversed(self.running.values()):
            if process.poll() is None:
                process.terminate()
        for process in reversed(self.running.values()):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    @staticmethod
    def command(*words: object) -> list[str]:
        """How a command of manage.py is run."""
        return [sys.executable, "-W", "ignore", "manage.py", *map(str, words)]


@contextmanager
def installed(**settings: str) -> Iterator[Installation]:
    """A migrated installation on a database of its own (PostgreSQL at DATABASE_URL), gone at the end."""
    server = os.environ.get("DATABASE_URL", SERVER)
    name = f"pact_bench_{os.getpid()}"
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pact-bench-")))
        url = urlsplit(server)._replace(path=f"/{name}").geturl()
        environment = os.environ | {"PACT_HOME": str(home), "DATABASE_URL": url} | settings
        _ask(server, f"CREATE DATABASE {name}")
        stack.callback(_ask, server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        made = Installation(home, environment)
        stack.callback(made.stop)
        made.manage("migrate", "--verbosity", "0")
        yield made


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, seconds: float = 60.0) -> None:
    """Until an address answers; the bench ends where it does not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"{url} did not answer within {seconds:.0f} s")


def _ask(server: str, sql: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql)  # type: ignore[call-overload]


def _group(leader: int) -> list[int]:
    """A process and all that come from it, in the order in which they were started."""
    try:
        told = Path(f"/proc/{leader}/task/{leader}/children").read_text()
    except OSError:
        return []
    return [leader, *(pid for child in told.split() for pid in _group(int(child)))]


def _resident(pid: int) -> float | None:
    """Resident memory of a process in MB; None where it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1e6
    except OSError:
        return None
