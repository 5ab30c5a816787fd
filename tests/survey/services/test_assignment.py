"""Places are leased, confirmed, given back and taken again."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from survey.models import Answer, Assignment, Cohort, Participant
from survey.services import assignment, coverage, participation
from survey.services.instruments import definition_of
from survey.services.participation import Person, Reply
from survey.services.studies import add_instrument, standard_definition
from survey.services.withdrawals import withdraw
from tests.survey.walking import pid

pytestmark = pytest.mark.django_db

REPLY = Reply("culture", "preference", 6, 2, "Because.")


def arrive(study, number, country="BR", cohort=Cohort.REAL):
    """A person who has agreed and said where they live."""
    participant = participation.consent(
        study=study, person=Person(pid(number), cohort), language="en"
    )
    participation.introduce(
        participant=participant, country=country, age_bucket="older", gender="male"
    )
    return participant


def answer_all(participant, right=True):
    for row in participant.assignments.all():
        participation.save_reply(participant=participant, position=row.position, reply=REPLY)
    for check in definition_of(participant.instrument).checks:
        wrong = next(o.code for o in check.options if o.code not in check.passes)
        given = check.passes[0] if right else wrong
        participation.save_check(participant=participant, check=check, given=given)


def run_out_of_time(participant):
    past = timezone.now() - timedelta(minutes=1)
    Participant.objects.filter(pk=participant.pk).update(expires_at=past)


@pytest.fixture
def tight(study):
    """The study planned for one person a country, so that each cell has one place."""
    add_instrument(study=study, definition=standard_definition(planned_completes=5))
    return study


def test_consent_takes_no_place_and_the_country_takes_seven(study):
    participant = participation.consent(
        study=study, person=Person(pid(1), Cohort.REAL), language="en"
    )
    assert not Assignment.objects.exists()

    participation.introduce(
        participant=participant, country="BR", age_bucket="older", gender="male"
    )

    rows = participant.assignments.all()
    assert Counter(row.relation for row in rows) == {"same": 3, "close": 2, "far": 2}
    assert [row.position for row in rows] == list(range(1, 8))
    assert all(row.slot == 1 and row.state == "leased" for row in rows)
    assert sum(row.asks_reason for row in rows) == 2


def test_the_same_person_twice_is_one_participant(study):
    first, second = arrive(study, 1), arrive(study, 1, country="IN")

    assert first == second
    assert (Participant.objects.count(), Assignment.objects.count()) == (1, 7)
    assert Participant.objects.get().country == "BR"


def test_what_was_stored_can_be_replayed(study):
    for number in range(6):
        participant = arrive(study, number)
        rows = list(participant.assignments.all())
        replayed = assignment.replay(participant)

        assert replayed.items == [row.item_id for row in rows]
        assert replayed.orders == [row.option_order for row in rows]
        assert replayed.first_frame == participant.first_frame
        assert replayed.reasons == [row.position for row in rows if row.asks_reason]


SETTINGS = {
    "receivers": ["older_female", "younger_male"],
    "frame_order": "norm_first",
    "side_order": "preference_first",
    "reason_positions": [1, 6],
}


def test_the_instrument_decides_on_receivers_orders_and_reasons(study):
    add_instrument(study=study, definition=standard_definition(**SETTINGS))
    for number in range(12):
        participant = arrive(study, number)
        rows = list(participant.assignments.select_related("item"))
        replayed = assignment.replay(participant)

        assert participant.first_frame == replayed.first_frame == "norm"
        assert {row.option_order for row in rows} == set(replayed.orders) == {"preference_first"}
        assert [row.position for row in rows if row.asks_reason] == replayed.reasons == [1, 6]
        assert replayed.items == [row.item_id for row in rows]
        assert {f"{row.item.receiver_age}_{row.item.receiver_gender}" for row in rows} <= set(
            SETTINGS["receivers"]
        )
        assert len({row.scenario_id for row in rows}) == 7


def test_only_listed_receivers_are_cells_and_share_the_target(study):
    """Brazil has 7 scenarios of its own: 40 people x 3 answers over 7 x 4 cells, then over 7 x 1."""

    def own_cells():
        cells = coverage.cell_counts(study, Cohort.REAL)
        return [cell for cell in cells if (cell.country, cell.relation) == ("BR", "same")]

    assert (len(own_cells()), own_cells()[0].target) == (28, 5)

    add_instrument(study=study, definition=standard_definition(receivers=["older_female"]))

    assert (len(own_cells()), own_cells()[0].target) == (7, 18)


def test_first_frames_are_balanced_within_a_country(study):
    frames = Counter(arrive(study, number).first_frame for number in range(8))
    assert frames == {"personal": 4, "norm": 4}


def test_option_orders_are_balanced_within_a_scenario_and_country(study):
    for number in range(12):
        arrive(study, number)
    seen = Counter(Assignment.objects.values_list("scenario", "option_order"))
    for scenario in {key[0] for key in seen}:
        assert abs(seen[scenario, "culture_first"] - seen[scenario, "preference_first"]) <= 1


def test_cohorts_are_counted_apart(study):
    arrive(study, 1, cohort=Cohort.REHEARSAL)
    participant = arrive(study, 2, cohort=Cohort.REAL)

    assert participant.assignments.get(position=1).why["seen"]["held"] == {}


def test_who_comes_when_all_places_are_taken_is_surplus(tight):
    """Brazil's 'same' cells hold 28 places: nine people take 27, the tenth gets one and two over."""
    people = [arrive(tight, number) for number in range(10)]

    last = people[-1].assignments.filter(relation="same")
    assert sum(row.surplus for row in last) == 2
    assert (
        not Assignment.objects.exclude(participant=people[-1])
        .filter(relation="same", surplus=True)
        .exists()
    )
    assert all(
        cell.confirmed + cell.leased <= cell.target
        for cell in coverage.cell_counts(tight, Cohort.REAL)
    )


