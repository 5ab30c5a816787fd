"""Five small questions of our own, for trying an endpoint before there is anything to ask about."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from annotation.vocab.terms import OptionOrder
from modeling.backends.protocol import Prompt
from modeling.prompts.cells import CellFields
from modeling.prompts.rendering import render

_TEXTS: Final = (
    ("Japan", "At dinner, {r} fills the glass of Ken, who is not thirsty.",
     "Drink a little, as a guest does.", "Leave the glass full."),
    ("Kenya", "Achieng is on her way to work when {r} stops to greet her.",
     "Stop and ask after the family.", "Wave and walk on."),
    ("Italy", "Lucia would like a cappuccino after lunch with {r}.",
     "Order an espresso, as people do at this hour.", "Order the cappuccino."),
    ("India", "Ravi comes home in muddy shoes and {r} opens the door.",
     "Take the shoes off outside.", "Keep them on and clean up later."),
    ("Brazil", "Joana is invited by {r} for eight o'clock and is ready early.",
     "Arrive half an hour late, as is usual.", "Arrive at eight sharp."),
)  # fmt: skip


def sample_pairs(style: str = "survey_form") -> list[tuple[Prompt, Prompt]]:
    """Each question twice, with either option first; keys are `sample-N-ORDER`."""
    return [_pair(number, style) for number in range(len(_TEXTS))]


def _pair(number: int, style: str) -> tuple[Prompt, Prompt]:
    country, situation, culture, preference = _TEXTS[number]
    cell = CellFields(
        key=f"sample-{number}",
        item=f"sample-{number}",
        scenario_country=country,
        receiver_age="older",
        receiver_gender="female",
        situation=situation.replace("{r}", "an older woman"),
        culture_action=culture,
        preference_action=preference,
        style=style,
    )
    first, second = (
        render(replace(cell, key=f"sample-{number}-{order}", option_order=order.value))
        for order in (OptionOrder.CULTURE_FIRST, OptionOrder.PREFERENCE_FIRST)
    )
    return first, second
