"""Flags about how somebody answered: something to look at, never a verdict.

Every flag says what was seen and what it is compared with. Where a comparison needs more people than
there are, the flag is absent and `unknown` says why.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from django.db.models import Count, Q, Sum

from survey.models import (
    Answer,
    DemographicRow,
    Exclusion,
    PageVisit,
    Participant,
    ProlificIdentity,
    Study,
)

ENOUGH = 10
"""With fewer people who completed, nobody is called fast."""

FAST = 3.0
"""Robust standard deviations (1.4826 times the median absolute deviation) below the median."""

RARE = 0.01
"""A run of equal answers is named when chance alone makes one as rarely as this."""

SHORTEST_TEXT = 12


@dataclass(frozen=True)
class Flag:
    """One thing to look at: its kind, what was seen, and what it is compared with."""

    kind: str
    seen: str
    compared: str


@dataclass
class Person:
    """One participant with what may be worth a look."""

    participant: Participant
    answers: int
    failed_checks: int
    seconds: float | None
    pasted: int | None
    flags: list[Flag] = field(default_factory=list)

    @property
    def minutes(self) -> float | None:
        """Minutes from consent to the end; None for whoever has not completed."""
        return None if self.seconds is None else self.seconds / 60


@dataclass(frozen=True)
class Quality:
    """Everybody of a study and cohort, and which comparisons could not be made."""

    people: list[Person]
    unknown: list[str]

    @property
    def counts(self) -> dict[str, int]:
        """How many people have each kind of flag."""
        return dict(Counter(kind for one in self.people for kind in {f.kind for f in one.flags}))


@dataclass(frozen=True)
class _Sheet:
    """One person's answers, in the order of the pages."""

    sides: list[str]
    ratings: list[int]
    texts: list[str]


def quality(study: Study, cohort: str) -> Quality:
    """Look at everybody who began; a bounded number of queries, whatever the number of people."""
    pasted = pasted_by(study, cohort)
    people = [_person(row, pasted.get(row.pk)) for row in _rows(study, cohort)]
    sheets = _sheets(study, cohort)
    texts = _common_texts(sheets)
    elsewhere = _elsewhere(study, cohort)
    doubts = _doubts(study)
    times = [one.seconds for one in people if one.seconds is not None]
    for one in people:
        sheet = sheets.get(one.participant.pk, _Sheet([], [], []))
        pid = elsewhere.get(one.participant.pk)
        one.flags += [
            *_fast(one, times),
            *_straight(sheet),
            *_copied(sheet, texts),
            *_pasted(one),
            *(_again(pid) if pid else ()),
            *doubts.get(one.participant.pk, ()),
        ]
    unknown = []
    if len(times) < ENOUGH:
        unknown.append(f"speed: {len(times)} completed, {ENOUGH} are needed to call anybody fast")
    return Quality(people, unknown)


def _rows(study: Study, cohort: str) -> Iterable[Participant]:
    return (
        Participant.objects.filter(study=study)
        .in_cohort(cohort)
        .annotate(
            n_answers=Count("assignments__answer", distinct=True),
            n_failed=Count("checks", filter=Q(checks__passed=False), distinct=True),
        )
        .order_by("consent_at", "pk")
    )


def _person(row: Participant, pasted: int | None) -> Person:
    seconds = None
    if row.completed_at and row.consent_at:
        seconds = (row.completed_at - row.consent_at).total_seconds()
    counted = vars(row)
    return Person(row, counted["n_answers"], counted["n_failed"], seconds, pasted)


def _sheets(study: Study, cohort: str) -> dict[int, _Sheet]:
    answers = (
        Answer.objects.filter(assignment__study=study, assignment__cohort=cohort)
        .order_by("assignment__participant_id", "assignment__position")
        .values_list(
            "assignment__participant_id",
            "assignment__option_order",
            "personal",
            "norm",
            "importance_norm",
            "importance_preference",
            "reason",
        )
    )
    sheets: dict[int, _Sheet] = defaultdict(lambda: _Sheet([], [], []))
    for person, order, personal, norm, first, second, reason in answers:
        sheet = sheets[person]
        sheet.sides.extend(_side(order, choice) for choice in (personal, norm) if choice and order)
        sheet.ratings.extend(rating for rating in (first, second) if rating is not None)
        if len(_plain(reason)) >= SHORTEST_TEXT:
            sheet.texts.append(_plain(reason))
    return sheets


