"""Countries named in running text."""

import pytest

from annotation.vocab.mentions import countries_mentioned


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("A guest in South Africa waits.", {"ZA"}),
        ("From Namibia to the United Kingdom.", {"NA", "GB"}),
        ("the Republic of Korea, not North Korea", {"KR", "KP"}),
        ("Jordan met Chad at a cafe.", set()),
        ("People in Jordan greet everybody.", {"JO"}),
        ("Turkey sandwiches are served.", set()),
        ("a Brazilian dish, Mali-style", set()),
        ("Guinea-Bissau and Papua New Guinea", {"GW", "PG"}),
        ("", set()),
    ],
)
def test_names_count_as_written(text, codes):
    assert countries_mentioned(text) == codes
