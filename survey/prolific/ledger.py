"""The reconciliation ledger: sessions here, the API and the export, joined by submission id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from survey.models import Participant, ProlificDecision, Study
from survey.prolific.rules import Evidence, Pace, pace
from survey.prolific.sources import Session, Sources, There, read_sources
from survey.prolific.suggesting import Case, Kind, Next, Suggestion, suggest
from survey.prolific.wire import Status
from survey.services.exclusions import ATTENTION

State = Participant.State

DONE_THERE = (Status.AWAITING_REVIEW, Status.APPROVED, Status.PARTIALLY_APPROVED)
"""Statuses under which Prolific counts a submission as completed."""

GONE_THERE = (Status.RETURNED, Status.TIMED_OUT)

URGENCY = (
    Next.REJECT,
    Next.RETURN,
    Next.LOOK,
    Next.APPROVE,
    Next.UPDATE,
    Next.WAIT,
    Next.NOTHING,
)
"""Next steps in the order in which the ledger shows them."""


@dataclass(frozen=True)
class Entry:
    """One line: a session here, a submission there, or both.

    `seconds` is Prolific's time where it told one, ours otherwise. `kinds` are disagreements,
    `flags` facts that are worth a look.
    """

    submission_id: str
    prolific_pid: str
    pseudonym: str
    state: str
    status: str
    code_given: str
    code_expected: str
    seconds: float | None
    kinds: tuple[Kind, ...]
    flags: tuple[str, ...]
    evidence: Evidence
    suggestion: Suggestion
    session: Session | None
    there: There | None

    @property
    def failed(self) -> int:
        """How many attention checks were failed."""
        return sum(not check.passed for check in self.evidence.checks)

    @property
    def asked(self) -> int:
        """How many attention checks were answered."""
        return len(self.evidence.checks)

    @property
    def action(self) -> Next:
        """What to do next."""
        return self.suggestion.action

    @property
    def decision(self) -> ProlificDecision | None:
        """The newest decision about it."""
        made = self.there.decisions if self.there else ()
        return made[-1] if made else None

    @property
    def key(self) -> int | None:
        """The row of the submission, for links; None where the API never told of it."""
        return self.there.known.pk if self.there and self.there.known else None

    @property
    def awaiting(self) -> bool:
        """Whether Prolific waits for a decision."""
        return self.status == Status.AWAITING_REVIEW


def ledger(study: Study, cohort: str) -> list[Entry]:
    """Every session, submission and export row of a cohort, each exactly once.

    Submissions that belong to no session stand in the cohort that `cohorts.home_cohort` names.
    What needs doing comes first.
    """
    sources = read_sources(study, cohort)
    pairs = list(_join(sources))
    facts = _Facts(study, sources, pairs)
    entries = [_entry(facts, session, there) for session, there in pairs]
    return sorted(entries, key=_urgency)


def _urgency(entry: Entry) -> tuple[bool, int, bool, str]:
    """What Prolific waits for first, and of that what takes a look before what is plain."""
    return not entry.awaiting, URGENCY.index(entry.action), not entry.kinds, entry.pseudonym


def find(study: Study, cohort: str, key: int) -> Entry | None:
    """The entry of one submission, by its row."""
    return next((entry for entry in ledger(study, cohort) if entry.key == key), None)


def counts(entries: Iterable[Entry]) -> dict[Kind, int]:
    """How many entries show each kind of disagreement, zeros included."""
    found = Counter(kind for entry in entries for kind in entry.kinds)
    return {kind: found[kind] for kind in Kind}


Pair = tuple[Session | None, There | None]


def _join(sources: Sources) -> Iterable[Pair]:
    """Pair sessions with submissions: by submission id, the right person first; then people who came
    without one, by their id. What is left on either side stands alone."""
    free = dict(sources.there)
    left = list(sources.sessions)
    for fits in (_same_submission, _other_person, _same_person):
        waiting = []
        for session in left:
            found = fits(session, free)
            if found is None:
                waiting.append(session)
            else:
                yield session, free.pop(found)
        left = waiting
    yield from ((session, None) for session in left)
    yield from ((None, there) for there in free.values())


def _same_submission(session: Session, free: Mapping[str, There]) -> str | None:
    there = free.get(session.submission_id)
    return session.submission_id if there and there.pid in ("", session.pid) else None


def _other_person(session: Session, free: Mapping[str, There]) -> str | None:
    return session.submission_id if session.submission_id in free else None


def _same_person(session: Session, free: Mapping[str, There]) -> str | None:
    """The newest submission of somebody who came without a submission id, or whose id is gone."""
    if session.submission_id or not session.pid:
        return None
    own = [key for key, there in free.items() if there.pid == session.pid]
    return max(own, key=lambda key: _begun(free[key]), default=None)


def _begun(there: There) -> str:
    begun = there.known.started_at if there.known else None
    return begun.isoformat() if begun else ""


class _Facts:
    """What is counted over the whole ledger before any entry can be judged."""

    def __init__(self, study: Study, sources: Sources, pairs: list[Pair]) -> None:
        self.sources = sources
        self.pace: Pace = pace([s for s in (_completion(*pair) for pair in pairs) if s is not None])
        self.submissions = Counter(one.pid for one in sources.there.values() if one.pid)
        self.answers: Counter[str] = Counter()
        for session in sources.sessions:
            self.answers[session.pid] += session.answers
        unnamed = [one for one in sources.sessions if not one.identified]
        self.nobody_lost = study.key_destroyed_at is None or not unnamed
        self.withdrawn = {
            one.pid for one in sources.sessions if one.participant.state == State.WITHDRAWN
        }


def _completion(session: Session | None, there: There | None) -> float | None:
    """The time of a completion, by Prolific's clock where it told; None for anything else."""
    done = there is not None and there.status in (*DONE_THERE, Status.REJECTED)
    if session is not None and session.participant.state == State.COMPLETED:
        done = True
    return _seconds(session, there) if done else None


