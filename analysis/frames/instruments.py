"""What participants were told before and beside the questions, as the pages they saw said it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count

from analysis.frames.subjects import analysed
from annotation.vocab.terms import Frame
from survey.models import Instrument, Study
from survey.services.instruments import Definition, definition_of

COUNTRY = "[country]"
"""Stands for the scenario's country in a question that names it."""


@dataclass(frozen=True)
class Told:
    """The version of the instrument that most people who count saw; `parts` are (where, heading,
    text) in the order of the pages."""

    number: int
    content_hash: str
    people: int
    of: int
    parts: tuple[tuple[str, str, str], ...]


def told_of(study: Study, cohort: str) -> Told | None:
    """What the people who count were told; None where nobody saw a page of ours (imports)."""
    seen = analysed(study, cohort).exclude(instrument=None).order_by()
    counts = dict(seen.values_list("instrument").annotate(Count("pk")))
    if not counts:
        return None
    most = max(counts, key=lambda pk: (counts[pk], pk))
    instrument = Instrument.objects.get(pk=most)
    parts = tuple(_parts(definition_of(instrument)))
    people = counts[most]
    return Told(instrument.number, instrument.content_hash, people, sum(counts.values()), parts)


def _parts(made: Definition) -> Iterator[tuple[str, str, str]]:
    for section in made.instructions:
        yield "instructions", section.heading, section.text
    for question in made.comprehension:
        yield "comprehension question", question.key, question.text
    words = made.wording
    country = COUNTRY if made.show_country else None
    yield "question", "personal", words.of(Frame.PERSONAL, country)
    yield "question", "norm", words.of(Frame.NORM, country)
    scale = f"1 ({words.scale_low}) to {made.points} ({words.scale_high})"
    yield "rating", "importance of the norm", f"{words.importance_norm} {scale}"
    yield "rating", "importance of the preference", f"{words.importance_preference} {scale}"
    if made.reasons:
        yield "reason", f"on {made.reasons} scenarios", words.reason
    if made.perceived:
        yield "guess", "out of 100", words.perceived
