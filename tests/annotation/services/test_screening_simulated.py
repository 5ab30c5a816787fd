"""The demo's screening: simulated and saying so, done once, and away from the study's own release."""

import pytest

from annotation.models import Release, Review, Screening
from annotation.services.screening_ledger import outcome, release_dataset
from annotation.services.screening_simulated import NAME, simulate_screening
from tests.annotation.screenings import make_judge
from tests.annotation.validating import make_scenarios, make_validation, rate_all, seats

pytestmark = pytest.mark.django_db


def test_it_flags_by_the_simulated_judge_and_makes_a_further_release():
    dataset = make_scenarios(30)
    first = release_dataset(dataset=dataset)
    make_judge(dataset, against=range(0, 30, 3))
    screening = simulate_screening(dataset)
    found = outcome(screening)
    assert (found.flagged.size, found.checked, found.to_check) == (10, 22, 22)
    assert screening.simulated
    assert screening.release.number == 2
    assert "SIMULATED" in screening.release.note
    assert 0 < screening.release.versions.count() < 30
    assert first.versions.count() == 30


def test_again_it_changes_nothing():
    dataset = make_scenarios(9)
    make_judge(dataset, against=(1, 2))
    one, reviews = simulate_screening(dataset), Review.objects.count()
    assert simulate_screening(dataset) == one
    assert (Release.objects.count(), Review.objects.count()) == (1, reviews)


def test_an_interrupted_one_is_finished():
    dataset = make_scenarios(9)
    make_judge(dataset, against=(1,))
    screening = simulate_screening(dataset)
    Review.objects.all().delete()
    Screening.objects.update(release=None)
    assert simulate_screening(dataset) == screening
    assert Review.objects.exists()


def test_without_a_judge_the_simulated_labels_flag_and_without_these_nothing():
    validation = make_validation(people=True)
    validation.simulated = True
    validation.save()
    for seat in seats(validation):
        rate_all(seat, "no")
    assert simulate_screening(validation.dataset).rule["kind"] == "people"
    bare = simulate_screening(make_scenarios(5, slug="bare"))
    assert (bare.rule["kind"], bare.simulated, bare.name) == ("none", True, NAME)