def test_an_expired_lease_is_given_to_the_next(study):
    gone = arrive(study, 1)
    run_out_of_time(gone)

    arrive(study, 2)

    gone.refresh_from_db()
    assert gone.state == Participant.State.TIMED_OUT
    assert {row.state for row in gone.assignments.all()} == {"released"}
    assert coverage.cell_counts(study, Cohort.REAL)
    assert Assignment.objects.holding().count() == 7


def test_a_draw_for_another_country_leaves_an_expired_lease_alone(study):
    """It competes for none of its places, and two draws beside each other touch no common row."""
    late = arrive(study, 1)
    run_out_of_time(late)

    arrive(study, 2, "IN")
    late.refresh_from_db()
    assert (late.state, late.assignments.holding().count()) == ("consented", 7)

    arrive(study, 3)
    late.refresh_from_db()
    assert (late.state, late.assignments.holding().count()) == ("timed_out", 0)


def test_answers_of_somebody_who_timed_out_are_kept_as_surplus(study):
    gone = arrive(study, 1)
    participation.save_reply(participant=gone, position=1, reply=REPLY)
    run_out_of_time(gone)

    arrive(study, 2)

    kept = gone.assignments.get(position=1)
    assert (kept.state, kept.surplus, kept.answer.personal) == ("confirmed", True, "culture")


def test_who_comes_back_late_goes_on_and_gets_free_places_back(study):
    late = arrive(study, 1)
    participation.save_reply(participant=late, position=1, reply=REPLY)
    run_out_of_time(late)
    arrive(study, 2)

    answer_all(late)

    late.refresh_from_db()
    assert late.state == Participant.State.COMPLETED
    # A far cell wants one answer, and the other person may have it; own and close ones have room.
    assert not late.assignments.exclude(relation="far").filter(surplus=True).exists()
    assert Answer.objects.filter(assignment__participant=late).count() == 7


