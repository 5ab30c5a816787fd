"""A web server of the rehearsal's own, on a free port, for as long as it is needed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from pact_site.base.errors import BadInput

START_SECONDS = 30
PATIENCE = 20.0


class ServerNotUp(RuntimeError):  # noqa: N818 - says what happened
    """The web server of the rehearsal does not answer."""


@contextmanager
def server(url: str | None) -> Iterator[str]:
    """The address to talk to; a server of our own lives as long as the block."""
    if url is not None:
        yield url
        return
    if settings.PACT_PRODUCTION:
        raise BadInput("Under production settings the pages need HTTPS.", expected="--url URL")
    if not {"127.0.0.1", "*"} & set(settings.ALLOWED_HOSTS):
        raise BadInput(
            "The server of a rehearsal is not an allowed host.",
            found=settings.ALLOWED_HOSTS,
            expected="127.0.0.1 in PACT_ALLOWED_HOSTS, or --url URL",
        )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(gunicorn_command(port), cwd=settings.BASE_DIR)
    try:
        base = f"http://127.0.0.1:{port}"
        _wait_until_up(process, base)
        yield base
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server; what a rehearsal found is not lost because its server is slow to go."""
    process.terminate()
    try:
        process.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def gunicorn_command(
    port: int, application: str = "pact_site.wsgi", cores: int | None = None
) -> list[str]:
    """How a rehearsal serves; a bench serves another application in the very same way.

    `cores` is how many processors the server may use; those of this process if None.
    """
    if cores is None:  # macOS does not tell
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    workers = max(2, min(4, cores))
    return [
        sys.executable, "-W", "ignore:No directory at",  # static files need not be collected
        "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", "--preload",
        "--workers", str(workers), "--threads", "4", "--keep-alive", "30",
        "--graceful-timeout", "5",  # whoever is done may still hold a connection open
        "--no-control-socket", "--log-level", "warning",
    ]  # fmt: skip


def _wait_until_up(process: subprocess.Popen[bytes], base: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise ServerNotUp(f"The web server stopped at once (exit {process.returncode}).")
        try:
            with urllib.request.urlopen(f"{base}/health/", timeout=2):  # noqa: S310 - our own
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise ServerNotUp(f"The web server did not answer within {START_SECONDS} seconds.")
