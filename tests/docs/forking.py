"""Commands of one little installation, each in a fork of a process that has loaded everything.

    python -m tests.docs.forking SOCKET

Starting `manage.py` takes two seconds of imports. Here they are done once: a page's
`.venv/bin/python` (see `CLIENT`) sends its arguments, environment, folder and streams over a socket,
and a fork runs the command with them. A command that serves is left running in a process group of
its own, which is noted in the file `pids` of the page's folder.
"""

import contextlib
import importlib
import json
import os
import signal
import socket
import sys
import time
import traceback
from pathlib import Path

CLIENT = """#!{python} -IS
import json, os, socket, sys
if sys.argv[1:2] not in (["manage.py"], ["-c-forked"]):
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
line = socket.socket(socket.AF_UNIX)
line.connect({socket!r})
asked = {{"argv": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}}
message = json.dumps(asked).encode()
socket.send_fds(line, [b"x"], [0, 1, 2])
line.sendall(message)
line.shutdown(socket.SHUT_WR)
sys.exit(int(line.makefile().read() or 1))
"""
NEWEST = {"ID", "RUN"}  # what pages write for the run that was just made
HEAVY = (
    "statsmodels.api", "polars", "pyarrow.parquet", "scipy.stats", "openai", "altair", "vl_convert",
    "analysis.metrics.alignment", "analysis.reports.build", "analysis.reports.inputs",
    "modeling.services.engine", "survey.services.rehearsal",
)  # fmt: skip
SERVING = {"stub_server", "fake_prolific", "runserver", "serve", "worker"}


def main(path: str) -> None:
    """Load, then fork for whoever connects."""
    _load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        print("ready", flush=True)
        while True:
            line, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _answer(line)
            line.close()


def _load() -> None:
    """Everything that commands and pages import, and no connection or thread."""
    import django

    django.setup()
    from django.urls import get_resolver

    for name in HEAVY:
        importlib.import_module(name)
    for part in get_resolver().url_patterns:
        getattr(part, "url_patterns", None)


def _answer(line: socket.socket) -> None:
    """In the fork: become the command that was asked for, and say how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, streams, _, _ = socket.recv_fds(line, 1, 3)
    asked = json.loads(line.makefile().read())
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    _read_settings_again()
    argv = [_newest_run() if word in NEWEST else word for word in asked["argv"]]
    code = _left_running(argv, line) if _serves(argv) else _run(argv)
    with contextlib.suppress(OSError):
        line.sendall(str(code).encode())
    os._exit(code)


def _read_settings_again() -> None:
    """The settings of this environment, and of this environment's database."""
    from django.conf import settings
    from django.db import connections

    module = importlib.reload(importlib.import_module("pact_site.settings"))
    for name in filter(str.isupper, dir(module)):
        setattr(settings, name, getattr(module, name))
    connections.settings = connections.configure_settings(settings.DATABASES)
    for name in connections:
        with contextlib.suppress(AttributeError):  # made while loading, with other settings
            del connections[name]


def _newest_run() -> str:
    from modeling.models import Run

    return str(Run.objects.latest("pk").public_id)


def _serves(argv: list[str]) -> bool:
    return (argv[1] in SERVING and "--until-idle" not in argv) or "--every" in argv


def _run(argv: list[str]) -> int:
    """A command, or a piece of Python (`-c-forked TEXT`), to its end; its exit code."""
    code = 0
    try:
        if argv[0] == "manage.py":
            sys.argv = argv
            importlib.import_module("manage").main()
        else:
            exec(compile(argv[1], "block", "exec"), {"__name__": "__main__"})
    except SystemExit as stopped:
        code = stopped.code if isinstance(stopped.code, int) else int(bool(stopped.code))
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _left_running(argv: list[str], line: socket.socket) -> int:
    """The command in a group of its own; returns when it listens where it was told to."""
    child = os.fork()
    if child == 0:
        os.setsid()
        line.close()  # who asked waits for its end
        with Path("servers.log").open("a") as log:
            for number in (1, 2):
                os.dup2(log.fileno(), number)
        os._exit(_run([*argv, "--noreload"] if argv[1] == "runserver" else argv))
    with Path("pids").open("a") as pids:
        pids.write(f"{child}\n")
    return 0 if _listens(_port(argv)) else 1


def _port(argv: list[str]) -> int | None:
    if argv[1] == "runserver":
        return int(argv[2])
    return int(argv[argv.index("--port") + 1]) if "--port" in argv else None


def _listens(port: int | None) -> bool:
    for _ in range(300 if port else 0):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        time.sleep(0.05)
    return port is None


if __name__ == "__main__":
    main(sys.argv[1])