def test_late_answers_to_places_that_others_hold_are_surplus_not_lost(tight):
    late = arrive(tight, 1)
    run_out_of_time(late)
    for number in range(2, 12):  # these take every place of Brazil's own scenarios
        arrive(tight, number)

    answer_all(late)

    own = late.assignments.filter(relation="same")
    assert {(row.state, row.surplus) for row in own} == {("confirmed", True)}
    assert all(
        cell.confirmed + cell.leased <= cell.target
        for cell in coverage.cell_counts(tight, Cohort.REAL)
    )


def test_a_place_reopens_when_its_participant_is_excluded(study):
    failed = arrive(study, 1)

    answer_all(failed, right=False)

    assert failed.exclusions.get().evidence == {"failed": ["agree", "moon", "green"], "asked": 3}
    assert not Assignment.objects.holding().exists()
    assert Answer.objects.count() == 7


def test_a_reversed_exclusion_takes_free_places_back_and_leaves_the_rest_surplus(tight):
    """Meanwhile nobody came for the close and far cells, and nine took all of Brazil's own."""
    failed = arrive(tight, 1)
    answer_all(failed, right=False)
    for number in range(2, 12):
        arrive(tight, number)

    with transaction.atomic():
        assignment.lock(tight.pk)
        assignment.take_back(participant=failed)

    rows = failed.assignments.all()
    assert {row.surplus for row in rows if row.relation == "same"} == {True}
    assert all(row.state == "confirmed" for row in rows)
    held = [(row.item_id, row.country, row.slot) for row in Assignment.objects.holding()]
    assert len(held) == len(set(held))


def test_a_reversed_exclusion_with_all_places_free_is_as_if_it_never_was(study):
    failed = arrive(study, 1)
    answer_all(failed, right=False)

    with transaction.atomic():
        assignment.lock(study.pk)
        assignment.take_back(participant=failed)

    assert failed.assignments.filter(surplus=False, state="confirmed").count() == 7


def test_a_place_given_back_by_whoever_leaves_is_drawn_again(tight):
    """One place per cell: after a release the next person may hold exactly the same ones."""
    gone = arrive(tight, 1)
    answer_all(gone)
    for number in range(2, 10):
        arrive(tight, number)
    assert not Assignment.objects.filter(relation="same", surplus=True).exists()
    freed = set(gone.assignments.filter(relation="same").values_list("item_id", flat=True))

    assignment.release(participant=gone)
    others = [arrive(tight, number) for number in (10, 11)]

    held = Assignment.objects.holding().filter(participant__in=others, relation="same")
    assert freed <= set(held.values_list("item_id", flat=True))


def test_a_place_reopens_when_its_participant_withdraws(tight):
    gone = arrive(tight, 1)
    answer_all(gone)
    freed = set(gone.assignments.values_list("item_id", flat=True))

    withdraw(participant=gone, asked_by="participant")

    assert not Assignment.objects.holding().exists()
    for number in range(2, 32):
        arrive(tight, number)
    retaken = Assignment.objects.holding().values_list("item_id", flat=True)
    own = {row.item_id for row in gone.assignments.filter(relation="same")}
    assert own <= freed & set(retaken)


def test_an_answer_carries_the_version_its_participant_agreed_to(study):
    before = study.instrument
    early = arrive(study, 1)
    after = add_instrument(study=study, definition=standard_definition(points=5, reasons=0))
    late = arrive(study, 2)

    answer_all(early)
    answer_all(late)

    hashes = Answer.objects.values_list("assignment__participant", "instrument_hash").distinct()
    assert dict(hashes) == {early.pk: before.content_hash, late.pk: after.content_hash}
    assert before.content_hash != after.content_hash


def test_answers_cannot_change_after_completion(study):
    done = arrive(study, 1)
    answer_all(done)

    changed = Reply("preference", "preference", 1, 1)
    participation.save_reply(participant=done, position=1, reply=changed)

    assert done.assignments.get(position=1).answer.personal == "culture"


