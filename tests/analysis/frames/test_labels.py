"""Labels as a frame: declared columns, everybody's labels, first ratings only for agreement."""

import pytest

from analysis.exports.labels import MEANINGS
from analysis.frames.columns import check_frame
from analysis.frames.labels import LABELS, labels_frame, outcomes_frame, ratings
from annotation.models import Validation
from annotation.services.labels.adjudicating import adjudicate
from annotation.services.labels.rows import first_ratings
from annotation.services.validation import annotating
from tests.annotation.labelling import load_labels
from tests.annotation.rated import make_rated
from tests.annotation.validating import CODES, make_given, make_validation, rate, seats

pytestmark = pytest.mark.django_db


def test_columns_are_as_declared_and_explained():
    frame = labels_frame(make_rated("pilot"))
    check_frame(frame, LABELS)
    assert list(MEANINGS) == [column.name for column in LABELS]
    assert set(frame["scenario"].str[:11]) == {"pilot-norms"}


def test_an_empty_validation_gives_an_empty_frame():
    frame = labels_frame(make_validation("pilot"))
    check_frame(frame, LABELS)
    assert frame.empty


def test_ratings_leave_repeats_out_and_name_no_account():
    validation = make_rated("pilot", repeats=2)
    frame = labels_frame(validation)
    first = ratings(frame)
    assert len(frame) - len(first) == 4 * 2 * 3
    assert not first.duplicated(["item", "rater", "criterion"]).any()
    assert set(first["rater"]) == {"A01", "A02", "A03", "A04"}
    told = {tuple(row) for row in first.itertuples(index=False)}
    assert told == set(first_ratings(validation))


def test_drafts_are_no_labels():
    validation = make_validation("pilot")
    rate(seats(validation)[0])
    assert len(labels_frame(validation)) == len(CODES)


def test_earlier_submissions_travel_with_the_one_that_counts():
    validation = make_validation("pilot")
    seat = seats(validation)[0]
    task = rate(seat)
    annotating.submit(seat=seat, task_id=task.pk, given=make_given("no"))
    frame = labels_frame(validation)
    assert set(frame["value"]) == {"no"}
    assert set(frame["revision"]) == {2}
    assert frame["earlier"].str.contains('"yes"').all()


def test_outcomes_stand_beside_every_label_of_their_item(tmp_path):
    load_labels(tmp_path)
    validation = Validation.objects.get()
    adjudicate(
        item=validation.items.get(key="i4"),
        criterion=validation.criteria.get(code="distinct"),
        value="yes",
        rationale="They are two.",
    )
    frame = labels_frame(validation)
    assert len(frame[frame["outcome"] == "yes"]) == 2
    assert outcomes_frame(validation)["rationale"].tolist() == ["They are two."]
    assert set(frame["licence"]) == {""}
