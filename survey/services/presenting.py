"""What one participant sees of one item: text with the receiver in it, actions in their order."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language

from annotation.vocab.countries import by_iso2
from annotation.vocab.terms import Choice, Frame, OptionOrder
from survey.models import Answer, Assignment, Participant
from survey.services.instruments import Definition
from survey.services.scenario_texts import Told, told

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
    rows = participant.assignments.select_related("item__version", "answer")
    row = rows.get(position=position)
    version, item = row.item.version, row.item
    texts = told(participant, version)
    country = str(by_iso2(version.country)) if definition.show_country else ""
    return Shown(
        situation=texts.situation_with(item.receiver_age, item.receiver_gender),
        country=country,
        place=in_sentence(country) if country else "",
        setting=texts.setting,
        receiver_age=item.receiver_age,
        receiver_gender=item.receiver_gender,
        actions=_actions(row, texts),
        frames=_frames(participant.first_frame),
        asks_reason=row.asks_reason,
        saved=_saved(row),
    )


def in_sentence(country: str) -> str:
    """A country's name as it stands in a sentence: English says "the United States" but "Japan"."""
    if not (get_language() or "en").startswith("en"):
        return country
    return f"the {country}" if country.startswith(_WITH_ARTICLE) else country


def _actions(row: Assignment, texts: Told) -> list[tuple[str, str]]:
    actions = [
        (str(Choice.CULTURE), texts.culture_action),
        (str(Choice.PREFERENCE), texts.preference_action),
    ]
    return actions if row.option_order == OptionOrder.CULTURE_FIRST else actions[::-1]


def _frames(first: str) -> list[str]:
    frames = [str(Frame.PERSONAL), str(Frame.NORM)]
    return frames[::-1] if first == Frame.NORM else frames


def _saved(row: Assignment) -> dict[str, object]:
    try:
        answer: Answer = row.answer
    except Answer.DoesNotExist:
        return {}
    names = ("personal", "norm", "importance_norm", "importance_preference", "reason")
    share = answer.perceived_share
    if share is not None and row.option_order != OptionOrder.CULTURE_FIRST:
        share = 100 - share  # asked about the action shown first
    return {name: getattr(answer, name) for name in names} | {"perceived_share": share}
