"""Which factors a regression has: their names, and the columns whose cells become indicators."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Factor:
    """A factor made of `parts`; each part is one column, or several whose cells are taken together.

    A part enters as an indicator for every cell that occurs, so that an interaction holds its main
    effects (the paper's coding) and which of them can still be tested is a matter of rank.
    `finer_than` names factors whose levels this one's levels divide further.
    """

    name: str
    parts: tuple[tuple[str, ...], ...]
    finer_than: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """Every column that the factor reads."""
        return frozenset(name for part in self.parts for name in part)

    def contains(self, other: "Factor") -> bool:
        """Whether this one is finer than the other, or each part of the other lies within a larger
        part of this one."""
        if other.name in self.finer_than:
            return True
        return self.name != other.name and all(
            any(set(part) < set(mine) for mine in self.parts) for part in other.parts
        )


SCENARIO_COUNTRY = Factor("scenario_country", (("scenario_country",),))
RECEIVER = Factor("receiver_demographics", (("receiver_age",), ("receiver_gender",)))
QUESTION = Factor("question_type", (("frame",),))

HUMAN = (
    SCENARIO_COUNTRY,
    Factor("participant_country", (("participant_country",),)),
    Factor("country_relation", (("relation",),)),
    Factor("participant_demographics", (("participant_age",), ("participant_gender",))),
    RECEIVER,
    Factor(
        "participant_x_receiver_demographics",
        (("participant_age", "receiver_age"), ("participant_gender", "receiver_gender")),
    ),
)
"""Factors of people's answers to one question."""

HUMAN_COMBINED = (
    *HUMAN,
    QUESTION,
    Factor("question_x_country", (("frame", "participant_country"),)),
    Factor("question_x_relation", (("frame", "relation"),)),
)
"""The same over both questions."""

MODEL = (
    SCENARIO_COUNTRY,
    RECEIVER,
    Factor("model_family", (("model_family",),)),
    Factor("persona_setting", (("setting",),)),
    Factor("persona_country", (("persona_country",),), ("persona_setting",)),
    Factor("persona_demographics", (("persona_demo",),), ("persona_setting",)),
)
"""Factors of models' choices on one question; without a persona its country and demographics are
levels of their own, so that the setting is in their span."""

MODEL_COMBINED = (*MODEL, QUESTION)
"""The same over both questions."""
