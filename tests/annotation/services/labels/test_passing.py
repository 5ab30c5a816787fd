"""The pass rate's population: whole strata, small ones taken together, and honest gaps."""

import pytest

from analysis.metrics.pass_rate import dataset_pass_rate
from annotation.models import Validation
from annotation.services.labels import passing, results
from tests.annotation.labelling import CRITERIA, label_row, load_labels
from tests.annotation.rated import make_rated
from tests.annotation.validating import make_scenarios

pytestmark = pytest.mark.django_db


def population(validation):
    return passing.population(validation, results.ratings_of(validation))


def rated(keys, no=()):
    """One annotator's labels of these items; those in `no` fail one criterion."""
    return [
        label_row(key, "A1", name, "no" if key in no and name == "clear" else "yes")
        for key in keys
        for name in CRITERIA
    ]


def test_the_population_is_everything_there_was_to_draw_from():
    validation = make_rated("pilot", repeats=0)
    found = population(validation)
    assert len(found.frame) == validation.population_size == 48
    assert found.frame["human"].notna().sum() == 20
    assert dict(found.frame.groupby("stratum").size()) == validation.strata
    assert (found.note, found.gap) == ("", "")


def test_a_rate_by_hand(tmp_path):
    """Three of four sampled items of ten pass: .75 of a simple random sample."""
    make_scenarios(10, slug="norms")
    keys = [f"norms-{number:05d}" for number in range(4)]
    load_labels(tmp_path, rated(keys, no=keys[:1]), dataset_slug="norms")
    rate = passing.human_rate(population(Validation.objects.get()))
    assert (rate.value, rate.n_population, rate.n_sampled) == (0.75, 10, 4)
    # Hypergeometric: with 3 passing of 10 the chance of 3 or more of 4 is .0333, with 2 it is 0;
    # at least 3 pass, and at most 9 can, one having failed.
    assert (rate.lower, rate.upper) == (0.3, 0.9)
    assert passing.ELSEWHERE in rate.note


def test_without_a_dataset_nothing_is_said_of_one(tmp_path):
    load_labels(tmp_path)
    rate = passing.human_rate(population(Validation.objects.get()))
    assert (rate.value, rate.note) == (None, passing.UNKNOWN)


def test_more_than_two_labels_give_no_verdict(tmp_path):
    load_labels(tmp_path, [label_row(value="2")], labels=["1", "2", "3"])
    assert population(Validation.objects.get()).note == passing.TWO_LABELS


def test_strata_without_a_rated_item_join_the_small_ones():
    validation = make_rated("pilot", repeats=0)
    frame = population(validation).frame
    frame.loc[frame["stratum"] == "country=NA", "human"] = None
    assert dataset_pass_rate(frame).value is None
    strata, note = passing._collapsed(frame)
    assert note == "1 strata (12 items) have no rated item and are taken together with 1 small ones"
    assert set(strata) == {"country=GB", "country=IN", passing.TOGETHER}
    assert dataset_pass_rate(frame.assign(stratum=strata)).value is not None


def test_strata_stay_where_each_has_a_rated_item():
    frame = population(make_rated("pilot", repeats=0)).frame
    strata, note = passing._collapsed(frame)
    assert (list(strata), note) == (list(frame["stratum"]), "")


def test_scenarios_that_changed_leave_the_sizes_and_no_names():
    validation = make_rated("pilot", repeats=0)
    before = passing.human_rate(population(validation))
    version = validation.dataset.scenarios.last().versions.get()
    version.pk, version.number, version.content_hash = None, 2, "f" * 64
    version.save()
    found = population(validation)
    assert found.gap == passing.CHANGED
    assert passing.human_rate(found) == before
