"""The tiny model in a folder, and endpoints of kind `vllm` over it.

Only in an environment with vLLM; elsewhere these tests are not there.
"""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from modeling.backends import EndpointSpec
from tests.modeling.backends.conftest import ask, make_prompts
from tests.modeling.backends.endpoints import KEY
from tests.vllm.building import QUIET, build

__all__ = ["ask", "make_prompts"]

collect_ignore_glob = [] if find_spec("vllm") else ["test_*.py"]

SMALL = {"enforce_eager": True, "max_model_len": 4096, "dtype": "float32"}
"""For a CPU: no compiling, and numbers precise enough to compare."""

os.environ.update(QUIET)


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory) -> Path:
    """Where the tiny model, the same without a chat template, and its adapter lie."""
    return build(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def over(model_folder):
    """`over(**options)`: the endpoint under test; `model` names another folder beside it."""

    def spec_of(model: str = "model", **options: object) -> EndpointSpec:
        return EndpointSpec("vllm", str(model_folder / model), "", KEY, {**SMALL, **options})

    return spec_of
