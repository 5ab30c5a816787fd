"""The ledger: an outer join that loses nothing, and says what disagrees and what to do."""

from collections import Counter

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey.models import Exclusion, Participant, ProlificDecision, ProlificIdentity
from survey.prolific.ledger import counts, find, ledger
from survey.prolific.rules import supported_categories
from survey.prolific.suggesting import Kind, Next
from survey.services import withdrawals
from survey.services.cohorts import home_cohort
from survey.services.instruments import definition_of
from tests.survey.prolific.casting import export_row, session, submission
from tests.survey.prolific.exports import pid, sid

pytestmark = pytest.mark.django_db

MISSING = {Kind.ONLY_THERE, Kind.DATA_MISSING}


def only(study, cohort="real"):
    (entry,) = ledger(study, cohort)
    return entry


def test_who_agrees_everywhere_is_approved(study):
    person = session(study, 1)
    submission(study, 1)
    export_row(study, 1)

    entry = only(study)

    assert (entry.kinds, entry.action) == ((), Next.APPROVE)
    assert entry.pseudonym == person.pseudonym
    assert entry.code_given == entry.code_expected
    assert (entry.failed, entry.asked, entry.seconds) == (0, 3, 600.0)


@pytest.mark.parametrize(
    ("build", "kinds", "action"),
    [
        (lambda s: (session(s, 1), submission(s, 2)), [{Kind.ONLY_HERE}, MISSING], None),
        (lambda s: submission(s, 1), [MISSING], Next.RETURN),
        (lambda s: export_row(s, 1), [MISSING], Next.RETURN),
        (lambda s: submission(s, 1, "ACTIVE"), [{Kind.ONLY_THERE}], Next.WAIT),
        (
            lambda s: (session(s, 1, state="consented"), submission(s, 1)),
            [{Kind.DATA_MISSING}],
            Next.RETURN,
        ),
        (
            lambda s: (session(s, 1, state="consented"), submission(s, 1, "APPROVED")),
            [{Kind.DATA_MISSING}],
            Next.LOOK,
        ),
        (
            lambda s: (session(s, 1), submission(s, 1, "RETURNED")),
            [{Kind.GONE_THERE}],
            Next.LOOK,
        ),
        (
            lambda s: (session(s, 1), submission(s, 1, "TIMED-OUT")),
            [{Kind.GONE_THERE}],
            Next.LOOK,
        ),
        (
            lambda s: (session(s, 1), submission(s, 1, code="WRONG")),
            [{Kind.WRONG_CODE}],
            Next.APPROVE,
        ),
        (
            lambda s: (session(s, 1), submission(s, 1, code="NOCODE")),
            [{Kind.WRONG_CODE}],
            Next.APPROVE,
        ),
        (
            lambda s: (session(s, 1), submission(s, 1, prolific_pid=pid(7))),
            [{Kind.ID_DIFFERS}],
            Next.LOOK,
        ),
        (
            lambda s: (session(s, 1), submission(s, 1), submission(s, 2, prolific_pid=pid(1))),
            [{Kind.TWICE}, MISSING | {Kind.TWICE}],
            None,
        ),
        (lambda s: (session(s, 1), submission(s, 1, "ACTIVE")), [set()], Next.WAIT),
        (lambda s: (session(s, 1), submission(s, 1, "APPROVED")), [set()], Next.NOTHING),
        (lambda s: session(s, 1), [set()], Next.UPDATE),
        (
            lambda s: (session(s, 1, failed=2), submission(s, 1)),
            [set()],
            Next.REJECT,
        ),
        (
            lambda s: (session(s, 1, failed=1), submission(s, 1)),
            [set()],
            Next.APPROVE,
        ),
        (
            lambda s: (session(s, 1, state="screened_out"), submission(s, 1, code="")),
            [set()],
            Next.LOOK,
        ),
    ],
)
def test_every_kind_of_disagreement_is_named_with_a_next_step(study, build, kinds, action):
    build(study)

    entries = ledger(study, "real")

    found = [set(entry.kinds) for entry in entries]
    assert sorted(found, key=sorted) == sorted(kinds, key=sorted)
    assert action is None or [entry.action for entry in entries] == [action]
    assert all(entry.suggestion.reason for entry in entries if entry.action != Next.NOTHING)


def test_kinds_are_counted_zeros_included(study):
    submission(study, 1)
    submission(study, 2)

    found = counts(ledger(study, "real"))

    assert set(found) == set(Kind)
    assert (found[Kind.ONLY_THERE], found[Kind.TWICE]) == (2, 0)


def test_an_id_that_was_typed_finds_its_submission(study):
    session(study, 1, submission_id="")
    submission(study, 1)

    entry = only(study)

    assert (entry.kinds, entry.action) == ((), Next.APPROVE)
    assert entry.submission_id == sid(1)


