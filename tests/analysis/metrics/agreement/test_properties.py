"""What holds for any ratings, and that the fast way equals the slow one."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.metrics.agreement import COEFFICIENTS, POOLED, WEIGHTS, pairwise, summarise
from tests.analysis.metrics.agreement import twin

CRITERIA = ("clear", "plausible")
NUMBERS = ("value", "se", "lower", "upper")
COUNTS = ("n_items", "n_pairs", "n_raters", "n_dropped")


@st.composite
def ratings(draw, labels, most_raters=4):
    """A frame of up to 8 items, 4 raters and 2 criteria with holes, and at least one pair."""
    n_items = draw(st.integers(1, 8))
    n_raters = draw(st.integers(2, most_raters))
    criteria = CRITERIA[: draw(st.integers(1, 2))]
    values = st.sampled_from(["", *labels])
    rows = [
        (f"i{i}", f"r{r}", criterion, draw(values))
        for i in range(n_items)
        for r in range(n_raters)
        for criterion in criteria
    ]
    frame = pd.DataFrame(rows, columns=["item", "rater", "criterion", "value"])
    rated = frame[frame["value"] != ""]
    assume((rated.groupby(["item", "criterion"]).size() >= 2).any())
    return frame


def some_ratings():
    """(labels, frame) for two to four labels, numeric or not."""
    label_sets = st.sampled_from([("yes", "no"), ("a", "b", "c"), ("1", "2", "5"), tuple("0123")])
    return label_sets.flatmap(lambda labels: st.tuples(st.just(labels), ratings(labels)))


def keyed(estimates):
    return {(row.criterion, row.coefficient): row for row in estimates}


def assert_same(got, expected, names=NUMBERS + COUNTS):
    assert got.keys() == expected.keys()
    for key, row in expected.items():
        for name in names:
            want = getattr(row, name)
            want = pytest.approx(want, abs=1e-9) if isinstance(want, float) else want
            assert getattr(got[key], name) == want, (key, name)


@settings(max_examples=150, deadline=None)
@given(some_ratings(), st.sampled_from(WEIGHTS), st.sampled_from(["include", "exclude"]))
def test_the_fast_way_equals_the_slow_one(given_ratings, weights, rule):
    labels, frame = given_ratings
    found = keyed(summarise(frame, labels, weights=weights, single_rated=rule))
    rows = [tuple(row) for row in frame.itertuples(index=False) if row.value]
    for criterion in (*sorted(set(frame["criterion"])), POOLED):
        own = [row for row in rows if criterion in (POOLED, row[2])]
        if not own:
            continue
        slow = twin.everything(own, list(labels), weights, rule)
        for coefficient, want in slow.items():
            got = found[criterion, coefficient].value
            assert got == (None if want is None else pytest.approx(want, abs=1e-9)), coefficient


@settings(max_examples=100, deadline=None)
@given(some_ratings(), st.sampled_from(WEIGHTS), st.sampled_from(["include", "exclude"]))
def test_errors_equal_the_slow_ones(given_ratings, weights, rule):
    labels, frame = given_ratings
    found = keyed(summarise(frame, labels, weights=weights, single_rated=rule))
    rows = [tuple(row) for row in frame.itertuples(index=False) if row.value]
    for name in ("percent", "pabak", "ac1", "fleiss"):
        _, want = twin.chance_corrected(name, rows, list(labels), weights, rule)
        row = found[POOLED, "ac2" if name == "ac1" and weights != "identity" else name]
        if row.se is not None:
            assert row.se == pytest.approx(want, abs=1e-9), name
        else:
            assert row.value is None or row.note


@settings(max_examples=60, deadline=None)
@given(some_ratings(), st.randoms(use_true_random=False))
def test_the_order_of_rows_plays_no_part(given_ratings, random):
    labels, frame = given_ratings
    order = list(range(len(frame)))
    random.shuffle(order)
    shuffled = frame.iloc[order].set_index(pd.Index(order))
    assert_same(keyed(summarise(shuffled, labels)), keyed(summarise(frame, labels)))


@settings(max_examples=60, deadline=None)
@given(some_ratings(), st.permutations(["r0", "r1", "r2", "r3"]))
def test_who_is_called_what_plays_no_part(given_ratings, names):
    labels, frame = given_ratings
    new = dict(zip(["r0", "r1", "r2", "r3"], names, strict=True))
    renamed = frame.assign(rater=frame["rater"].map(new), item="x" + frame["item"])
    assert_same(keyed(summarise(renamed, labels)), keyed(summarise(frame, labels)))


@settings(max_examples=60, deadline=None)
@given(some_ratings(), st.data())
def test_nominal_labels_may_change_places(given_ratings, data):
    labels, frame = given_ratings
    order = data.draw(st.permutations(labels))
    swap = dict(zip(labels, order, strict=True)) | {"": ""}
    swapped = keyed(summarise(frame.assign(value=frame["value"].map(swap)), labels))
    own = {"positive", "negative", "prevalence_index"}
    for key, row in keyed(summarise(frame, labels)).items():
        if key[1] not in own:
            assert_same({key: swapped[key]}, {key: row})


@settings(max_examples=60, deadline=None)
@given(ratings(("yes", "no")))
def test_yes_and_no_change_places(frame):
    found = keyed(summarise(frame, ["yes", "no"]))
    swap = {"yes": "no", "no": "yes", "": ""}
    swapped = keyed(summarise(frame.assign(value=frame["value"].map(swap)), ["yes", "no"]))
    for (criterion, coefficient), row in found.items():
        if coefficient == "prevalence_index":
            want = row.value and -row.value
            assert swapped[criterion, coefficient].value == pytest.approx(want, abs=1e-12)
        elif coefficient in ("positive", "negative"):
            other = "negative" if coefficient == "positive" else "positive"
            mirrored = swapped[criterion, other]
            assert_same({"": mirrored}, {"": row})


@settings(max_examples=60, deadline=None)
@given(some_ratings(), st.sampled_from(WEIGHTS))
def test_the_whole_data_twice_keeps_the_coefficients(given_ratings, weights):
    labels, frame = given_ratings
    twice = pd.concat([frame, frame.assign(item=frame["item"] + "'")])
    found = keyed(summarise(frame, labels, weights=weights))
    doubled = keyed(summarise(twice, labels, weights=weights))
    for key, row in found.items():
        assert doubled[key].n_pairs == 2 * row.n_pairs
        if key[1] == "alpha":  # its small-sample term shrinks as the data grow
            continue
        assert_same({key: doubled[key]}, {key: row}, ("value", "n_raters"))


@settings(max_examples=100, deadline=None)
@given(some_ratings(), st.sampled_from(WEIGHTS))
def test_what_every_estimate_keeps(given_ratings, weights):
    labels, frame = given_ratings
    estimates = summarise(
        frame, labels, weights=weights, generator=np.random.default_rng(1), replicates=20
    )
    names = [name if weights == "identity" else name.replace("ac1", "ac2") for name in COEFFICIENTS]
    assert [row.coefficient for row in estimates] == names * (len(estimates) // 10)
    for row in estimates:
        if row.value is None:
            assert row.note
            assert (row.se, row.lower, row.upper, row.bootstrap) == (None, None, None, None)
            continue
        assert row.value <= 1 + 1e-9
        for bounds in (row, row.jackknife, row.bootstrap):
            if bounds.lower is None:
                assert bounds.upper is None
                assert bounds.note
            else:
                assert -1 <= bounds.lower <= bounds.upper <= 1
        if row.lower is not None:
            # below -1 a kappa can fall where single ratings set the chance: its interval cannot
            assert row.lower - 1e-9 <= max(row.value, -1) <= row.upper + 1e-9
            assert row.upper - row.lower > 1e-9 or row.value < -1


@settings(max_examples=60, deadline=None)
@given(some_ratings(), st.sampled_from(WEIGHTS))
def test_a_pair_of_raters_is_the_summary_of_their_shared_ratings(given_ratings, weights):
    labels, frame = given_ratings
    for pair in pairwise(frame, labels, weights=weights):
        rows = frame[frame["rater"].isin([pair.one, pair.two]) & (frame["value"] != "")]
        shared = rows[rows.groupby(["item", "criterion"])["rater"].transform("size") == 2]
        assert pair.n_ratings == len(shared) / 2
        if shared.empty:
            assert (pair.observed, pair.ac1) == (None, None)
            assert pair.note
            continue
        found = keyed(summarise(shared, labels, weights=weights))
        name = "ac1" if weights == "identity" else "ac2"
        for coefficient, prefix in (("percent", "observed"), (name, "ac1")):
            row = found[POOLED, coefficient]
            assert pair.n_items == row.n_items
            got = (getattr(pair, prefix), getattr(pair, f"{prefix}_lower"))
            assert got == (row.value, row.lower)
