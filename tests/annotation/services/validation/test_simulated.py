"""The simulated validation: whole, repeatable, with some disagreement, and marked everywhere."""

import pytest

from annotation.models import Label, Task, Validation
from annotation.services.validation import simulated
from tests.annotation.validating import make_scenarios

pytestmark = pytest.mark.django_db


def said(validation):
    return sorted(
        Label.objects.filter(task__item__validation=validation).values_list(
            "task__item__key",
            "task__annotator__pseudonym",
            "task__repeat",
            "criterion__code",
            "value",
        )
    )


def test_it_is_whole_closed_marked_and_made_once():
    dataset = make_scenarios(40)
    made = simulated.simulated_validation(dataset=dataset, slug="sim")
    assert (made.simulated, made.state) == (True, Validation.State.CLOSED)
    tasks = Task.objects.filter(item__validation=made)
    assert tasks.count() == 24 * 2 + 6 * 2 + 4 * 2
    assert set(tasks.values_list("state", flat=True)) <= {"submitted", "skipped"}
    labels = Label.objects.filter(task__in=tasks)
    assert all(text.startswith("Simulated") for text in labels.exclude(reason="").values_list("reason", flat=True))  # fmt: skip
    no = labels.filter(value="no")
    assert 0 < no.count() < labels.count() / 4
    assert no.filter(reason="").count() == 0
    assert simulated.simulated_validation(dataset=dataset, slug="sim") == made
    assert Validation.objects.count() == 1


def test_the_same_seed_says_the_same():
    dataset = make_scenarios(40)
    first = simulated.simulated_validation(dataset=dataset, slug="one")
    again = simulated.simulated_validation(dataset=dataset, slug="two")
    other = simulated.simulated_validation(dataset=dataset, slug="three", seed=2)
    assert said(first) == said(again) != said(other)


def test_an_interrupted_one_is_finished(monkeypatch):
    dataset = make_scenarios(40)

    def stop(**_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(simulated.freezing, "close", stop)
        with pytest.raises(KeyboardInterrupt):
            simulated.simulated_validation(dataset=dataset, slug="sim")
    assert simulated.simulated_validation(dataset=dataset, slug="sim").state == "closed"


def test_there_is_one_to_try_the_desk_with(annotator):
    dataset = make_scenarios(40)
    made = simulated.validation_to_try(dataset=dataset, slug="try", user=annotator)
    assert made.annotators.get().tasks.count() == 12
    assert simulated.validation_to_try(dataset=dataset, slug="try", user=annotator) == made
