"""Items that were skipped for good: given to others, never beyond an item's overlap."""

import pytest
from django.urls import reverse

from annotation.models import Label, Task
from annotation.services.validation import annotating, claiming, freezing, passing_on, people
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from tests.annotation.validating import make_given, make_validation, rate, rate_all, seats

pytestmark = pytest.mark.django_db


@pytest.fixture
def pilot():
    """Three people; the first has skipped two items and answered the others."""
    validation = make_validation()
    seat = seats(validation)[0]
    for _ in range(2):
        task = claiming.next_task(seat=seat)
        annotating.skip(seat=seat, task_id=task.pk, reason="I know this person.")
    rate_all(seat)
    return validation


def first_ratings(item):
    return item.tasks.filter(repeat=0, state=Task.State.SUBMITTED).count()


def test_who_may_still_answer_loses_nothing(pilot):
    assert passing_on.lacking(pilot) == {}
    assert passing_on.pass_on(validation=pilot) == 0


@pytest.mark.parametrize("end", [people.finish, people.deactivate])
def test_what_was_skipped_for_good_is_rated_by_others_up_to_the_overlap(pilot, end):
    first, *others = seats(pilot)
    skipped = {task.item_id for task in first.tasks.filter(state=Task.State.SKIPPED)}
    end(seat=first)
    assert set(passing_on.lacking(pilot)) == skipped
    assert passing_on.pass_on(validation=pilot) == 2
    assert passing_on.pass_on(validation=pilot) == 0
    for seat in others:
        rate_all(seat)
    overlap = {item.pk: 2 if item.position < 3 else 1 for item in pilot.items.all()}
    assert {item.pk: first_ratings(item) for item in pilot.items.all()} == overlap
    assert first.tasks.filter(state=Task.State.SKIPPED).count() == 2
    assert not Label.objects.filter(task__state=Task.State.SKIPPED).exists()
    assert AuditEvent.objects.filter(verb="validation.passed_on").count() == 1


def test_who_skips_an_item_does_not_get_it_back(pilot):
    first, second, _ = seats(pilot)
    people.finish(seat=first)
    passing_on.pass_on(validation=pilot)
    while task := claiming.next_task(seat=second):
        annotating.skip(seat=second, task_id=task.pk, reason="Nor do I.")
    mine = list(second.tasks.values_list("item", flat=True))
    assert len(mine) == len(set(mine))
    people.finish(seat=second)
    assert passing_on.lacking(pilot)


def test_only_an_open_validation_gives_items_away(pilot):
    people.finish(seat=seats(pilot)[0])
    freezing.close(validation=pilot)
    with pytest.raises(BadInput, match="while a validation is open"):
        passing_on.pass_on(validation=pilot)


def test_a_self_repeat_that_was_skipped_is_nobody_else_s():
    validation = make_validation(plan={"annotators": 2, "shared": 2, "repeats": 1})
    seat = seats(validation)[0]
    while task := claiming.next_task(seat=seat):
        if task.repeat:
            annotating.skip(seat=seat, task_id=task.pk, reason="Again?")
        else:
            annotating.submit(seat=seat, task_id=task.pk, given=make_given())
    people.finish(seat=seat)
    assert passing_on.lacking(validation) == {}


def test_the_page_says_what_is_missing_and_gives_it_to_others(pilot, client, researcher):
    client.force_login(researcher)
    address = reverse("validation:people", args=[pilot.slug])
    assert "ratings are missing" not in client.get(address).content.decode()
    people.finish(seat=seats(pilot)[0])
    assert "2 ratings are missing" in client.get(address).content.decode()
    done = client.post(reverse("validation:pass_on", args=[pilot.slug]), follow=True)
    body = done.content.decode()
    assert "2 ratings are free for others now." in body
    assert "2 ratings have nobody yet." in body
    assert rate(seats(pilot)[1])
