"""The contract of every backend, held by the clients of servers against a real vLLM server.

The tiny model's weights are random, so the letters on offer are all it may say; what it says of
JSON stands in test_server.py.
"""

import pytest

from modeling.backends import EndpointSpec
from tests.modeling.backends.endpoints import KEY, SERVERS
from tests.vllm.offline.test_contract import (
    test_a_repeated_key_is_refused,
    test_answers_do_not_depend_on_order_or_company,
    test_cancelling_the_asker_does_not_starve_others,
    test_closing_early_leaves_nothing_running_and_the_backend_usable,
    test_description_is_json_and_holds_no_secret,
    test_every_prompt_is_answered_exactly_once,
    test_nothing_asked_nothing_answered,
    test_without_logprobs_the_text_is_read,
)

__all__ = [
    "test_a_repeated_key_is_refused",
    "test_answers_do_not_depend_on_order_or_company",
    "test_cancelling_the_asker_does_not_starve_others",
    "test_closing_early_leaves_nothing_running_and_the_backend_usable",
    "test_description_is_json_and_holds_no_secret",
    "test_every_prompt_is_answered_exactly_once",
    "test_nothing_asked_nothing_answered",
    "test_without_logprobs_the_text_is_read",
]


@pytest.fixture(params=sorted(SERVERS))
def spec(request, server):
    """Each client of servers, by chat and by plain completion."""
    kind, _, template = request.param.partition(" ")
    options = {"constrain": True, "template": template or "chat"}
    return EndpointSpec(kind, "tiny", server, KEY, options)
