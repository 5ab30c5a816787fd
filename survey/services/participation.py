"""What a participant does: agree, say who they are, answer. Every write may be sent twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone

from survey import draw_statements, entry_statements, plain_rows, statements
from survey.models import Assignment, Instrument, Participant, ProlificIdentity, Study
from survey.services import assignment, coverage, paradata, pseudonyms
from survey.services.coverage import Place
from survey.services.exclusions import apply_attention_rule, standing
from survey.services.instruments import MAX_COMPREHENSION_ATTEMPTS, Check, Definition, definition_of
from survey.services.localising import localise
from survey.services.paradata import Filled
from survey.services.progress import progress

ENDED = (
    Participant.State.COMPLETED,
    Participant.State.SCREENED_OUT,
    Participant.State.WITHDRAWN,
)
"""States in which nothing that is sent changes anything any more."""

LATE = (Participant.State.TIMED_OUT, Participant.State.RETURNED)
"""States in which the places are given away; an answer sent all the same brings somebody back."""


@dataclass(frozen=True)
class Person:
    """Who came in: the recruiter's ids and the cohort they belong to."""

    pid: str
    cohort: str
    study_id: str = ""
    submission_id: str = ""


@dataclass(frozen=True)
class Reply:
    """What one scenario page sends: both frames, or nothing is saved."""

    personal: str
    norm: str
    importance_norm: int
    importance_preference: int
    reason: str = ""
    perceived_share: int | None = None


class SubmissionTaken(ValueError):  # noqa: N818 - a state of the study, answered by a friendly page
    """The submission in the link belongs to somebody else."""


def find(*, study: Study, person: Person) -> Participant | None:
    """The participant this person already is in this study, if any; withdrawn ones included."""
    known = entry_statements.read_person(study=study, cohort=person.cohort, pid=person.pid)
    return known or _withdrawn(study, person)


def _withdrawn(study: Study, person: Person) -> Participant | None:
    """Whoever withdrew has no identity any more; the keyed pseudonym still tells them apart."""
    if study.key_destroyed_at is not None:
        return None
    if not entry_statements.anybody_withdrew(study_id=study.pk):
        return None
    gone = Participant.objects.filter(study=study, state=Participant.State.WITHDRAWN)
    return gone.filter(pseudonym=pseudonym(study=study, person=person)).first()


def welcome_back(*, participant: Participant, person: Person) -> None:
    """Note the submission under which a known person comes this time.

    Somebody who returned a study and takes it again comes with a new submission id; payment goes
    to the newest until they have completed. Raises SubmissionTaken when it is somebody else's.
    """
    check_submission(study=participant.study, person=person)
    finished = participant.state == Participant.State.COMPLETED
    if not person.submission_id or finished:
        return
    ProlificIdentity.objects.filter(participant=participant).exclude(
        submission_id=person.submission_id
    ).update(submission_id=person.submission_id)


def check_submission(*, study: Study, person: Person) -> None:
    """Raise SubmissionTaken when the submission id came with another person's id before."""
    if person.submission_id and entry_statements.submission_is_taken(
        study_id=study.pk,
        cohort=person.cohort,
        submission=person.submission_id,
        pid=person.pid,
    ):
        raise SubmissionTaken


def consent(*, study: Study, person: Person, language: str) -> Participant:
    """Record consent once per person; who has agreed before gets the same row again.

    No place is leased yet: which cells a participant can fill depends on the country, which is
    asked on the next page (`introduce`).
    """
    known = find(study=study, person=person)
    if known:
        return known
    instrument: Instrument = study.instrument
    agreed = Participant(
        study=study,
        instrument=instrument,
        pseudonym=pseudonym(study=study, person=person),
        cohort=person.cohort,
        language=language,
        consent_version=localise(definition_of(instrument), language).consent_version,
        consent_at=timezone.now(),
    )
    try:
        return _create(agreed, person)
    except IntegrityError:  # the same person in a second tab was faster
        winner = find(study=study, person=person)
        if winner is None:
            raise
        return winner


