"""The desk's written-out statements read and write what the models do, on either database."""

import pytest
from django.urls import reverse
from django.utils import timezone

from annotation import desk_statements as statements
from annotation.models import Annotator, Label, Task, Validation
from annotation.services.validation import claiming
from tests.annotation.validating import CODES, make_validation, seats

pytestmark = pytest.mark.django_db


def same(read, model, names):
    kept = model.objects.get(pk=read.pk)
    assert set(names).isdisjoint(read.get_deferred_fields())
    assert {name: getattr(read, name) for name in names} == {
        name: getattr(kept, name) for name in names
    }


@pytest.fixture
def seat():
    return seats(make_validation())[1]


def test_a_seat_comes_with_its_validation(seat):
    Annotator.objects.filter(pk=seat.pk).update(finished_at=timezone.now())
    read = statements.seat_of(seat.user_id, "pilot")
    same(read, Annotator, statements._SEAT)
    same(read.validation, Validation, statements._VALIDATION)
    assert read.validation.guidelines == seat.validation.guidelines  # loaded when it is asked for


@pytest.mark.parametrize("change", ["left", "draft", "stranger", "slug"])
def test_there_is_no_seat_otherwise(seat, annotator, change):
    user, slug = seat.user_id, "pilot"
    if change == "left":
        Annotator.objects.filter(pk=seat.pk).update(active=False)
    elif change == "draft":
        Validation.objects.update(state="draft")
    elif change == "stranger":
        user = annotator.pk
    else:
        slug = "other"
    assert statements.seat_of(user, slug) is None


def test_an_item_comes_with_its_texts(seat):
    task = seat.tasks.order_by("position").last()
    Task.objects.filter(pk=task.pk).update(draft={"note": "half"}, revision=4)
    read = statements.shown(task.pk)
    same(read, Task, statements._TASK)
    same(read.item, type(task.item), statements._ITEM)
    same(read.item.version, type(task.item.version), statements._VERSION)


def test_an_item_of_a_file_alone_has_no_texts(seat):
    task = seat.tasks.first()
    type(task.item).objects.filter(pk=task.item_id).update(version=None)
    assert statements.shown(task.pk).item.version is None


def test_only_an_open_item_without_a_submission_is_closed(seat):
    said = {"note": "n", "flagged": True, "seconds": 2.5}
    task = seat.tasks.first()
    assert not statements.submit_first(task_id=task.pk, annotator_id=seat.pk, **said)
    task = claiming.next_task(seat=seat)
    assert not statements.submit_first(task_id=task.pk, annotator_id=seat.pk + 1, **said)
    assert statements.submit_first(task_id=task.pk, annotator_id=seat.pk, **said)
    assert not statements.submit_first(task_id=task.pk, annotator_id=seat.pk, **said)
    task = Task.objects.get(pk=task.pk)
    assert (task.state, task.revision, task.note, task.flagged) == ("submitted", 1, "n", True)
    assert (task.seconds, task.draft, task.lease_expires) == (2.5, {}, None)
    assert abs((timezone.now() - task.submitted_at).total_seconds()) < 60


def test_labels_are_set_and_set_again(seat):
    task = seat.tasks.first()
    rows = list(seat.validation.criteria.values_list("pk", flat=True))
    statements.store_labels(task.pk, [(pk, "yes", "") for pk in rows])
    statements.store_labels(task.pk, [(rows[0], "no", "why %s; '")])
    kept = Label.objects.filter(task=task).values_list("value", "reason")
    assert sorted(kept) == [("no", "why %s; '"), ("yes", ""), ("yes", "")]


def test_an_answer_takes_few_statements(client, seat, django_assert_max_num_queries):
    client.force_login(seat.user)
    task = claiming.next_task(seat=seat)
    address = reverse("validation:item", args=["pilot", task.pk])
    sent = {f"c-{code}": "yes" for code in CODES}
    client.get(address)
    # Session, account, seat; submission and labels; the next item, opened and read; savepoints.
    with django_assert_max_num_queries(12):
        assert client.post(address, sent, headers={"X-Desk": "1"}).status_code == 200
