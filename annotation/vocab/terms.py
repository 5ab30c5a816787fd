"""The closed vocabularies that scenarios, people's answers and models' answers share."""

from enum import StrEnum
from functools import cache
from itertools import product
from typing import Final, NamedTuple


class Choice(StrEnum):
    """What an answer stands for; A and B exist only on screens, in prompts and in release files."""

    CULTURE = "culture"
    PREFERENCE = "preference"


class Frame(StrEnum):
    """The two questions: what I would do, and what most people consider appropriate."""

    PERSONAL = "personal"
    NORM = "norm"


class Relation(StrEnum):
    """Country distance of a participant or persona from a scenario."""

    SAME = "same"
    CLOSE = "close"
    FAR = "far"
    BETWEEN = "between"
    UNASSIGNED = "unassigned"


DRAWN_RELATIONS: Final = (Relation.SAME, Relation.CLOSE, Relation.FAR)
"""The relations a participant can be served; `between` and `unassigned` are never drawn."""


class Age(StrEnum):
    """Age group of a receiver, participant or persona."""

    YOUNGER = "younger"
    OLDER = "older"


class Gender(StrEnum):
    """Gender of a receiver, participant or persona."""

    FEMALE = "female"
    MALE = "male"


class OptionOrder(StrEnum):
    """Which of the two actions is shown first."""

    CULTURE_FIRST = "culture_first"
    PREFERENCE_FIRST = "preference_first"


class Setting(StrEnum):
    """Whether a model was asked as itself or as a described person."""

    NO_PERSONA = "no_persona"
    PERSONA = "persona"


class PromptStyle(StrEnum):
    """Five layouts of one and the same question to a model."""

    CURRENT_COMPACT_JSON = "current_compact_json"
    SURVEY_FORM = "survey_form"
    NATURAL_PARAGRAPH = "natural_paragraph"
    DELIMITED_METADATA = "delimited_metadata"
    MINIMAL_DIRECT = "minimal_direct"


class Cohort(StrEnum):
    """Who is behind a participant's rows; cohorts never mix in a report."""

    REAL = "real"
    REHEARSAL = "rehearsal"
    PREVIEW = "preview"


class Theme(StrEnum):
    """The area of social life that a scenario's norm governs."""

    FOOD = "food"
    HOSPITALITY = "hospitality"
    GREETINGS = "greetings"
    GIFT_GIVING = "gift_giving"
    WORKPLACE = "workplace"
    PUBLIC_ETIQUETTE = "public_etiquette"
    PRIVACY = "privacy"
    COMMUNICATION = "communication"
    CELEBRATIONS = "celebrations"


class PreferenceType(StrEnum):
    """What a personal preference is grounded in."""

    COMFORT_HABIT = "comfort_habit"
    CONVENIENCE_EFFICIENCY = "convenience_efficiency"
    HEALTH_DIET_SAFETY = "health_diet_safety"
    PRIVACY_BOUNDARY_VALUES = "privacy_boundary_values"
    SOCIAL_DIRECTNESS_COMMUNICATION = "social_directness_communication"
    TASTE_STYLE_IDENTITY = "taste_style_identity"
    OTHER = "other"


class PreferenceStrength(StrEnum):
    """How much is at stake for the person who holds the preference."""

    LOW_STAKES = "low_stakes"
    STRONG = "strong"
    OTHER = "other"


class RoleConfiguration(StrEnum):
    """Who of actor and receiver prefers what; the values are those of PACT's release files."""

    C1 = "actor_pref_only"
    C2 = "swapped"
    C3 = "both_prefs"


class DemographicCondition(StrEnum):
    """What a benchmark prompt says of actor and receiver; `eval_demo_config` in release files."""

    FULL_DEMO = "full_demo"
    AGE_ONLY = "age_only"
    GENDER_ONLY = "gender_only"
    NO_DEMO = "no_demo"

    @property
    def shows_age(self) -> bool:
        """Whether the prompt says younger or older."""
        return self in (DemographicCondition.FULL_DEMO, DemographicCondition.AGE_ONLY)

    @property
    def shows_gender(self) -> bool:
        """Whether the prompt says woman or man."""
        return self in (DemographicCondition.FULL_DEMO, DemographicCondition.GENDER_ONLY)


class BalancePrompt(StrEnum):
    """Whether a benchmark prompt asks to weigh both, or leaves the scenario to speak alone."""

    BALANCE = "balance"
    NO_BALANCE = "no_balance"


class Receiver(NamedTuple):
    """The person the scenario's action is directed at."""

    age: Age
    gender: Gender

    @property
    def demo(self) -> str:
        """The release's code for this age and gender, such as `older_female`."""
        return demo(self.age, self.gender)

    @property
    def phrase(self) -> str:
        """The words that stand for this person in running text, such as "an older woman"."""
        return receiver_phrase(self.age, self.gender)


RECEIVERS: Final = tuple(Receiver(age, gender) for age, gender in product(Age, Gender))
"""All four receivers, in the order younger before older and female before male."""

RECEIVER_PLACEHOLDER: Final = "{receiver}"
"""Where a situation's text names the receiver; see `with_receiver`."""

_ARTICLE = {Age.YOUNGER: "a", Age.OLDER: "an"}
_NOUN = {Gender.FEMALE: "woman", Gender.MALE: "man"}


@cache
def demo(age: str, gender: str) -> str:
    """Join age and gender as PACT releases do; `ValueError` on a word outside the vocabulary."""
    return f"{Age(age)}_{Gender(gender)}"


def parse_demo(code: str) -> Receiver:
    """Take a code such as `older_female` apart; `ValueError` names the code and the four allowed."""
    for receiver in RECEIVERS:
        if receiver.demo == code:
            return receiver
    allowed = ", ".join(receiver.demo for receiver in RECEIVERS)
    raise ValueError(f"unknown demographic code {code!r}; expected one of {allowed}")


def receiver_phrase(age: str, gender: str) -> str:
    """Name the receiver in running text: "a younger man", "an older woman"."""
    known_age = Age(age)
    return f"{_ARTICLE[known_age]} {known_age} {_NOUN[Gender(gender)]}"


def with_receiver(text: str, age: str, gender: str) -> str:
    """Put the receiver's phrase into a text, capitalised where it opens the text or a sentence."""
    return with_phrase(text, receiver_phrase(age, gender))


def with_phrase(text: str, phrase: str) -> str:
    """Put any phrase where the receiver is named, capitalised where it opens a sentence."""
    pieces = text.split(RECEIVER_PLACEHOLDER)
    filled = pieces[0]
    for piece in pieces[1:]:
        opens = not filled.strip() or filled.rstrip().endswith((".", "!", "?"))
        filled += (phrase[0].upper() + phrase[1:] if opens else phrase) + piece
    return filled
