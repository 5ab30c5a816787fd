"""Published figures that follow from other published figures."""

import pandas as pd
import pytest

from analysis.metrics import alignment_table
from tests.analysis.metrics.small import make_human, make_model
from tests.analysis.metrics.tables import value

# PACT Table 18, no persona: allow rates in per cent (personal, norm).
ALLOW = {
    "DeepSeek": (38.6, 17.6),
    "GPT": (13.6, 9.7),
    "Llama": (24.4, 9.7),
    "Mistral": (42.6, 8.5),
    "OLMo": (64.8, 43.2),
    "Qwen": (11.4, 3.4),
}
# PACT Table 22, no persona: rate-alignment distance (personal, norm).
DISTANCE = {
    "DeepSeek": (0.112, 0.073),
    "GPT": (0.138, 0.152),
    "Llama": (0.030, 0.152),
    "Mistral": (0.152, 0.164),
    "OLMo": (0.373, 0.183),
    "Qwen": (0.161, 0.215),
}
PEOPLE_ALLOW = {"personal": 274, "norm": 249}  # per thousand, item-weighted


@pytest.fixture(scope="module")
def table():
    """A thousand items with one person and one hard answer each, at the published rates."""
    human = make_human(
        *(
            (
                "a",
                f"{number}",
                float(number >= PEOPLE_ALLOW["personal"]),
                float(number >= PEOPLE_ALLOW["norm"]),
            )
            for number in range(1000)
        )
    )
    models = []
    for name, rates in ALLOW.items():
        for frame, rate in zip(("personal", "norm"), rates, strict=True):
            answers = [(f"{n}", frame, float(n >= round(10 * rate))) for n in range(1000)]
            models.append(make_model(*answers, model=name))
    return alignment_table(human, pd.concat(models, ignore_index=True), replicates=5)


@pytest.mark.parametrize("name", ALLOW)
@pytest.mark.parametrize("place", [0, 1])
def test_table_22_follows_from_table_18(table, name, place):
    frame = ("personal", "norm")[place]
    got = value(table, "rate_gap_abs", model=name, setting="no_persona", frame=frame)
    assert got == pytest.approx(DISTANCE[name][place], abs=0.0015)


@pytest.mark.parametrize("name", ALLOW)
def test_the_average_column_is_the_mean_of_both_frames(table, name):
    got = value(table, "rate_gap_abs", model=name, setting="no_persona", frame="both")
    assert got == pytest.approx(sum(DISTANCE[name]) / 2, abs=0.0015)
