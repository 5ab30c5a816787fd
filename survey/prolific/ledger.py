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
    entries = [_entry(facts, pair) for pair in pairs]
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


@dataclass(frozen=True)
class _Pair:
    """A session here, a submission there, or both; what a missing one would say is empty."""

    session: Session | None
    there: There | None

    @property
    def state(self) -> str:
        return self.session.participant.state if self.session else ""

    @property
    def status(self) -> str:
        return self.there.status if self.there else ""

    @property
    def code(self) -> str:
        return self.there.code if self.there else ""

    @property
    def pid_there(self) -> str:
        return self.there.pid if self.there else ""

    @property
    def pid(self) -> str:
        return self.pid_there or (self.session.pid if self.session else "")

    @property
    def submission_id(self) -> str:
        known = self.there or self.session
        return known.submission_id if known else ""

    @property
    def seconds(self) -> float | None:
        """Prolific's time where it told one, ours otherwise."""
        if self.there and self.there.seconds is not None:
            return self.there.seconds
        return self.session.seconds if self.session else None

    @property
    def id_differs(self) -> bool:
        if self.session is None or not self.session.identified:
            return False
        return self.pid_there not in ("", self.session.pid)

    @property
    def ended_because(self) -> str:
        return self.session.participant.ended_because if self.session else ""


def _join(sources: Sources) -> Iterable[_Pair]:
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
                yield _Pair(session, free.pop(found))
        left = waiting
    yield from (_Pair(session, None) for session in left)
    yield from (_Pair(None, there) for there in free.values())


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

    def __init__(self, study: Study, sources: Sources, pairs: list[_Pair]) -> None:
        self.sources = sources
        times = [pair.seconds for pair in pairs if _is_completion(pair)]
        self.pace: Pace = pace([seconds for seconds in times if seconds is not None])
        self.submissions = Counter(one.pid for one in sources.there.values() if one.pid)
        self.answers: Counter[str] = Counter()
        for session in sources.sessions:
            self.answers[session.pid] += session.answers
        unnamed = [one for one in sources.sessions if not one.identified]
        self.nobody_lost = study.key_destroyed_at is None or not unnamed
        self.withdrawn = {
            one.pid for one in sources.sessions if one.participant.state == State.WITHDRAWN
        }

    def answered(self, pair: _Pair) -> bool:
        """Whether the person answered, under this submission or any other."""
        own = pair.session.answers if pair.session else 0
        return bool(own or (pair.pid_there and self.answers[pair.pid_there]))

    def withdrew(self, pair: _Pair) -> bool:
        """Whether the person withdrew, under this submission or any other."""
        if pair.state == State.WITHDRAWN:
            return True
        return bool(pair.pid_there) and pair.pid_there in self.withdrawn

    def let_go(self, pair: _Pair) -> bool:
        """Whether our own pages ended it: by our state, or by the code where nobody is here."""
        if pair.session is not None:
            return pair.state == State.SCREENED_OUT
        return pair.code in self.sources.partings


def _is_completion(pair: _Pair) -> bool:
    """Whether the survey was completed, by what either side says."""
    return pair.state == State.COMPLETED or pair.status in (*DONE_THERE, Status.REJECTED)


def _entry(facts: _Facts, pair: _Pair) -> Entry:
    session, there = pair.session, pair.there
    evidence = _evidence(facts, pair)
    kinds = _kinds(facts, pair, evidence)
    sent = tuple(d.action for d in there.decisions if d.state == "sent") if there else ()
    return Entry(
        submission_id=pair.submission_id,
        prolific_pid=pair.pid,
        pseudonym=_pseudonym(facts, pair),
        state=pair.state,
        status=pair.status,
        code_given=pair.code,
        code_expected=_expected(session),
        seconds=pair.seconds,
        kinds=kinds,
        flags=tuple(_flags(session, there)),
        evidence=evidence,
        suggestion=suggest(Case(evidence, pair.state, kinds, sent, facts.sources.told)),
        session=session,
        there=there,
    )


def _pseudonym(facts: _Facts, pair: _Pair) -> str:
    if pair.session:
        return pair.session.participant.pseudonym
    return facts.sources.names.get(pair.pid, "")


def _evidence(facts: _Facts, pair: _Pair) -> Evidence:
    """What the rules judge."""
    session = pair.session
    definition = session.definition if session else None
    return Evidence(
        status=pair.status,
        completed=pair.state == State.COMPLETED,
        data_stored=facts.answered(pair),
        withdrawn=facts.withdrew(pair),
        traceable=bool(pair.pid_there) and facts.nobody_lost,
        checks=session.checks if session else (),
        comprehension_failed=pair.ended_because == "comprehension",
        estimated_minutes=definition.estimated_minutes if definition else facts.sources.minutes,
        seconds=pair.seconds,
        pace=facts.pace,
        code_given=pair.code,
        known_codes=tuple(definition.codes.values()) if definition else facts.sources.codes,
        excluded=session.excluded if session else (),
        let_go=facts.let_go(pair),
    )


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


def _kinds(facts: _Facts, pair: _Pair, evidence: Evidence) -> tuple[Kind, ...]:
    """On what the two sides disagree."""
    if pair.there is None:
        return (Kind.ONLY_HERE,) if facts.sources.told else ()
    ended_here = pair.state in (State.COMPLETED, State.SCREENED_OUT)
    found = {
        Kind.ONLY_THERE: pair.session is None,
        Kind.DATA_MISSING: pair.status in DONE_THERE and not ended_here,
        Kind.GONE_THERE: evidence.completed and pair.status in GONE_THERE,
        Kind.WRONG_CODE: _wrong_code(pair, evidence),
        Kind.TWICE: facts.submissions[pair.pid_there] > 1,
        Kind.ID_DIFFERS: pair.id_differs,
    }
    return tuple(kind for kind, holds in found.items() if holds)


def _wrong_code(pair: _Pair, evidence: Evidence) -> bool:
    """Another code than we showed; without a session, a code that is none of the study's."""
    expected = _expected(pair.session)
    if not pair.code:
        return False
    return pair.code != expected if expected else pair.code not in evidence.known_codes


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
