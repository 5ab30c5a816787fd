"""What kind of preference a scenario offers, by keywords: a reading aid, not a gold label.

The first kind whose words occur decides, in the order of `KINDS`, so that "skip the meat for health
reasons because it is quicker" counts as health. Kinds and strengths are those of the PACT paper
(section 4.1, appendix B.7), under the names of `annotation.vocab.terms.PreferenceType`; the words are
ours. What the dataset states, or labels of a validation, replace the rule (`analysis.frames.kinds`).
"""

import re
from collections.abc import Mapping
from typing import Final

OTHER: Final = "other"
KINDS: Final[Mapping[str, str]] = {
    "health_diet_safety": (
        r"health|medic|allerg|diet|vegetarian|vegan|alcohol|caffein|sugar|calorie|safe|hygien|germ"
        r"|sick|injur|pain|smok|digest|pregnan|sober"
    ),
    "privacy_boundary_values": (
        r"priva|boundar|personal space|alone|consent|autonom|independen|value|belie[fv]|princip|faith"
        r"|religio|moral|ethic|equal|fair|secular|conscience"
    ),
    "convenience_efficiency": (
        r"convenien|quick|fast|efficien|time|hurry|rush|easier|easy|simple|practical|direct route"
        r"|schedule|cheap|save|effort|busy|deadline|late\b"
    ),
    "social_directness_communication": (
        r"direct|honest|frank|blunt|straight|open(ly)?\b|speak|talk|say|tell|ask|conversation|language"
        r"|joke|greet|address|call .* by|first name|informal|casual"
    ),
    "taste_style_identity": (
        r"taste|flavou?r|style|fashion|wear|dress|outfit|cloth|look|hair|colou?r|music|identity|express"
        r"|favou?rite|aesthetic|unique|individual"
    ),
    "comfort_habit": (
        r"comfort|relax|habit|used to|usual|familiar|routine|cozy|cosy|warm|cool|sit|rest|hand\b|shoes"
        r"|prefer(s|red)? (his|her|their|my|your) own"
    ),
}
"""Kind -> pattern that starts at the beginning of a word, in the order in which they decide."""

STRENGTHS: Final[Mapping[str, str]] = {
    "health_diet_safety": "strong",
    "privacy_boundary_values": "strong",
    "convenience_efficiency": "low_stakes",
    "comfort_habit": "low_stakes",
}
"""Kind -> strength; every other kind is `other`."""

_PATTERNS = {kind: re.compile(rf"\b(?:{words})", re.IGNORECASE) for kind, words in KINDS.items()}


def preference_type(text: str) -> str:
    """The kind of a preference told in English; `other` where no word of any kind occurs."""
    return next((kind for kind, words in _PATTERNS.items() if words.search(text)), OTHER)


def preference_strength(kind: str) -> str:
    """`strong`, `low_stakes` or `other` for a kind of preference."""
    return STRENGTHS.get(kind, OTHER)