def test_the_export_fills_in_where_the_api_is_silent(study):
    session(study, 1)
    export_row(study, 1, code="OTHER", time_taken="33.5")

    entry = only(study)

    assert (entry.status, entry.code_given, entry.seconds) == ("AWAITING REVIEW", "OTHER", 33.5)


def test_somebody_who_withdrew_is_recognised_and_never_rejected(study):
    person = session(study, 1)
    submission(study, 1)
    withdrawals.withdraw(participant=person, asked_by="participant")

    entry = only(study)

    assert (entry.pseudonym, entry.state) == (person.pseudonym, "withdrawn")
    assert entry.evidence.withdrawn
    assert entry.action == Next.LOOK


def test_a_second_submission_of_somebody_whose_answers_are_here_is_no_missing_data(study):
    session(study, 1)
    submission(study, 1)
    submission(study, 2, prolific_pid=pid(1))

    second = next(one for one in ledger(study, "real") if one.session is None)

    assert second.evidence.data_stored
    assert second.action == Next.LOOK


def test_misunderstood_instructions_end_in_asking_to_return(study):
    person = session(study, 1, state="screened_out")
    Participant.objects.filter(pk=person.pk).update(ended_because="comprehension")
    submission(study, 1)

    assert only(study).action == Next.RETURN


def test_who_was_screened_out_is_never_rejected_however_fast_and_empty(study):
    for number in range(2, 32):
        session(study, number)
        submission(study, number, seconds=600.0 + number)
    person = session(study, 1, state="screened_out")
    Participant.objects.filter(pk=person.pk).update(ended_because="country")
    code = definition_of(study.instrument).codes["screened_out"]
    row = submission(study, 1, seconds=20.0, code=code)

    entry = find(study, "real", row.pk)

    assert entry.action == Next.LOOK
    assert not supported_categories(entry.evidence)


@pytest.mark.parametrize("ending", ["no_consent", "incompatible_device", "screened_out", "closed"])
def test_who_was_sent_away_at_the_door_is_asked_to_return_and_never_rejected(study, ending):
    submission(study, 1, seconds=5.0, code=definition_of(study.instrument).codes[ending])

    entry = only(study)

    assert entry.action == Next.RETURN
    assert not supported_categories(entry.evidence)


def test_exclusions_are_flags_and_change_no_payment(study):
    person = session(study, 1)
    submission(study, 1)
    Exclusion.objects.create(participant=person, rule="duplicate", rule_version="1")

    entry = only(study)

    assert entry.flags == ("excluded: duplicate",)
    assert entry.action == Next.APPROVE


def test_what_was_sent_is_waited_for(study):
    session(study, 1)
    told = submission(study, 1)
    ProlificDecision.objects.create(submission=told, action="APPROVE", state="sent")

    assert only(study).action == Next.WAIT


def test_cohorts_are_kept_apart_and_nobodys_submissions_have_one_home(study):
    session(study, 1, cohort="rehearsal")
    submission(study, 1)
    submission(study, 2)
    assert home_cohort(study) == "rehearsal"

    session(study, 3)

    assert {one.submission_id for one in ledger(study, "rehearsal")} == {sid(1)}
    assert {one.submission_id for one in ledger(study, "real")} == {sid(2), sid(3)}


SESSIONS = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from([None, *range(6)]),
        st.sampled_from(["real", "rehearsal"]),
        st.sampled_from(["consented", "screened_out", "withdrawn"]),
    ),
    max_size=5,
    unique_by=lambda one: (one[0], one[2]),
)
TOLD = st.dictionaries(st.integers(0, 5), st.integers(0, 5), max_size=5)
QUIET = [HealthCheck.function_scoped_fixture]


@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(sessions=SESSIONS, told=TOLD, listed=TOLD)
def test_every_session_submission_and_row_appears_exactly_once(study, sessions, told, listed):
    with transaction.atomic():
        for person, key, cohort, state in sessions:
            change = {"submission_id": "" if key is None else sid(key)}
            made = session(study, person, state=state, cohort=cohort, **change)
            if state == "withdrawn":
                ProlificIdentity.objects.filter(participant=made).delete()
        for key, person in told.items():
            submission(study, key, prolific_pid=pid(person))
        for key in listed:
            export_row(study, key)

        entries = [*ledger(study, "real"), *ledger(study, "rehearsal")]

        here = Counter(one.session.participant.pk for one in entries if one.session)
        there = [one.there for one in entries if one.there]
        assert here == Counter(study.participants.values_list("pk", flat=True))
        assert Counter(one.known.pk for one in there if one.known) == Counter(
            study.submissions.values_list("pk", flat=True)
        )
        assert Counter(one.row.pk for one in there if one.row) == Counter(
            study.demographics.values_list("pk", flat=True)
        )
        transaction.set_rollback(True)


def test_the_ledger_takes_the_same_number_of_queries_for_any_number(
    study, django_assert_max_num_queries
):
    for number in range(12):
        session(study, number, failed=number % 3)
        submission(study, number)

    with django_assert_max_num_queries(14):
        assert len(ledger(study, "real")) == 12
