"""One vLLM server for all of these tests, started from an environment of its own.

`make test-vllm` makes that environment and says where it is; without it these tests are not there.
"""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from modeling.backends import EndpointSpec
from tests.modeling.backends.conftest import ask, make_prompts
from tests.vllm.building import QUIET, build

__all__ = ["ask", "make_prompts"]

PYTHON = os.environ.get("PACT_TEST_VLLM", "")
"""Path to the Python that has vLLM."""

READY_WITHIN_S = 300

ON_A_CPU = ("--enforce-eager", "--max-model-len", "4096", "--dtype", "float32")
"""No compiling, and numbers precise enough to compare."""

collect_ignore_glob = [] if PYTHON else ["test_*.py"]


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory) -> Path:
    """Where the tiny model and its adapter lie."""
    return build(tmp_path_factory.mktemp("tiny"), PYTHON)


@pytest.fixture(scope="session")
def server(model_folder, tmp_path_factory) -> Iterator[str]:
    """The base URL of a vLLM server with the model `tiny` and the adapter `tiny-adapted`."""
    adapter = ("--enable-lora", "--lora-modules", f"tiny-adapted={model_folder / 'adapter'}")
    with _serving(model_folder / "model", tmp_path_factory.mktemp("vllm"), *adapter) as url:
        yield url


@pytest.fixture(scope="module")
def base_server(model_folder, tmp_path_factory) -> Iterator[str]:
    """The base URL of a vLLM server with a base model: the same, without a chat template."""
    with _serving(model_folder / "base", tmp_path_factory.mktemp("vllm")) as url:
        yield url


@pytest.fixture
def spec(server) -> EndpointSpec:
    """The endpoint under test."""
    return EndpointSpec("openai", "tiny", server)


@contextmanager
def _serving(model: Path, folder: Path, *more: str) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(PYTHON, "-m", "vllm.entrypoints.openai.api_server"),
        *("--model", str(model), "--served-model-name", "tiny", *ON_A_CPU),
        *("--host", "127.0.0.1", "--port", str(port), *more),
    ]
    log = folder / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=stream, env={**os.environ, **QUIET}
        )
    try:
        _wait(f"http://127.0.0.1:{port}/health", process, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    pytest.fail("vLLM did not come up:\n" + log.read_text(errors="replace")[-4000:])