@transaction.atomic
def _create(participant: Participant, person: Person) -> Participant:
    plain_rows.insert([participant])
    identity = ProlificIdentity(
        participant=participant,
        study=participant.study,
        cohort=person.cohort,
        prolific_pid=person.pid,
        prolific_study_id=person.study_id,
        submission_id=person.submission_id,
    )
    plain_rows.insert([identity])
    return participant


def pseudonym(*, study: Study, person: Person) -> str:
    """The person's name in exports (survey.services.pseudonyms)."""
    return pseudonyms.pseudonym(study=study, cohort=person.cohort, pid=person.pid)


def introduce(
    *,
    participant: Participant,
    country: str,
    age_bucket: str,
    gender: str,
    filled: Filled | None = None,
) -> None:
    """Store who the participant is and lease the items; once only, later calls change nothing.

    A country outside the study ends the participation.
    """
    definition = _definition(participant)
    told = {
        "country": country if country in definition.countries else "",
        "age_bucket": age_bucket,
        "gender": gender,
    }
    found: Sequence[Place] = ()
    if told["country"]:  # a release never changes: read what it offers before others wait
        found = coverage.places(participant.study, told["country"], definition.receivers)
    _introduce(participant, told, found, filled)


@transaction.atomic
def _introduce(
    participant: Participant, told: dict[str, str], found: Sequence[Place], filled: Filled | None
) -> None:
    draw_statements.lock_draws(study_id=participant.study_id, country=told["country"])
    participant.state = Participant.State.CONSENTED
    for name, value in told.items():
        setattr(participant, name, value)
    places: Sequence[Assignment] = ()
    if told["country"]:
        places = assignment.plan(participant=participant, found=found)
    else:
        participant.state = Participant.State.SCREENED_OUT
        participant.ended_because = "country"
    if not draw_statements.write_introduced(participant):
        participant.refresh_from_db()
        return
    _keep(participant, "about", filled)
    if places:
        plain_rows.insert(places)


def _definition(participant: Participant) -> Definition:
    assert participant.instrument is not None
    return definition_of(participant.instrument)


def comprehend(
    *,
    participant: Participant,
    right: bool,
    after: int | None = None,
    filled: Filled | None = None,
) -> None:
    """Record one try at the comprehension questions; after the last wrong one the places go back.

    `after` is how many tries the page knew of: a wrong try that is sent twice counts once.
    """
    if right and filled is None and statements.write_understood(participant):
        return
    _in_time(participant, partial(_comprehend, participant, right, after, filled))


@transaction.atomic
def _comprehend(
    participant: Participant, right: bool, after: int | None, filled: Filled | None
) -> None:
    known = ("state", "ended_because", "instructions_at", "comprehension_attempts")
    plain_rows.refresh(participant, known, hold=True)
    if participant.state in LATE:
        raise _TimeIsUp
    if participant.instructions_at or participant.state != Participant.State.CONSENTED:
        return
    if not right and after is not None and after < participant.comprehension_attempts:
        return
    participant.comprehension_attempts += 1
    _keep(participant, "instructions", filled)
    if right:
        participant.instructions_at = timezone.now()
    elif participant.comprehension_attempts >= MAX_COMPREHENSION_ATTEMPTS:
        participant.state = Participant.State.SCREENED_OUT
        participant.ended_because = "comprehension"
        assignment.release(participant=participant)
    plain_rows.update(participant, known)


class _TimeIsUp(Exception):  # noqa: N818 - an event, handled a few lines below
    """The participant's places were given away since the page was opened."""


def save_reply(
    *,
    participant: Participant,
    position: int,
    reply: Reply,
    filled: Filled | None = None,
    last: bool = True,
) -> None:
    """Save both answers to one scenario and confirm its place; the last version sent is kept.

    Nothing changes any more once the participant has completed. `filled` tells how the page was
    filled in, where the instrument keeps that. `last` is False where the page knows of others that
    are still to come: then nobody asks whether this completes the survey.
    """
    saved = partial(_save_reply, participant, position, reply, filled, last)
    _in_time(participant, saved)


