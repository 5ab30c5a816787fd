"""Annotators at the same moment, on a real database with connections of their own."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from annotation.models import Label, SampledItem, Task
from annotation.services.validation import annotating, claiming
from tests.annotation.validating import CODES, make_given, make_scenarios, make_validation, seats

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PEOPLE = 6


def together(work, many):
    def run(one):
        try:
            return work(one)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(many)) as pool:
        return list(pool.map(run, many))


def rate_until_nothing_is_left(seat):
    count = 0
    task = claiming.next_task(seat=seat)
    while task is not None:
        task = annotating.answer(seat=seat, task_id=task.pk, given=make_given())
        count += 1
    return count


@pytest.mark.parametrize("mode", ["free", "planned"])
def test_people_at_once_rate_every_slot_once(mode):
    shared = 0 if mode == "free" else 15
    raters = 2 if mode == "free" else 1
    plan = {"mode": mode, "annotators": PEOPLE, "raters": raters, "shared": shared}
    validation = make_validation(
        plan=plan | {"shared_raters": 3}, sample_size=20, dataset=make_scenarios(20)
    )
    counts = together(rate_until_nothing_is_left, seats(validation))
    tasks = Task.objects.filter(item__validation=validation)
    assert sum(counts) == tasks.count() == tasks.filter(state="submitted").count()
    assert Label.objects.count() == tasks.count() * len(CODES)
    for item in SampledItem.objects.all():
        raters_of = list(item.tasks.values_list("annotator", flat=True))
        assert len(raters_of) == len(set(raters_of))


def test_one_annotator_in_many_windows_answers_an_item_once():
    [seat, *_] = seats(make_validation())
    task = claiming.next_task(seat=seat)

    def send(_):
        return annotating.submit(seat=seat, task_id=task.pk, given=make_given()).revision

    assert set(together(send, list(range(PEOPLE)))) == {1}
    assert Label.objects.count() == len(CODES)
