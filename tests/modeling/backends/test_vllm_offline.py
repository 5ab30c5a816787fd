"""The offline endpoint where vLLM is not: what it says. With vLLM: tests/vllm/offline."""

import asyncio
import subprocess
import sys
from importlib.util import find_spec

import pytest

from modeling.backends import (
    EndpointSpec,
    MissingPackageError,
    PermanentError,
    absent_kinds,
    defaults_of,
    make_backend,
    vllm_offline,
)
from tests.modeling.platform import ROOT

without_vllm = pytest.mark.skipif(find_spec("vllm") is not None, reason="vLLM is installed here")


@without_vllm
def test_without_the_package_the_error_says_what_to_install_and_where():
    assert absent_kinds() == ["vllm"]
    with pytest.raises(MissingPackageError) as caught:
        make_backend(EndpointSpec("vllm", "some/model"))
    words = str(caught.value)
    for name in ("requirements-vllm.txt", "requirements-vllm-gpu.txt", "docs/how-to/run-vllm.md"):
        assert name in words
        assert (ROOT / name).is_file()


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        ("", {}, "needs a model"),
        ("m", {"dtyp": "auto"}, "Unknown options .*dtyp.*dtype"),
        ("m", {"template": "chatml"}, "Unknown template .*chatml.*chat, plain"),
    ],
)
def test_bad_options_are_refused_before_anything_is_loaded(model, options, words):
    with pytest.raises(PermanentError, match=words):
        vllm_offline.make(EndpointSpec("vllm", model, options=options))


def test_nothing_is_loaded_before_the_first_question():
    backend = vllm_offline.make(EndpointSpec("vllm", "m", options={"adapter": "/nowhere"}))
    assert backend.describe() == {
        "kind": "vllm", "model": "m", "template": "chat", "constrain": False,
    }  # fmt: skip
    asyncio.run(backend.aclose())


def test_the_web_process_learns_the_options_without_vllm():
    code = (
        "import sys; sys.modules['vllm'] = sys.modules['torch'] = None\n"
        "from modeling.backends import defaults_of; print(*defaults_of('vllm'))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == list(defaults_of("vllm")), done.stderr
