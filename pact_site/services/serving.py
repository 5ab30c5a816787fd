"""The embedded mode's process tree: one web server, one worker and, after
a rehearsal with it, the fake Prolific; started and stopped together."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.urls import reverse

from pact_site.base.errors import BadInput
from survey.prolific import simulated
from survey.prolific.fake.running import TOKEN

WEB_WORKERS = 2
WEB_THREADS = 4
STOP_SECONDS = 15


@dataclass
class Child:
    """A command kept alive: started again when it ends, until we are told to stop."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None = None
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def ensure_running(self) -> None:
        """Start the command if it is not running."""
        if self.process is None or self.process.poll() is not None:
            self.starts += 1
            self.process = subprocess.Popen(
                self.command, cwd=settings.BASE_DIR, env=self.environment
            )

    def stop(self) -> None:
        """Ask the command to end, and end it when it does not."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def web_command(*, host: str, port: int) -> list[str]:
    """Gunicorn on `host`:`port`. Its control socket is off: it is of no use here and clashes."""
    return [
        sys.executable, "-m", "gunicorn", "pact_site.wsgi", "--no-control-socket",
        "--preload", "--bind", f"{host}:{port}", "--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS),
        "--log-level", "warning",
    ]  # fmt: skip


def worker_command() -> list[str]:
    """The loop that leases jobs and chunks from the database."""
    return [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "worker"]


def fake_prolific(host: str, port: int) -> tuple[list[str], dict[str, str]] | None:
    """Command of the fake Prolific, and the environment in which the others find it.

    None where no study was rehearsed with it, or a real account is named: that one is then asked.
    """
    if not simulated.memory().exists() or settings.PACT_PROLIFIC_TOKEN:
        return None
    secret, own = secrets.token_urlsafe(16), _free_port()
    command = [
        sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "fake_prolific",
        "--port", str(own), "--memory", str(simulated.memory()),
        "--webhook", f"http://{host}:{port}{reverse('survey:prolific_webhook')}",
        f"--secret={secret}",  # which may begin with a hyphen
    ]  # fmt: skip
    return command, {
        "PACT_PROLIFIC_URL": f"http://127.0.0.1:{own}/api/v1",
        "PACT_PROLIFIC_TOKEN": TOKEN,
        "PACT_PROLIFIC_WEBHOOK_SECRET": secret,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def require_free_port(host: str, port: int) -> None:
    """Raise BadInput where nothing can listen on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadInput(
                f"Port {port} cannot be used ({error.strerror}).",
                expected="a free port, given by --port or PORT=",
            ) from error


def serve(*, host: str, port: int) -> None:
    """Run web server and worker until SIGINT or SIGTERM; a child that dies is started again."""
    fake = fake_prolific(host, port)
    environment = os.environ | (fake[1] if fake else {})
    children = [
        Child("web", web_command(host=host, port=port), environment),
        Child("worker", worker_command(), environment),
    ]
    if fake:
        children.append(Child("fake Prolific", fake[0]))
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        while not stopping:
            for child in children:
                child.ensure_running()
            time.sleep(min(1.0 + max(child.starts for child in children) * 0.1, 10.0))
    finally:
        for child in children:
            child.stop()