def _seconds(session: Session | None, there: There | None) -> float | None:
    told = there.seconds if there else None
    return told if told is not None else (session.seconds if session else None)


def _entry(facts: _Facts, session: Session | None, there: There | None) -> Entry:
    evidence = _evidence(facts, session, there)
    kinds = tuple(_kinds(facts, session, there, evidence))
    sent = tuple(d.action for d in there.decisions if d.state == "sent") if there else ()
    state = session.participant.state if session else ""
    pid = (there.pid if there else "") or (session.pid if session else "")
    return Entry(
        submission_id=there.submission_id if there else session.submission_id if session else "",
        prolific_pid=pid,
        pseudonym=session.participant.pseudonym if session else facts.sources.names.get(pid, ""),
        state=state,
        status=evidence.status,
        code_given=evidence.code_given,
        code_expected=_expected(session),
        seconds=evidence.seconds,
        kinds=kinds,
        flags=tuple(_flags(session, there)),
        evidence=evidence,
        suggestion=suggest(Case(evidence, state, kinds, sent, facts.sources.told)),
        session=session,
        there=there,
    )


def _evidence(facts: _Facts, session: Session | None, there: There | None) -> Evidence:
    """What the rules judge. Data count as stored if the person answered under any submission."""
    person = session.participant if session else None
    definition = session.definition if session else None
    pid = there.pid if there else ""
    return Evidence(
        status=there.status if there else "",
        completed=person is not None and person.state == State.COMPLETED,
        data_stored=bool(session and session.answers) or bool(pid and facts.answers[pid]),
        withdrawn=bool(person and person.state == State.WITHDRAWN)
        or bool(pid and pid in facts.withdrawn),
        traceable=bool(pid) and facts.nobody_lost,
        checks=session.checks if session else (),
        comprehension_failed=bool(person and person.ended_because == "comprehension"),
        estimated_minutes=definition.estimated_minutes if definition else facts.sources.minutes,
        seconds=_seconds(session, there),
        pace=facts.pace,
        code_given=there.code if there else "",
        known_codes=tuple(definition.codes.values()) if definition else facts.sources.codes,
        excluded=session.excluded if session else (),
        let_go=_let_go(facts, session, there),
    )


def _let_go(facts: _Facts, session: Session | None, there: There | None) -> bool:
    """Whether our own pages ended it: by our state, or by the code where nobody is here."""
    if session is not None:
        return session.participant.state == State.SCREENED_OUT
    return there is not None and there.code in facts.sources.partings


def _expected(session: Session | None) -> str:
    """The code that our last page showed; empty while there was none."""
    if session is None or session.definition is None:
        return ""
    codes, state = session.definition.codes, session.participant.state
    if state == State.SCREENED_OUT:
        return codes["screened_out"]
    if state != State.COMPLETED:
        return ""
    failed = session.definition.failed_ending != "completed" and ATTENTION in session.excluded
    return codes["failed_attention" if failed else "completed"]


def _kinds(
    facts: _Facts, session: Session | None, there: There | None, evidence: Evidence
) -> Iterable[Kind]:
    if there is None:
        if facts.sources.told:
            yield Kind.ONLY_HERE
        return
    if session is None:
        yield Kind.ONLY_THERE
    ended_here = evidence.completed or bool(
        session and session.participant.state == State.SCREENED_OUT
    )
    if there.status in DONE_THERE and not ended_here:
        yield Kind.DATA_MISSING
    if evidence.completed and there.status in GONE_THERE:
        yield Kind.GONE_THERE
    if _wrong_code(session, there, evidence):
        yield Kind.WRONG_CODE
    if there.pid and facts.submissions[there.pid] > 1:
        yield Kind.TWICE
    if session is not None and session.identified and there.pid not in ("", session.pid):
        yield Kind.ID_DIFFERS


def _wrong_code(session: Session | None, there: There, evidence: Evidence) -> bool:
    """Another code than we showed; without a session, a code that is none of the study's."""
    expected = _expected(session)
    if not there.code:
        return False
    return there.code != expected if expected else there.code not in evidence.known_codes


def _flags(session: Session | None, there: There | None) -> Iterable[str]:
    """Facts worth a look that are no disagreement."""
    if session:
        yield from (f"excluded: {rule}" for rule in session.excluded)
    if session and session.participant.ended_because:
        yield f"screened out: {session.participant.ended_because}"
    if there and there.revoked:
        yield "consent to share data revoked"
    bots = there.row.values.get("authenticity_bots", "") if there and there.row else ""
    if str(bots).casefold() == "low":
        yield "authenticity: low"
