"""Answering: own order, set and not toggled, revisions kept, leases, nobody twice, none too many."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import Annotator, Label, SampledItem, Task, Validation
from annotation.services.validation import annotating, claiming, freezing, people
from annotation.services.validation.progress import by_seat, own_progress, progress
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from tests.annotation.validating import (
    CODES,
    make_given,
    make_validation,
    rate,
    rate_all,
    seats,
    states,
)

pytestmark = pytest.mark.django_db

FREE = {"mode": "free", "shared": 0, "raters": 2}


def free_pool(**changes):
    return make_validation(plan=FREE | changes)


def submit(seat, task, **given):
    return annotating.submit(seat=seat, task_id=task.pk, given=make_given(**given))


def test_items_come_in_ones_own_order_and_one_stays_until_it_is_answered():
    [seat, *_] = seats(make_validation())
    own = list(seat.tasks.order_by("position"))
    first = claiming.next_task(seat=seat)
    assert first == own[0]
    assert claiming.next_task(seat=seat) == first
    submit(seat, first)
    assert claiming.next_task(seat=seat) == own[1]


def test_a_submission_keeps_labels_reasons_note_flag_and_time():
    [seat, *_] = seats(make_validation())
    task = rate(seat, value="no", note="Odd.", flagged=True, seconds=12.5)
    task.refresh_from_db()
    assert (task.state, task.revision, task.note, task.flagged) == ("submitted", 1, "Odd.", True)
    assert task.seconds == 12.5
    assert set(task.labels.values_list("criterion__code", "value", "reason")) == {
        (code, "no", "It is not.") for code in CODES
    }


def test_the_same_again_changes_nothing():
    [seat, *_] = seats(make_validation())
    task = rate(seat, seconds=3)
    before = Task.objects.filter(pk=task.pk).values().get()
    submit(seat, task, seconds=9)
    assert Task.objects.filter(pk=task.pk).values().get() == before
    assert Label.objects.count() == len(CODES)
    assert not AuditEvent.objects.filter(verb="rating.revised").exists()


def test_other_answers_are_a_revision_and_the_earlier_ones_are_kept():
    [seat, *_] = seats(make_validation())
    task = rate(seat, note="First.")
    submit(seat, task, value="no", note="Second.")
    submit(seat, task, note="Third.")
    task.refresh_from_db()
    assert task.revision == 3
    assert Label.objects.filter(task=task, value="yes").count() == len(CODES)
    assert [(kept["revision"], kept["note"]) for kept in task.history] == [
        (1, "First."),
        (2, "Second."),
    ]
    assert task.history[1]["values"] == dict.fromkeys(CODES, "no")
    assert task.history[1]["reasons"] == dict.fromkeys(CODES, "It is not.")
    events = AuditEvent.objects.filter(verb="rating.revised")
    assert events.count() == 2
    # The trail says that something changed, never what: administrators may be annotators.
    assert all("values" not in event.detail for event in events)


@pytest.mark.parametrize(
    ("values", "reasons", "problems"),
    [
        ({}, {}, dict.fromkeys(CODES, "Please choose an answer.")),
        ({CODES[0]: "yes", CODES[1]: "yes", CODES[2]: "maybe"}, {}, {CODES[2]: "Please choose"}),
        (dict.fromkeys(CODES, "no"), {CODES[0]: "x", CODES[1]: "y"}, {CODES[2]: "why no"}),
    ],
)
def test_what_is_missing_is_said_by_criterion_and_nothing_is_stored(values, reasons, problems):
    [seat, *_] = seats(make_validation())
    task = claiming.next_task(seat=seat)
    with pytest.raises(annotating.Incomplete) as caught:
        annotating.submit(seat=seat, task_id=task.pk, given=annotating.Given(values, reasons))
    assert set(caught.value.problems) == set(problems)
    for code, words in problems.items():
        assert words in caught.value.problems[code]
    assert states(seat)[0] == "open"
    assert not Label.objects.exists()


def test_a_criterion_nobody_declared_is_refused():
    [seat, *_] = seats(make_validation())
    task = claiming.next_task(seat=seat)
    given = make_given(values={**dict.fromkeys(CODES, "yes"), "taste": "yes"})
    with pytest.raises(BadInput, match="No such criterion"):
        annotating.submit(seat=seat, task_id=task.pk, given=given)


def test_reasons_can_be_left_to_the_annotator():
    [seat, *_] = seats(make_validation(plan={"reason_required": False}))
    assert rate(seat, value="no", reasons={}).state == Task.State.SUBMITTED


@pytest.mark.parametrize(("said", "kept"), [(-4.0, 0.0), (1e9, 24 * 3600.0), (None, None)])
def test_impossible_times_are_cut_and_unknown_ones_stay_unknown(said, kept):
    [seat, *_] = seats(make_validation())
    assert rate(seat, seconds=said).seconds == kept


def test_nobody_answers_for_somebody_else():
    first, second, _ = seats(make_validation())
    theirs = claiming.next_task(seat=second)
    with pytest.raises(BadInput, match="somebody else"):
        submit(first, theirs)
    assert not annotating.save_draft(seat=first, task_id=theirs.pk, given=make_given())
    with pytest.raises(BadInput, match="somebody else"):
        annotating.skip(seat=first, task_id=theirs.pk, reason="Mine!")
    assert not Label.objects.exists()


def test_drafts_are_kept_and_gone_with_the_submission():
    [seat, *_] = seats(make_validation())
    task = claiming.next_task(seat=seat)
    given = annotating.Given({CODES[0]: "no"}, {CODES[0]: "Half"}, "note", True, 4.0)
    assert annotating.save_draft(seat=seat, task_id=task.pk, given=given)
    task.refresh_from_db()
    assert task.draft == given.as_json()
    assert task.state == Task.State.OPEN
    submit(seat, task)
    task.refresh_from_db()
    assert task.draft == {}


def test_skipping_needs_a_reason_and_can_be_taken_back_by_answering():
    [seat, *_] = seats(make_validation())
    task = claiming.next_task(seat=seat)
    with pytest.raises(BadInput, match="needs a reason"):
        annotating.skip(seat=seat, task_id=task.pk, reason="  ")
    skipped = annotating.skip(seat=seat, task_id=task.pk, reason="I know the author.")
    assert (skipped.state, skipped.skip_reason) == ("skipped", "I know the author.")
    assert claiming.next_task(seat=seat) != task
    submit(seat, task)
    task.refresh_from_db()
    assert (task.state, task.skip_reason) == ("submitted", "")
    with pytest.raises(BadInput, match="has your answers already"):
        annotating.skip(seat=seat, task_id=task.pk, reason="No.")


def test_going_back_leads_through_what_was_submitted():
    [seat, *_] = seats(make_validation())
    first, second = rate(seat), rate(seat)
    now = claiming.next_task(seat=seat)
    assert annotating.submitted_before(seat=seat, task=now) == second
    assert annotating.submitted_before(seat=seat, task=second) == first
    assert annotating.submitted_before(seat=seat, task=first) is None


def test_a_free_pool_gives_each_item_to_as_many_as_planned_and_to_nobody_twice():
    validation = free_pool()
    counts = [rate_all(seat) for seat in seats(validation)]
    assert counts == [6, 6, 0]
    for item in SampledItem.objects.all():
        raters = list(item.tasks.values_list("annotator", flat=True))
        assert len(raters) == len(set(raters)) == 2
    assert progress(validation).left == 0


def test_people_who_take_turns_share_a_free_pool():
    validation = free_pool()
    turn = seats(validation) * 4
    for seat in turn:
        rate(seat)
    assert [row.progress.submitted for row in by_seat(validation)] == [4, 4, 4]
    assert all(claiming.next_task(seat=seat) is None for seat in seats(validation))


def expire(task):
    Task.objects.filter(pk=task.pk).update(lease_expires=timezone.now() - timedelta(minutes=1))


def test_a_free_item_left_lying_goes_to_somebody_else():
    first, second, _ = seats(make_validation(plan={**FREE, "raters": 1}))
    task = claiming.next_task(seat=first)
    annotating.save_draft(seat=first, task_id=task.pk, given=make_given())
    rate_all(second)
    assert own_progress(second).submitted == 5
    expire(task)
    assert rate_all(second) == 1
    with pytest.raises(BadInput, match="waited too long"):
        submit(first, task)
    assert list(task.labels.values_list("task__annotator", flat=True)) == [second.pk] * len(CODES)


def test_whoever_comes_back_in_time_or_first_keeps_the_item():
    [seat, *_] = seats(free_pool())
    task = claiming.next_task(seat=seat)
    expire(task)
    assert claiming.next_task(seat=seat) == task
    task.refresh_from_db()
    assert task.lease_expires > timezone.now()
    expire(task)
    annotating.save_draft(seat=seat, task_id=task.pk, given=make_given())
    task.refresh_from_db()
    assert task.lease_expires > timezone.now()


def test_planned_items_wait_for_their_annotator_for_ever():
    first, second, _ = seats(make_validation())
    task = claiming.next_task(seat=first)
    assert task.lease_expires is None
    rate_all(second)
    assert claiming.next_task(seat=second) is None


def test_what_somebody_leaves_goes_to_the_others_and_what_was_given_stays():
    validation = make_validation(plan={"repeats": 1})
    leaver, *others = seats(validation)
    rate(leaver)
    claiming.next_task(seat=leaver)
    had = leaver.tasks.filter(repeat=0).count()

    people.deactivate(seat=leaver)

    assert leaver.tasks.count() == 1
    assert claiming.next_task(seat=seats(validation)[0]) is None
    for seat in others:
        rate_all(seat)
    given = Task.objects.filter(item__validation=validation, repeat=0)
    unfilled = given.filter(annotator=None)
    assert given.filter(state="submitted").count() == given.count() - unfilled.count()
    # What is left could only be rated a second time by everybody who remains.
    for task in unfilled:
        assert task.item.tasks.filter(annotator__in=others).count() == len(others)
    assert unfilled.count() < had - 1
    event = AuditEvent.objects.get(verb="annotator.deactivated")
    assert event.detail == {"freed": had - 1, "repeats_dropped": 1}


def test_somebody_who_joins_later_takes_what_was_left():
    validation = make_validation()
    leaver, *_ = seats(validation)
    left = leaver.tasks.count()
    people.deactivate(seat=leaver)
    late = people.add_seat(validation=validation)
    assert rate_all(late) == left


def test_the_database_takes_no_rating_too_many():
    validation = make_validation()
    task = seats(validation)[0].tasks.first()
    again = {"item": task.item, "annotator": task.annotator, "position": 99}
    for changes in ({"slot": 77}, {"slot": task.slot, "annotator": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Task.objects.create(**again | changes)


def test_final_answers_stay():
    [seat, *_] = seats(make_validation())
    with pytest.raises(BadInput, match="items left"):
        people.finish(seat=seat)
    rate_all(seat)
    people.finish(seat=seat)
    [seat, *_] = seats(seat.validation)
    with pytest.raises(BadInput, match="final"):
        submit(seat, seat.tasks.first(), value="no")
    assert people.finish(seat=seat).finished_at == seat.finished_at


def test_a_closed_validation_takes_no_answers():
    validation = make_validation()
    [seat, *_] = seats(validation)
    task = claiming.next_task(seat=seat)
    freezing.close(validation=validation)
    [seat, *_] = seats(validation)
    with pytest.raises(BadInput, match="takes no answers any more"):
        submit(seat, task)
    assert not annotating.save_draft(seat=seat, task_id=task.pk, given=make_given())


@pytest.mark.parametrize("what", ["validation", "seat"])
def test_an_answer_on_its_way_when_answers_were_closed_is_refused(what):
    """The seat was read while all was open; what counts is how it stands when the answer lands."""
    [seat, *_] = seats(make_validation())
    task = claiming.next_task(seat=seat)
    if what == "validation":
        Validation.objects.filter(pk=seat.validation_id).update(state="closed")
    else:
        Annotator.objects.filter(pk=seat.pk).update(finished_at=timezone.now())
    with pytest.raises(BadInput, match=r"no answers any more|are final"):
        submit(seat, task)
    assert not Label.objects.filter(task=task).exists()
    assert Task.objects.get(pk=task.pk).state == "open"


def test_progress_counts_slots():
    validation = make_validation()
    first, *_ = seats(validation)
    rate(first)
    task = claiming.next_task(seat=first)
    annotating.skip(seat=first, task_id=task.pk, reason="Too close.")
    own = own_progress(first)
    assert (own.submitted, own.skipped, own.left, own.free) == (1, 1, own.total - 2, 0)
    whole = progress(validation)
    assert (whole.submitted, whole.skipped, whole.total) == (1, 1, 9)


def test_a_self_repeat_is_a_rating_of_its_own():
    [seat, *_] = seats(make_validation(plan={"repeats": 1}))
    rate_all(seat)
    again = seat.tasks.get(repeat=1)
    assert again.labels.count() == len(CODES)
    assert seat.tasks.filter(item=again.item).count() == 2
