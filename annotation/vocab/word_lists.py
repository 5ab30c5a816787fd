"""Words that the checks of a scenario's wording look for. A trailing `*` stands for any ending."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

FUNCTION_WORDS: Final = frozenset(
    """a about above actor after all also am an and any are as at be because been before being both
    but by can could did do does down each for from had has have he her here hers him his how i if
    in into is it its just let me more most my no not of off on once one only or other our out over
    own s she so some than that the their them then there they this those through to too until up
    very was we were what when where whether which while who will with would you your""".split()  # noqa: SIM905
)
"""Words that carry no content; `actor` stands in every situation and preference."""

NEGATIONS: Final = frozenset({"not", "no", "never", "without", "avoid", "refrain", "nor"})

GIVING_AWAY: Final = (
    "cultur*", "tradition*", "custom", "customs", "customary", "norm", "norms", "etiquette",
    "polite*", "impolite*", "rude*", "respectful*", "disrespect*", "proper", "properly",
    "appropriate*", "inappropriate*", "as expected", "prefer*", "own way", "own preference",
)  # fmt: skip
"""In an action: they tell which of the two is the culture's and which the person's."""

EXPLAINING: Final = ("because", "instead", "despite", "in order to", "out of respect", "to show")
"""In one action alone: a reason or a contrast that the other action does not have."""

MOCKING: Final = (
    "absurd", "backward", "barbar*", "laughable", "nonsens*", "old-fashioned", "outdated",
    "pointless", "primitive", "ridiculous*", "silly", "stupid*", "superstitio*", "uncivili*",
    "weird*", "bizarre",
)  # fmt: skip
MORALISING: Final = (
    "disgrace*", "immoral*", "morally", "ought", "right thing", "shameful", "should", "sinful",
    "unethical", "wrong",
)  # fmt: skip
STEREOTYPING: Final = (
    "all of them", "people like that", "such people", "these people", "they always", "they never",
    "those people", "typical of",
)  # fmt: skip

DEMOGRAPHIC: Final = (
    "woman", "women", "man", "men", "female", "male", "girl", "girls", "boy", "boys", "lady",
    "ladies", "gentleman", "gentlemen", "young", "younger", "elderly", "middle-aged", "teenager*",
    "gender", "nationality", "ethnic*", "immigrant*", "foreigner*", "tourist*", "expat*",
    "muslim*", "christian*", "hindu*", "buddhist*", "jewish", "catholic*",
)  # fmt: skip
"""In a preference: it would rest on who the actor is."""

PLACES: Final = (
    "african*", "arab", "arabs", "arabic", "asian*", "european*", "latin american*", "western",
    "westerner*", "middle eastern*", "home country", "own country", "back home",
)  # fmt: skip

DECIDED: Final = (
    "decides to", "decided to", "chooses to", "chose to", "refuses to", "refused to",
    "insists on", "insisted on", "ends up", "ended up", "goes ahead", "went ahead",
)  # fmt: skip
"""In a situation: the actor has acted already."""

ASKING: Final = ("acceptable", "appropriate", "is it ok*", "did the right", "socially")
"""In a question at the end of a situation: the source's own question was left in."""

PERSONS: Final = (
    "host", "hosts", "hostess", "guest", "guests", "elder", "elders", "colleague", "colleagues",
    "boss", "manager", "neighbour", "neighbor", "neighbours", "neighbors", "friend", "friends",
    "teacher", "waiter", "server", "driver", "parent", "parents", "mother", "father", "mother-in-law",
    "father-in-law", "grandmother", "grandfather", "uncle", "aunt", "child", "children", "family",
    "group", "stranger", "visitor", "client", "customer", "shopkeeper", "cashier", "{receiver}",
)  # fmt: skip
"""Whom an action can be directed at."""

DEMONYMS: Final = tuple(
    """Afghan* American* Argentine* Argentinian* British Briton* Burmese Chinese Croat* Czech* Danish
    Dane Danes Dutch English Englishman Filipino* Filipina* Finnish Finn Finns French Frenchman Greek*
    Icelander* Icelandic Iraqi* Irish Israeli* Kazakh* Kiwi* Kyrgyz Lao Laotian* Lebanese Malagasy Maltese
    Norwegian* Omani* Pakistani* Peruvian* Polish Pole Poles Portuguese Qatari* Saudi* Scottish Scots Serb*
    Slovak* Slovene* Somali* Spanish Spaniard* Swedish Swede Swedes Swiss Tajik* Thai Thais Turk Turks
    Turkish Turkmen Uzbek* Welsh Yemeni* Cypriot* Emirati* Congolese Ivorian* Basotho Motswana
    Batswana Monegasque*""".split()  # noqa: SIM905
)
"""Names of peoples that do not begin as their country's name does."""


def found(text: str, words: Iterable[str], *, exact_case: bool = False) -> list[str]:
    """The words of a list that occur in the text, as they stand there, each once, in order."""
    pattern = _pattern(tuple(words), exact_case)
    return list(dict.fromkeys(match.group() for match in pattern.finditer(text)))


@cache
def _pattern(words: tuple[str, ...], exact_case: bool) -> re.Pattern[str]:
    parts = [
        re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "")
        for word in sorted(words, key=len, reverse=True)
    ]
    flags = 0 if exact_case else re.IGNORECASE
    return re.compile(rf"(?<![\w-])(?:{'|'.join(parts)})(?![\w-])", flags)
