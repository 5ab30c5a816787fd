"""Servers of the tests' own, on free ports and in folders of their own, to be killed at will."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis

LOCAL = "127.0.0.1"


def free_port():
    with socket.socket() as probe:
        probe.bind((LOCAL, 0))
        return probe.getsockname()[1]


def found(name, *folders):
    """The path of a program; a failure, and no skip, where it is not installed."""
    path = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ["PATH"]]))
    assert path, f"{name} is not installed; test-faults starts one of its own"
    return path


class Server:
    """A process that is started, killed without warning, and started again."""

    def __init__(self):
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="pact-faults-", dir="/tmp"))
        self.process = None

    def command(self):
        raise NotImplementedError

    def answers(self):
        raise NotImplementedError

    def environment(self):
        return os.environ

    def start(self):
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            self.command(), env=self.environment(), stdout=log, stderr=log, start_new_session=True
        )
        end = time.monotonic() + 90
        while not self.answers():
            gone = self.process.poll() is not None or time.monotonic() > end
            assert not gone, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.1)

    def kill(self):
        """The whole group at once, as a machine that loses power does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def restart(self, away_s=2.0):
        self.kill()
        time.sleep(away_s)
        self.start()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *problem):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class PostgreSQL(Server):
    """As the user `postgres` where we are root: it refuses to run as root."""

    def __init__(self):
        super().__init__()
        bins = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        self.bin = Path(found("postgres", *bins)).parent
        self.as_user = []
        if os.geteuid() == 0:
            shutil.chown(self.folder, pwd.getpwnam("postgres").pw_uid)
            self.as_user = [
                found("setpriv"),
                "--reuid=postgres",
                "--regid=postgres",
                "--init-groups",
            ]
        self.data = self.folder / "data"
        made = [self.bin / "initdb", "-D", self.data, "-U", "pact", "-A", "trust", "--no-sync"]
        subprocess.run([*self.as_user, *map(str, made)], check=True, stdout=subprocess.DEVNULL)

    def command(self):
        options = ["-D", self.data, "-p", self.port, "-k", self.folder, "-h", LOCAL]
        return [*self.as_user, str(self.bin / "postgres"), *map(str, options)]

    def kill(self):
        super().kill()
        for left in ("postmaster.pid", f".s.PGSQL.{self.port}.lock"):
            (self.folder / left).unlink(missing_ok=True)

    def answers(self):
        try:
            self.query("postgres", "select 1")
        except psycopg.OperationalError:
            return False
        return True

    def url(self, name):
        return f"postgres://pact@{LOCAL}:{self.port}/{name}"

    def query(self, name, sql):
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def create(self, name, template="template1"):
        self.query("postgres", f"create database {name} template {template}")


class Redis(Server):
    """Keeps nothing on disk, so that a restart empties it."""

    @property
    def address(self):
        return f"redis://{LOCAL}:{self.port}/0"

    def command(self):
        options = {
            "port": self.port,
            "bind": LOCAL,
            "save": "",
            "appendonly": "no",
            "dir": self.folder,
        }
        return [found("redis-server"), *(str(x) for k, v in options.items() for x in (f"--{k}", v))]

    def answers(self):
        try:
            return redis.Redis(LOCAL, self.port).ping()
        except redis.ConnectionError:
            return False


class RabbitMQ(Server):
    """A node of its own beside whatever runs on this machine; its queues outlive a restart."""

    def __init__(self):
        super().__init__()
        self.distribution = free_port()
        config = self.folder / "rabbit.conf"
        config.write_text(f"listeners.tcp.default = {LOCAL}:{self.port}\n")
        (self.folder / "plugins").write_text("[].\n")

    @property
    def address(self):
        return f"amqp://guest:guest@{LOCAL}:{self.port}//"

    def command(self):
        return [found("rabbitmq-server", "/usr/lib/rabbitmq/bin", "/usr/sbin")]

    def environment(self):
        own = {
            "NODENAME": f"pact{self.port}@localhost", "DIST_PORT": self.distribution,
            "CONFIG_FILE": self.folder / "rabbit.conf", "MNESIA_BASE": self.folder / "data",
            "LOG_BASE": self.folder, "LOGS": "-", "PID_FILE": self.folder / "pid",
            "ENABLED_PLUGINS_FILE": self.folder / "plugins",
        }  # fmt: skip
        told = {f"RABBITMQ_{name}": str(value) for name, value in own.items()}
        return os.environ | told | {"HOME": str(self.folder)}

    def answers(self):
        from celery import Celery

        with Celery(broker=self.address).connection_for_write(connect_timeout=2) as connection:
            try:
                connection.connect()
            except connection.connection_errors:
                return False
            return True


class Web(Server):
    """The site as docs/how-to/run-on-services.md starts it, for one platform's settings."""

    def __init__(self, settings):
        super().__init__()
        self.settings = settings
        self.url = f"http://{LOCAL}:{self.port}"
        self.pid_file = self.folder / "web.pid"

    def command(self):
        return [
            str(Path(sys.executable).with_name("gunicorn")), "pact_site.wsgi",
            "--no-control-socket", "--preload", "--bind", f"{LOCAL}:{self.port}",
            "--workers", "2", "--threads", "4", "--log-level", "critical",
            "--pid", str(self.pid_file),
        ]  # fmt: skip

    def environment(self):
        return self.settings

    def replace(self):
        """New processes beside the old ones on the same socket, then the old ones end."""
        os.kill(self.process.pid, signal.SIGUSR2)
        second, end = self.pid_file.with_name("web.pid.2"), time.monotonic() + 90
        while not (second.exists() and children(int(second.read_text()))):
            assert time.monotonic() < end, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.1)
        self.process.terminate()
        self.process.wait(60)
        while not self.pid_file.exists():  # the new ones take the name within a second or two
            assert time.monotonic() < end
            time.sleep(0.1)

    def asks(self, path, session=""):
        """Status, headers and text of a page; a 5xx is an answer as well."""
        request = urllib.request.Request(
            self.url + path, headers={"Cookie": f"sessionid={session}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def answers(self):
        try:
            return self.asks("/health/")[0] == 200
        except OSError:
            return False


def children(pid):
    """Processes that another one started."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@contextmanager
def all_killed(processes):
    """Whatever is left of these process groups at the end is killed."""
    try:
        yield processes
    finally:
        for process in processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