def test_only_the_first_answer_to_an_attention_check_counts(study):
    participant = arrive(study, 1)
    check = definition_of(participant.instrument).checks[0]

    participation.save_check(participant=participant, check=check, given="neutral")
    participation.save_check(participant=participant, check=check, given="strongly_agree")

    assert not participant.checks.get().passed


def test_a_country_outside_the_study_ends_it_without_places(study):
    participant = arrive(study, 1, country="other")

    assert participant.state == Participant.State.SCREENED_OUT
    assert not Assignment.objects.exists()


def test_misunderstanding_twice_gives_the_places_back(study):
    participant = arrive(study, 1)

    for _ in range(2):
        participation.comprehend(participant=participant, right=False)

    assert participant.state == Participant.State.SCREENED_OUT
    assert not Assignment.objects.holding().exists()


def redesign(study, **changes):
    add_instrument(study=study, definition=standard_definition(**changes))
    return study


def test_only_the_receivers_of_the_instrument_are_given(study):
    participant = arrive(redesign(study, receivers=["older_female"]), 1)

    items = [row.item for row in participant.assignments.select_related("item")]
    assert {(item.receiver_age, item.receiver_gender) for item in items} == {("older", "female")}
    cells = coverage.cell_counts(study, Cohort.REAL)
    assert len({cell.item for cell in cells}) == 63


@pytest.mark.parametrize(
    ("order", "frame"), [("personal_first", "personal"), ("norm_first", "norm")]
)
def test_a_fixed_frame_order_is_kept_for_everybody(study, order, frame):
    redesign(study, frame_order=order)

    people = [arrive(study, number) for number in range(3)]

    assert {person.first_frame for person in people} == {frame}
    assert all(assignment.replay(person).first_frame == frame for person in people)


def test_balanced_frames_differ_by_at_most_one_within_a_country(study):
    people = [arrive(study, number) for number in range(5)]

    frames = Counter(person.first_frame for person in people)
    assert abs(frames["personal"] - frames["norm"]) == 1


def test_a_fixed_side_order_is_kept_for_everybody(study):
    participant = arrive(redesign(study, side_order="preference_first"), 1)

    orders = {row.option_order for row in participant.assignments.all()}
    assert orders == {"preference_first"} == set(assignment.replay(participant).orders)


def test_reasons_are_asked_at_the_places_named(study):
    participant = arrive(redesign(study, reason_positions=[1, 7]), 1)

    asked = participant.assignments.filter(asks_reason=True).values_list("position", flat=True)
    assert list(asked) == [1, 7]


def test_who_ran_out_of_time_before_the_instructions_can_go_on(study, monkeypatch):
    seeds = iter((1, 2))  # of draws that have no item in common: some items have one place only
    monkeypatch.setattr(assignment.secrets, "randbits", lambda _bits: next(seeds))
    participant = arrive(study, 1)
    run_out_of_time(participant)
    other = arrive(study, 2)  # whoever draws next for the country frees what has run out
    drawn = [set(one.assignments.values_list("item", flat=True)) for one in (participant, other)]
    assert drawn[0].isdisjoint(drawn[1])

    participation.comprehend(participant=participant, right=True)

    participant.refresh_from_db()
    assert (participant.state, bool(participant.instructions_at)) == ("consented", True)
    assert participant.assignments.holding().count() == 7


def test_who_returned_the_study_before_saying_where_they_live_can_go_on(study):
    person = Person(pid(1), Cohort.REAL)
    participant = participation.consent(study=study, person=person, language="en")
    Participant.objects.update(state=Participant.State.RETURNED)

    participation.introduce(
        participant=participant, country="BR", age_bucket="older", gender="male"
    )

    participant.refresh_from_db()
    assert (participant.state, participant.country) == ("consented", "BR")
