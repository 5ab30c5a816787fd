"""The contract of every backend, held by the engine in this process.

The tiny model's weights are random, so the letters on offer are all it may say; what it says of
JSON stands in test_offline.py.
"""

import pytest

from tests.modeling.backends.test_contract import (
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


@pytest.fixture
def spec(over):
    """The endpoint under contract."""
    return over(constrain=True)