def _side(order: str, choice: str) -> str:
    """Whether the action chosen stood first or second on the page."""
    return "first" if order.startswith(choice) else "second"


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _fast(one: Person, times: Sequence[float]) -> Iterator[Flag]:
    if one.seconds is None or len(times) < ENOUGH:
        return
    middle = median(times)
    spread = 1.4826 * median(abs(time - middle) for time in times)
    if spread and one.seconds < middle - FAST * spread:
        slower = sum(time > one.seconds for time in times) / len(times)
        yield Flag(
            "fast",
            f"{one.seconds / 60:.1f} minutes",
            f"median {middle / 60:.1f} minutes; faster than {slower:.0%} of those who completed",
        )


def _straight(sheet: _Sheet) -> Iterator[Flag]:
    for kind, values, what in (
        ("same side", sheet.sides, "action chosen"),
        ("same rating", sheet.ratings, "point of the scale"),
    ):
        if len(values) > 1 and len(set(values)) == 1:
            chance = 2 * 0.5 ** len(values) if kind == "same side" else None
            if chance is None or chance < RARE:
                compared = "chance alone: " + (
                    f"{chance:.1e}" if chance is not None else "depends on how people rate"
                )
                yield Flag(kind, f"{values[0]} {what}, all {len(values)} times", compared)


def _common_texts(sheets: Mapping[int, _Sheet]) -> Counter[str]:
    """How many people wrote each text, by its hash."""
    return Counter(digest for sheet in sheets.values() for digest in {*map(_digest, sheet.texts)})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _copied(sheet: _Sheet, common: Mapping[str, int]) -> Iterator[Flag]:
    shared = max((common[_digest(text)] for text in sheet.texts), default=0)
    if shared > 1:
        yield Flag("same text", "a reason word for word", f"{shared} people wrote it")


def _pasted(one: Person) -> Iterator[Flag]:
    if one.pasted:
        yield Flag("pasted", f"{one.pasted} characters pasted", "counted by the page, never which")


def _again(number: int) -> Iterator[Flag]:
    yield Flag("other study", f"also in {number} other studies here", "the same recruiter's id")


def _elsewhere(study: Study, cohort: str) -> dict[int, int]:
    """In how many other studies each participant's recruiter's id is known."""
    mine = ProlificIdentity.objects.filter(study=study, cohort=cohort)
    pids = dict(mine.values_list("prolific_pid", "participant_id"))
    others = (
        ProlificIdentity.objects.filter(cohort=cohort, prolific_pid__in=list(pids))
        .exclude(study=study)
        .values_list("prolific_pid")
        .annotate(n=Count("study", distinct=True))
    )
    return {pids[pid]: number for pid, number in others}


def _doubts(study: Study) -> dict[int, list[Flag]]:
    """What the recruiter's own authenticity checks say, by participant."""
    rows = DemographicRow.objects.filter(study=study).values_list(
        "submission_id", "values", "extra"
    )
    people = dict(
        ProlificIdentity.objects.filter(study=study).values_list("submission_id", "participant_id")
    )
    found: dict[int, list[Flag]] = {}
    for submission, values, extra in rows:
        low = [
            name
            for name, value in {**values, **extra}.items()
            if "authenticity" in name.casefold() and str(value).casefold() == "low"
        ]
        if low and submission in people:
            flag = Flag("authenticity", ", ".join(low), "the recruiter's own check says: low")
            found[people[submission]] = [flag]
    return found


COLUMNS = (
    "participant", "cohort", "state", "country", "language", "answers", "failed_checks", "seconds",
    "pasted_characters", "flags", "exclusions",
)  # fmt: skip


def quality_rows(study: Study, cohort: str) -> Iterator[dict[str, object]]:
    """The quality sheet: a row a person, under pseudonyms, with flags and exclusions in words."""
    standing: dict[int, list[str]] = defaultdict(list)
    rows = Exclusion.objects.filter(participant__study=study, reversed_at__isnull=True)
    for person, rule in rows.values_list("participant_id", "rule"):
        standing[person].append(rule)
    for one in quality(study, cohort).people:
        yield {
            "participant": one.participant.pseudonym,
            "cohort": one.participant.cohort,
            "state": one.participant.state,
            "country": one.participant.country,
            "language": one.participant.language,
            "answers": one.answers,
            "failed_checks": one.failed_checks,
            "seconds": None if one.seconds is None else round(one.seconds, 1),
            "pasted_characters": one.pasted,
            "flags": "; ".join(f"{flag.kind}: {flag.seen} ({flag.compared})" for flag in one.flags),
            "exclusions": "; ".join(sorted(standing[one.participant.pk])),
        }


def pasted_by(study: Study, cohort: str) -> dict[int, int]:
    """Characters pasted, by participant; nobody is in it where the study keeps no paradata."""
    rows = PageVisit.objects.filter(participant__study=study, participant__cohort=cohort)
    sums = rows.values_list("participant_id").annotate(n=Sum("pasted_characters"))
    return {person: number for person, number in sums if number is not None}
