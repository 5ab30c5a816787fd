"""Flags say what was seen and compared; decisions by people leave tracks and can be taken back."""

from datetime import timedelta

import pytest

from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from survey.models import (
    Answer,
    Assignment,
    Cohort,
    DemographicRow,
    Exclusion,
    PageVisit,
    Participant,
    ProlificIdentity,
)
from survey.services import exclusions
from survey.services.quality import COLUMNS, quality, quality_rows
from tests.survey.services.test_assignment import answer_all, arrive

pytestmark = pytest.mark.django_db


def took(participant, minutes):
    end = participant.consent_at + timedelta(minutes=minutes)
    Participant.objects.filter(pk=participant.pk).update(completed_at=end, state="completed")


def flags_of(study, participant):
    (one,) = [o for o in quality(study, Cohort.REAL).people if o.participant == participant]
    return {flag.kind: flag for flag in one.flags}


@pytest.fixture
def crowd(study):
    people = [arrive(study, number) for number in range(12)]
    for number, person in enumerate(people):
        took(person, 10 + number % 4)
    return people


def vary(participant):
    """Give answers that are neither straight nor copied."""
    for number, row in enumerate(participant.assignments.all()):
        Answer.objects.update_or_create(
            assignment=row,
            defaults={
                "personal": ("culture", "preference")[number % 2],
                "norm": ("culture", "preference")[number // 2 % 2],
                "importance_norm": 1 + number,
                "importance_preference": 7 - number,
                "reason": f"A reason of my own, number {participant.pk}-{number}.",
            },
        )


class TestFlags:
    def test_who_is_far_below_the_median_is_named_with_the_comparison(self, study, crowd):
        took(crowd[0], 1)

        flag = flags_of(study, crowd[0])["fast"]
        assert flag.seen == "1.0 minutes"
        assert "faster than 92%" in flag.compared
        assert "fast" not in flags_of(study, crowd[1])

    def test_with_few_people_nobody_is_fast_and_the_page_says_why(self, study):
        person = arrive(study, 1)
        took(person, 0.1)

        assert "fast" not in flags_of(study, person)
        assert "10 are needed" in quality(study, Cohort.REAL).unknown[0]

    def test_always_the_same_rating_is_named_and_variety_is_not(self, study):
        straight, varied = arrive(study, 1), arrive(study, 2)
        for row in straight.assignments.all():
            Answer.objects.create(
                assignment=row, personal="culture", norm="preference",
                importance_norm=4, importance_preference=4,
            )  # fmt: skip
        vary(varied)

        assert "same rating" in flags_of(study, straight)
        assert flags_of(study, varied) == {}

    @pytest.mark.parametrize(("n", "flagged"), [(3, False), (7, True)])
    def test_always_the_same_side_needs_enough_answers_to_be_rare(self, study, n, flagged):
        person = arrive(study, 1)
        Assignment.objects.filter(participant=person).update(option_order="culture_first")
        for row in person.assignments.all()[:n]:
            Answer.objects.create(assignment=row, personal="culture", norm="culture")

        found = flags_of(study, person)
        assert ("same side" in found) == flagged
        if flagged:
            assert found["same side"].seen == "first action chosen, all 14 times"

    def test_the_same_text_of_two_people_is_named_for_both(self, study):
        people = [arrive(study, 1), arrive(study, 2)]
        for person in people:
            vary(person)
            Answer.objects.filter(assignment__participant=person, assignment__position=1).update(
                reason="As an AI model, I would follow it."
            )

        assert all("same text" in flags_of(study, person) for person in people)

    def test_pastes_are_counted_where_the_study_keeps_them(self, study):
        person = arrive(study, 1)
        PageVisit.objects.create(participant=person, page="scenario:1", pasted_characters=80)
        PageVisit.objects.create(participant=person, page="scenario:2", pasted_characters=None)

        assert flags_of(study, person)["pasted"].seen == "80 characters pasted"

    def test_low_authenticity_of_the_export_is_named(self, study):
        person = arrive(study, 1)
        submission = "c" * 24
        ProlificIdentity.objects.filter(participant=person).update(submission_id=submission)
        DemographicRow.objects.create(
            study=study, submission_id=submission, prolific_pid="p", file_name="f.csv",
            row_number=2, extra={"Authenticity check: Bots": "Low"},
        )  # fmt: skip

        assert flags_of(study, person)["authenticity"].seen == "Authenticity check: Bots"

    def test_other_cohorts_are_not_looked_at(self, study):
        arrive(study, 1, cohort=Cohort.REHEARSAL)

        assert quality(study, Cohort.REAL).people == []

    def test_the_number_of_queries_does_not_grow_with_people(
        self, study, crowd, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(8):
            quality(study, Cohort.REAL)


def test_the_sheet_has_a_row_a_person_and_no_ids(study):
    person = arrive(study, 1)
    answer_all(person, right=False)

    (row,) = quality_rows(study, Cohort.REAL)
    assert tuple(row) == COLUMNS
    assert (row["participant"], row["failed_checks"]) == (person.pseudonym, 3)
    assert row["exclusions"] == "attention"
    assert ProlificIdentity.objects.get().prolific_pid not in str(row)


class TestDecisions:
    def test_leaving_out_frees_the_places_and_taking_in_takes_them_back(self, study, researcher):
        person = arrive(study, 1)
        answer_all(person)

        row = exclusions.exclude(
            participant=person, rule="by hand", reason="Wrote to us.", actor=researcher
        )
        assert not person.assignments.holding().exists()
        assert not Participant.objects.analysed().exists()

        exclusions.reverse(exclusion=row, note="A misunderstanding.", actor=researcher)
        assert person.assignments.holding().count() == 7
        assert Participant.objects.analysed().get() == person
        verbs = AuditEvent.objects.filter(verb__startswith="participant.").order_by("pk")
        assert [event.verb for event in verbs] == ["participant.excluded", "participant.taken_back"]
        assert row.reversal_note == "A misunderstanding."

    @pytest.mark.parametrize("text", ["", "   "])
    def test_both_need_a_reason(self, study, researcher, text):
        person = arrive(study, 1)
        with pytest.raises(BadInput):
            exclusions.exclude(participant=person, rule="by hand", reason=text, actor=researcher)
        row = exclusions.exclude(participant=person, rule="by hand", reason="x", actor=researcher)
        with pytest.raises(BadInput):
            exclusions.reverse(exclusion=row, note=text, actor=researcher)
        assert row.reversed_at is None

    def test_one_reversed_of_two_leaves_the_person_out(self, study, researcher):
        person = arrive(study, 1)
        answer_all(person, right=False)
        by_hand = exclusions.exclude(
            participant=person, rule="by hand", reason="x", actor=researcher
        )

        exclusions.reverse(exclusion=by_hand, note="y", actor=researcher)

        assert not Participant.objects.analysed().exists()
        assert not person.assignments.holding().exists()

    def test_after_a_reversal_the_same_decision_can_be_made_again(self, study, researcher):
        person = arrive(study, 1)
        first = exclusions.exclude(participant=person, rule="by hand", reason="x", actor=researcher)
        exclusions.reverse(exclusion=first, note="y", actor=researcher)

        again = exclusions.exclude(participant=person, rule="by hand", reason="z", actor=researcher)
        assert again.pk != first.pk


def test_thresholds_show_one_two_and_none(study):
    answer_all(arrive(study, 1))
    answer_all(arrive(study, 2), right=False)

    rows = {
        row.k: (row.excluded, row.kept, row.frozen) for row in exclusions.thresholds(study, "real")
    }
    assert rows == {1: (1, 1, False), 2: (1, 1, True), None: (0, 2, False)}


class TestTheChain:
    def submission(self, study, person, **changes):
        identity = ProlificIdentity.objects.get(participant=person)
        ProlificIdentity.objects.filter(pk=identity.pk).update(submission_id="e" * 24)
        row = {"submission_id": "e" * 24, "prolific_pid": identity.prolific_pid} | changes
        DemographicRow.objects.create(study=study, file_name="f.csv", row_number=2, **row)

    def test_an_id_that_is_not_in_the_export_is_left_out_with_evidence(self, study, researcher):
        known, unknown = arrive(study, 1), arrive(study, 2)
        for person in (known, unknown):
            answer_all(person)
        self.submission(study, known)

        assert exclusions.apply_rules(study=study, cohort="real", actor=researcher) == 1
        row = unknown.exclusions.get()
        assert (row.rule, row.told) == ("not in the export", "found: 0; rows of the export: 1")
        assert not unknown.assignments.holding().exists()
        assert not known.exclusions.exists()

    def test_whoever_typed_the_id_is_found_by_it(self, study, researcher):
        person = arrive(study, 1)
        answer_all(person)
        self.submission(study, person)
        ProlificIdentity.objects.update(submission_id="")

        assert exclusions.apply_rules(study=study, cohort="real", actor=researcher) == 0

        DemographicRow.objects.update(prolific_pid="f" * 24)
        assert exclusions.apply_rules(study=study, cohort="real", actor=researcher) == 1

    def test_the_id_must_be_the_same_person(self, study, researcher):
        person = arrive(study, 1)
        answer_all(person)
        self.submission(study, person, prolific_pid="f" * 24)

        assert exclusions.apply_rules(study=study, cohort="real", actor=researcher) == 1

    def test_without_an_export_nobody_is_missed(self, study, researcher):
        answer_all(arrive(study, 1))

        assert exclusions.apply_rules(study=study, cohort="real", actor=researcher) == 0

    def test_twice_is_once_and_what_was_reversed_stays_reversed(self, study, researcher):
        person = arrive(study, 1)
        answer_all(person, right=False)
        exclusions.reverse(exclusion=person.exclusions.get(), note="y", actor=researcher)

        assert exclusions.apply_rules(study=study, cohort="real", actor=researcher) == 0
        assert Participant.objects.analysed().get() == person


def test_evidence_is_told_in_words():
    evidence = {"at": "2026-11-21T15:46:08.874130+00:00", "failed": ["a", "b"], "asked": 3}
    told = "asked: 3; at: 21 November 2026, 15:46 UTC; failed: a, b"
    assert Exclusion(evidence=evidence).told == told
