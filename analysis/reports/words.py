"""Words that several parts of a report use."""

from collections.abc import Sequence
from typing import Final

SETTINGS: Final = {"no_persona": "as themselves", "persona": "as personas"}
SETTING_TITLES: Final = {"no_persona": "No persona", "persona": "Personas"}
FRAMES: Final = {
    "personal": "What I would do",
    "norm": "What is appropriate",
    "both": "Both questions",
}
FRAME_PHRASES: Final = {
    "personal": "question “What I would do”",
    "norm": "question “What is appropriate”",
    "both": "both questions averaged",
}
RELATIONS: Final = ("same", "close", "far", "between", "unassigned")
GROUPS: Final = {
    "participant_country": "Participants from",
    "relation": "Relation to the scenario's country",
    "scenario_country": "Scenario set in",
    "receiver_age": "Receiver's age",
    "receiver_gender": "Receiver's gender",
    "participant_age": "Participant's age",
    "participant_gender": "Participant's gender",
    "participant_demo": "Participant's age and gender",
    "theme": "Theme",
    "preference_type": "Kind of preference",
}
"""How tables name the columns that form groups."""

BY: Final = {
    "participant_country": "By country of the participants",
    "relation": "By relation of the participants' country to the scenario's",
    "scenario_country": "By country of the scenario",
    "receiver_age": "By age of the receiver",
    "receiver_gender": "By gender of the receiver",
    "participant_age": "By age of the participants",
    "participant_gender": "By gender of the participants",
    "participant_demo": "By age and gender of the participants",
    "theme": "By theme",
    "preference_type": "By kind of preference",
}
"""Titles of the tables by group."""


def listing(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def counted(n: int, thing: str) -> str:
    """ "1 model", "2 models"."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def readable(level: str | None) -> str:
    """A group's level for people: codes with spaces, a missing one said."""
    return "(none)" if level is None else level.replace("_", " ")