def _in_time(participant: Participant, save: Callable[[], None]) -> None:
    """Save; whoever is late is taken in again first."""
    try:
        save()
    except _TimeIsUp:
        _come_back(participant)
        save()


def _save_reply(
    participant: Participant, position: int, reply: Reply, filled: Filled | None, last: bool
) -> None:
    assert participant.instrument is not None
    shown = {
        "language": participant.language,
        "instrument_hash": participant.instrument.content_hash,
    }
    write = partial(
        statements.write_answer,
        participant_id=participant.pk,
        position=position,
        answer=vars(reply) | shown,
    )
    _save(participant, write, f"scenario:{position}", filled, last)


def save_check(
    *,
    participant: Participant,
    check: Check,
    given: str,
    filled: Filled | None = None,
    last: bool = True,
) -> None:
    """Save the answer to an attention check; only the first one counts. `last`: see `save_reply`."""
    _in_time(participant, partial(_save_check, participant, check, given, filled, last))


def _save_check(
    participant: Participant, check: Check, given: str, filled: Filled | None, last: bool
) -> None:
    passed = given in check.passes
    write = partial(
        statements.write_check,
        participant_id=participant.pk, key=check.key, given=given, passed=passed,
    )  # fmt: skip
    _save(participant, write, f"check:{check.key}", filled, last)


def _save(
    participant: Participant,
    write: Callable[[], bool],
    page: str,
    filled: Filled | None,
    last: bool,
) -> None:
    """Write an answer and what goes with it; where nothing does, its own statement is all.

    `write` writes for somebody under way and tells whether it did. Raises _TimeIsUp for somebody
    whose places were given away; whoever is at the end for another reason is not written.
    """
    if filled is None and not last and write():
        participant.state = Participant.State.CONSENTED
        return
    with transaction.atomic():
        if not write() and not (_under_way(participant) and write()):
            if participant.state in ENDED:
                return
            raise Assignment.DoesNotExist(f"no {page}")
        participant.state = Participant.State.CONSENTED
        _keep(participant, page, filled)
        if last:
            _complete_if_done(participant)


def _under_way(participant: Participant) -> bool:
    """Hold the participant's row, so that two pages sent at once are saved one after the other."""
    participant.state = statements.lock_state(participant_id=participant.pk)
    if participant.state in LATE:
        raise _TimeIsUp
    return participant.state not in ENDED


def _keep(participant: Participant, page: str, filled: Filled | None) -> None:
    if filled is not None:
        paradata.record(participant=participant, page=page, filled=filled)


@transaction.atomic
def _come_back(participant: Participant) -> None:
    """Let somebody whose time ran out go on: free places are taken back, the rest is surplus."""
    assignment.lock(participant.study_id)
    participant.refresh_from_db(fields=["state"])
    if participant.state in LATE:
        assignment.reclaim(participant=participant)


def _complete_if_done(participant: Participant) -> None:
    """Mark the participant completed with the last answer, and apply the frozen exclusion rule."""
    definition = _definition(participant)
    if not progress(participant, definition).all_answered:
        return
    completed = statements.write_completed(participant)
    if completed and apply_attention_rule(participant=participant, definition=definition):
        assignment.release(participant=participant)


def ending(*, participant: Participant, definition: Definition) -> str:
    """Which code somebody who has completed gets: `completed`, unless the study tells failures."""
    failed = definition.failed_ending != "completed" and standing(participant)
    return "failed_attention" if failed else "completed"


def save_feedback(*, participant: Participant, feedback: str) -> None:
    """Keep what the participant wants to tell the researchers; nothing of somebody who has withdrawn."""
    statements.write_feedback(participant, feedback)
