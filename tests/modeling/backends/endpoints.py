"""Every endpoint under contract, and how a test opens one. A new kind adds its entry here.

`ENDPOINTS`: name -> context manager that gives a spec while it lasts; a name begins with the kind.
`ELSEWHERE`: kinds whose package lives in an environment of its own, or that are never asked from
here, and where they are tested.
`SERVERS`: the clients that ask a server prompt by prompt, so that every HTTP fault meets them.
"""

from contextlib import contextmanager
from functools import partial

from modeling.backends import EndpointSpec
from modeling.stub import StubOptions, running_stub

KEY = "sk-planted-secret-0123456789"
MODEL = "pact-stub-1"
HASTE = {"backoff_s": 0.01, "timeout_s": 20.0}


def over_http(kind, stub, **options):
    return EndpointSpec(kind, MODEL, stub.base_url, KEY, {**HASTE, **options})


SERVERS = {
    "openai": partial(over_http, "openai"),
    "openai plain": partial(over_http, "openai", template="plain"),
    "lean": partial(over_http, "lean"),
    "lean plain": partial(over_http, "lean", template="plain"),
}


@contextmanager
def baseline():
    yield EndpointSpec("baseline", "noisy", api_key=KEY)


@contextmanager
def beside_a_stub(spec_of):
    with running_stub(StubOptions(latency_ms=2.0)) as stub:
        yield spec_of(stub)


BATCHES = {
    "openai_batch": partial(over_http, "openai_batch", poll_s=0.05),
    "openai_batch plain": partial(over_http, "openai_batch", poll_s=0.05, template="plain"),
}

ENDPOINTS = {
    "baseline": baseline,
    **{name: partial(beside_a_stub, spec_of) for name, spec_of in (SERVERS | BATCHES).items()},
}

ELSEWHERE = {
    "vllm": "tests/vllm/offline/test_contract.py",
    "files": "tests/modeling/services/test_prompt_files.py",
}
