"""Kinds of preference by keywords: the first kind whose words occur decides."""

import pytest

from analysis.metrics.preferences import (
    KINDS,
    OTHER,
    STRENGTHS,
    preference_strength,
    preference_type,
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Decline the second serving for health reasons, it is quicker too.", "health_diet_safety"),
        ("Avoid caffeine late in the day.", "health_diet_safety"),
        ("Keep the conversation private.", "privacy_boundary_values"),
        ("Round the bill, which is the faster option.", "convenience_efficiency"),
        ("Say openly that the dish is salty.", "social_directness_communication"),
        ("Wear an outfit in a favourite colour.", "taste_style_identity"),
        ("Keep the shoes on, as usual.", "comfort_habit"),
        ("Bring nothing.", OTHER),
        ("", OTHER),
        ("Unhealthy is no word of ours", OTHER),  # patterns start at the beginning of a word
    ],
)
def test_a_preference_has_the_first_kind_whose_words_it_holds(text, kind):
    assert preference_type(text) == kind
    assert preference_type(text.upper()) == kind


def test_every_kind_has_a_strength():
    assert {preference_strength(kind) for kind in KINDS} == {"strong", "low_stakes", "other"}
    assert set(STRENGTHS) <= set(KINDS)
    assert preference_strength(OTHER) == "other"
