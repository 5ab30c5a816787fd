"""What one participant sees of one item: text with the receiver in it, actions in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from annotation.vocab.terms import Age, Choice, Frame, Gender, OptionOrder
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

_RECEIVERS = {
    (str(Age.YOUNGER), str(Gender.FEMALE)): _("a younger woman"),
    (str(Age.YOUNGER), str(Gender.MALE)): _("a younger man"),
    (str(Age.OLDER), str(Gender.FEMALE)): _("an older woman"),
    (str(Age.OLDER), str(Gender.MALE)): _("an older man"),
}


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
    receiver: str
    actions: list[tuple[str, str]]
    frames: list[str]
    asks_reason: bool
    saved: dict[str, object]

    @property
    def words(self) -> dict[str, str]:
        """Every text of this scenario's own."""
        (first, first_action), (second, second_action) = self.actions
        where = {"country": self.country, "place": self.place} if self.country else {}
        return where | {
            "situation": self.situation,
            "receiver": self.receiver,
            "first": first,
            "first_action": first_action,
            "second": second,
            "second_action": second_action,
        }

    def with_words(self, words: Mapping[str, str]) -> Shown:
        """The same scenario in other words."""
        first, second = ((words[name], words[f"{name}_action"]) for name in ("first", "second"))
        return replace(
            self,
            situation=words["situation"],
            receiver=words["receiver"],
            country=words.get("country", ""),
            place=words.get("place", ""),
            actions=[first, second],
        )


def present(*, participant: Participant, definition: Definition, row: ScenarioRow) -> Shown:
    """The scenario of this row, as this participant sees it."""
    texts = _told(row)
    country = country_name(row.country, participant.language) if definition.show_country else ""
    return Shown(
        situation=texts.situation_with(row.receiver_age, row.receiver_gender),
        country=country,
        place=in_sentence(country) if country else "",
        setting=texts.setting,
        receiver=gettext(_RECEIVERS[row.receiver_age, row.receiver_gender]),
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
