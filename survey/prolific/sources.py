"""What the ledger is made of, read in a fixed number of queries: sessions here, news from Prolific."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count

from survey.models import (
    CheckResponse,
    Cohort,
    DemographicRow,
    Exclusion,
    Instrument,
    Participant,
    ProlificDecision,
    ProlificIdentity,
    ProlificSubmission,
    Study,
)
from survey.prolific.rules import CheckResult
from survey.services.cohorts import home_cohort
from survey.services.instruments import CLOSED, Definition, definition_of
from survey.services.pseudonyms import pseudonyms


@dataclass(frozen=True)
class Session:
    """One participant here. `pid` and `submission_id` are empty once the identity is gone, except
    where the pseudonym led back to somebody whom Prolific names."""

    participant: Participant
    definition: Definition | None
    pid: str
    submission_id: str
    answers: int
    checks: tuple[CheckResult, ...]
    excluded: tuple[str, ...]
    identified: bool

    @property
    def seconds(self) -> float | None:
        """From consent to completion, on our clock."""
        begun, ended = self.participant.consent_at, self.participant.completed_at
        return (ended - begun).total_seconds() if begun and ended else None


@dataclass(frozen=True)
class There:
    """One submission as Prolific tells it: the API's row, the export's row, or both."""

    submission_id: str
    known: ProlificSubmission | None = None
    row: DemographicRow | None = None
    decisions: tuple[ProlificDecision, ...] = field(default=())

    @property
    def pid(self) -> str:
        """Who it belongs to, as far as Prolific said."""
        return (self.known.prolific_pid if self.known else "") or (
            self.row.prolific_pid if self.row else ""
        )

    @property
    def status(self) -> str:
        """The newest status; the export's only where nothing else is known."""
        return (self.known.status if self.known else "") or (self.row.status if self.row else "")

    @property
    def code(self) -> str:
        """The completion code that was entered, NOCODE where none was, empty where not told."""
        return (self.known.code if self.known else "") or self._cell("code")

    @property
    def seconds(self) -> float | None:
        """The completion time that Prolific measured."""
        if self.known and self.known.seconds is not None:
            return self.known.seconds
        told = self._cell("time_taken")
        return float(told) if told else None

    @property
    def revoked(self) -> bool:
        """Whether consent to share anything in the export was revoked."""
        return bool(self.row and self.row.values.get("consent_revoked"))

    def _cell(self, name: str) -> str:
        return str(self.row.values.get(name, "")) if self.row else ""


PARTINGS = ("no_consent", "screened_out", "incompatible_device", CLOSED)
"""The endings of an instrument that come before any answer."""


@dataclass(frozen=True)
class Sources:
    """Everything the ledger of one study and cohort joins. `names` gives a pseudonym for each of
    Prolific's people, and is empty once the study's key is destroyed. `partings` are those of the
    `codes` that our pages show to whom they send away."""

    sessions: Sequence[Session]
    there: Mapping[str, There]
    names: Mapping[str, str]
    codes: tuple[str, ...]
    partings: tuple[str, ...]
    minutes: int
    told: bool


def read_sources(study: Study, cohort: str) -> Sources:
    """Read one cohort's sessions and what Prolific told that belongs to them or to nobody."""
    there = _there(study, cohort)
    pids = {one.pid for one in there.values() if one.pid}
    names = {}
    if study.key_destroyed_at is None:
        names = pseudonyms(study=study, cohort=cohort, pids=pids)
    definition = _newest(study)
    return Sources(
        sessions=_sessions(study, cohort, {name: pid for pid, name in names.items()}),
        there=there,
        names=names,
        codes=tuple(definition.codes.values()) if definition else (),
        partings=partings(definition) if definition else (),
        minutes=definition.estimated_minutes if definition else 0,
        told=bool(there),
    )


def partings(definition: Definition) -> tuple[str, ...]:
    """The codes of the pages that send somebody away before the first answer."""
    return tuple(definition.codes[name] for name in PARTINGS if name in definition.codes)


def _newest(study: Study) -> Definition | None:
    found = Instrument.objects.filter(study=study).order_by("-number").first()
    return definition_of(found) if found else None


def _there(study: Study, cohort: str) -> dict[str, There]:
    """Submissions by id: those with a session in this cohort, and nobody's if this is their home."""
    known = {one.submission_id: one for one in ProlificSubmission.objects.filter(study=study)}
    rows = {one.submission_id: one for one in DemographicRow.objects.filter(study=study)}
    decisions = defaultdict(list)
    for one in ProlificDecision.objects.filter(submission__study=study).order_by("pk"):
        decisions[one.submission_id].append(one)
    owners, home = _owners(study), home_cohort(study)
    ids = [key for key in {**known, **rows} if owners.get(key, home) == cohort]
    found = {}
    for key in ids:
        told = known.get(key)
        made = tuple(decisions[told.pk]) if told else ()
        found[key] = There(key, told, rows.get(key), made)
    return found


def _owners(study: Study) -> dict[str, str]:
    """The cohort whose session came under each submission id; the real one before all others."""
    claims = set(
        ProlificIdentity.objects.filter(study=study).values_list("submission_id", "cohort")
    )
    order = list(reversed(Cohort.values))
    return dict(sorted(claims, key=lambda claim: order.index(claim[1])))


def _sessions(study: Study, cohort: str, people: Mapping[str, str]) -> list[Session]:
    rows = (
        Participant.objects.filter(study=study)
        .in_cohort(cohort)
        .select_related("prolific", "instrument")
        .annotate(answers=Count("assignments__answer"))
        .order_by("pk")
    )
    checks, excluded = _checks(study, cohort), _exclusions(study, cohort)
    return [_session(row, people, checks[row.pk], tuple(excluded[row.pk])) for row in rows]


def _session(
    row: Participant,
    people: Mapping[str, str],
    checks: list[CheckResponse],
    excluded: tuple[str, ...],
) -> Session:
    identity: ProlificIdentity | None = getattr(row, "prolific", None)
    definition = definition_of(row.instrument) if row.instrument else None
    return Session(
        participant=row,
        definition=definition,
        pid=identity.prolific_pid if identity else people.get(row.pseudonym, ""),
        submission_id=identity.submission_id if identity else "",
        answers=row.answers,  # type: ignore[attr-defined]  # annotated above
        checks=tuple(_result(one, definition) for one in checks),
        excluded=excluded,
        identified=identity is not None,
    )


def _result(given: CheckResponse, definition: Definition | None) -> CheckResult:
    """A check's answer in words; a check that the instrument does not know has no accepted kind."""
    check = definition.check(given.key) if definition else None
    if check is None:
        return CheckResult(given.key, "", given.key, given.given, given.passed)
    words = {option.code: option.text for option in check.options}
    answer = words.get(given.given, given.given)
    return CheckResult(given.key, check.kind, check.text, answer, given.passed)


def _checks(study: Study, cohort: str) -> dict[int, list[CheckResponse]]:
    found: dict[int, list[CheckResponse]] = defaultdict(list)
    rows = CheckResponse.objects.filter(participant__study=study, participant__cohort=cohort)
    for row in rows.order_by("pk"):
        found[row.participant_id].append(row)
    return found


def _exclusions(study: Study, cohort: str) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = Exclusion.objects.filter(
        participant__study=study, participant__cohort=cohort, reversed_at__isnull=True
    )
    for participant, rule in rows.order_by("rule").values_list("participant_id", "rule"):
        found[participant].append(rule)
    return found
