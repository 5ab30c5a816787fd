"""What one participant sees of one item: text with the receiver in it, actions in their order."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language

from annotation.vocab.terms import Choice, Frame, OptionOrder
from survey import statements
from survey.models import Participant
from survey.services.country_names import country_name
from survey.services.instruments import Definition
from survey.services.scenario_texts import Told
from survey.statements import ScenarioRow

_WITH_ARTICLE = (
    "United ", "Netherlands", "Philippines", "Maldives", "Bahamas", "Gambia", "Czech Republic",
    "Dominican Republic", "Central African Republic", "Democratic Republic", "Republic of",
    "Solomon Islands", "Marshall Islands", "Comoros", "Seychelles",
)  # fmt: skip
"""How country names begin that English puts an article before."""


@dataclass(frozen=True)
class Shown:
    """One scenario as one participant sees it; `saved` holds an earlier answer, if any.

    `country` and `place` (the name as it stands in a sentence) are empty where the instrument
    does not show the country.
    """

    situation: str
    country: str
    place: str
    setting: str
    receiver_age: str
    receiver_gender: str
    actions: list[tuple[str, str]]
    frames: list[str]
    asks_reason: bool
    saved: dict[str, object]


def present(*, participant: Participant, definition: Definition, position: int) -> Shown:
    """The scenario at this position; Assignment.DoesNotExist when there is none."""
    row = statements.read_scenario(
        participant_id=participant.pk, position=position, language=participant.language
    )
    texts = _told(row)
    country = country_name(row.country, participant.language) if definition.show_country else ""
    return Shown(
        situation=texts.situation_with(row.receiver_age, row.receiver_gender),
        country=country,
        place=in_sentence(country) if country else "",
        setting=texts.setting,
        receiver_age=row.receiver_age,
        receiver_gender=row.receiver_gender,
        actions=_actions(row, texts),
        frames=_frames(participant.first_frame),
        asks_reason=bool(row.asks_reason),
        saved=_saved(row),
    )


def in_sentence(country: str) -> str:
    """A country's name as it stands in a sentence: English says "the United States" but "Japan"."""
    if not (get_language() or "en").startswith("en"):
        return country
    return f"the {country}" if country.startswith(_WITH_ARTICLE) else country


def _told(row: ScenarioRow) -> Told:
    """The texts in the participant's language; the scenario's own where there are none."""
    setting, situation, culture_action, preference_action = row.told or row.texts
    return Told(setting, situation, culture_action, preference_action, foreign=row.told is not None)


def _actions(row: ScenarioRow, texts: Told) -> list[tuple[str, str]]:
    actions = [
        (str(Choice.CULTURE), texts.culture_action),
        (str(Choice.PREFERENCE), texts.preference_action),
    ]
    return actions if row.option_order == OptionOrder.CULTURE_FIRST else actions[::-1]


def _frames(first: str) -> list[str]:
    frames = [str(Frame.PERSONAL), str(Frame.NORM)]
    return frames[::-1] if first == Frame.NORM else frames


def _saved(row: ScenarioRow) -> dict[str, object]:
    if row.saved is None:
        return {}
    *given, share = row.saved
    if share is not None and row.option_order != OptionOrder.CULTURE_FIRST:
        share = 100 - share  # asked about the action shown first
    return dict(zip(_GIVEN, given, strict=True)) | {"perceived_share": share}


_GIVEN = ("personal", "norm", "importance_norm", "importance_preference", "reason")
