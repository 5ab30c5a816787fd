"""Protocols to begin from. Pure: texts and numbers."""

from __future__ import annotations

from typing import Final

from annotation.services.validation.protocol import CriterionText, Protocol

PAPER: Final = Protocol(
    criteria=(
        CriterionText(
            "preference-plausible",
            "Could a real person have this preference?",
            "Yes where somebody could want this for reasons of their own: comfort, time, health, "
            "privacy, habit, taste, values. You need not share it. No where nobody would have it, "
            "or where it only makes sense because of the person's country, age or gender.",
        ),
        CriterionText(
            "preference-distinct",
            "Is the preference clear, and does it lead to something else than the custom?",
            "Yes where it can be understood at once and acting on it differs from acting as "
            "expected. No where it is vague, or where one could do both.",
        ),
        CriterionText(
            "scenario-clear",
            "Is the scenario clear?",
            "Yes where you can tell who is there, what is going on, what is expected and what is "
            "wanted. No where something is missing, contradicts itself, or gives the answer away.",
        ),
    ),
    guidelines="""You judge whether a scenario can be used to ask people and models a question. You do not judge what the person in it should do, and you need not agree with the custom or with the preference.

A usable item: the scenario can be understood, the expectation and the preference lead to different actions, and the preference is a plausible wish of one person.

Answer each question on its own. A scenario about a country you do not know is judged by what is written. Where you answer no, say in a few words what is wrong; that is what helps to mend it.

Use the note for whatever is confusing, unnatural, contradictory or culturally sensitive. Flag an item that should be looked at in any case. Skip one that you should not judge, and say why.

Please do not talk with the other annotators about items until everybody has finished.""",
)
"""After the paper's appendix A.4: 200 items, four annotators, three yes/no criteria and a note.

The paper's annotators shared nine items; here 60 are shared, so that each pair meets ten times.
"""
