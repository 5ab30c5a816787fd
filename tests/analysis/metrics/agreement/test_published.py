"""Published data sets and what is published about them, to 5e-5 where five digits are given."""

import pytest
from statsmodels.stats import inter_rater

from analysis.metrics.agreement import summarise
from tests.analysis.metrics.agreement import tables

SHARP = 5e-5  # figures printed with four or five decimals
ROUND = 5.1e-4  # figures printed with three


def check(row, value, se=None, lower=None, upper=None, within=SHARP):
    assert row.value == pytest.approx(value, abs=within)
    for name, want in (("se", se), ("lower", lower), ("upper", upper)):
        if want is not None:
            assert getattr(row, name) == pytest.approx(want, abs=within), name


def test_gwets_four_raters_with_missing_ratings():
    # R package irrCAC 1.0, vignette "overview", and Klein's kappaetc (Stata Journal 18, 2018).
    found = tables.by_name(summarise(tables.from_rows(tables.FOUR_RATERS), "12345"))
    check(found["percent"], 0.8181818, 0.12561, 0.54172, 1)
    check(found["pabak"], 0.77273, 0.14472)
    check(found["ac1"], 0.77544, 0.14295, 0.46081, 1)
    check(found["fleiss"], 0.76117, 0.15302, 0.42438, 1)
    check(found["alpha"], 0.74342, 0.14548, 0.41927, 1)
    assert (found["ac1"].n_items, found["alpha"].n_items) == (12, 11)
    assert found["ac1"].n_pairs == 55
    assert found["ac1"].n_raters == 4
    assert found["cohen"].value is None
    assert "4 rated" in found["cohen"].note


def test_gwets_four_raters_with_quadratic_weights():
    # irrCAC as printed in the README of R package lagree.
    frame = tables.from_rows(tables.FOUR_RATERS)
    found = tables.by_name(summarise(frame, "12345", weights="quadratic"))
    check(found["percent"], 0.9753788, 0.0906163, 0.7759337, 1)
    check(found["ac2"], 0.9140007, 0.1039622, 0.6851814, 1)
    check(found["fleiss"], 0.8649351, 0.1460336, 0.5435173, 1)
    check(found["alpha"], 0.8491071, 0.1290512, 0.5615632, 1)
    assert "ac1" not in found


@pytest.mark.parametrize(
    ("weights", "coefficient", "value", "se", "lower"),
    [
        # tests of the Python package irrCAC, three decimals
        ("linear", "ac2", 0.859, 0.117, 0.600),
        ("ordinal", "ac2", 0.899, 0.107, 0.664),
        ("linear", "alpha", 0.800, 0.135, 0.499),
        ("ordinal", "alpha", 0.834, 0.131, 0.542),
    ],
)
def test_gwets_four_raters_with_other_weights(weights, coefficient, value, se, lower):
    frame = tables.from_rows(tables.FOUR_RATERS)
    found = tables.by_name(summarise(frame, "12345", weights=weights))
    check(found[coefficient], value, se, lower, within=ROUND)


def test_gwets_five_observers():
    # tests of the Python package irrCAC
    found = tables.by_name(summarise(tables.from_rows(tables.FIVE_OBSERVERS), "0123"))
    check(found["percent"], 0.616, within=ROUND)
    check(found["ac1"], 0.497, 0.122, 0.235, 0.758, within=ROUND)
    check(found["alpha"], 0.481, 0.114, 0.237, 0.724, within=ROUND)


def test_two_raters_with_a_missing_rating():
    # tests of irrCAC; Cohen's kappa is Conger's for two raters. Alpha: Krippendorff (2011), part C.
    found = tables.by_name(summarise(tables.from_rows(tables.BEN_GERRY), "abcde"))
    check(found["percent"], 0.727, within=ROUND)
    check(found["ac1"], 0.661, 0.184, 0.257, 1, within=ROUND)
    check(found["cohen"], 0.657, 0.179, 0.262, 1, within=ROUND)
    check(found["alpha"], 0.665, 0.180, 0.264, 1, within=ROUND)


def test_krippendorffs_first_example():
    # Krippendorff (2011), part A: 1 - (20 - 1) 4 / (14 * 6) = .095
    found = tables.by_name(summarise(tables.from_rows(tables.TEN_UNITS), "01"))
    assert found["alpha"].value == pytest.approx(1 - 19 * 4 / (14 * 6))
    check(found["alpha"], 0.095, within=ROUND)


def test_krippendorffs_example_of_four_observers():
    # Krippendorff (2011), part D: nominal .743, interval .849; ours are quadratic weights
    frame = tables.from_rows(tables.FOUR_RATERS)
    for weights, alpha in (("identity", 0.743), ("quadratic", 0.849)):
        found = tables.by_name(summarise(frame, "12345", weights=weights))
        check(found["alpha"], alpha, within=ROUND)


def test_fleiss_psychiatric_diagnoses():
    # Fleiss (1971): mean agreement .556, kappa .430
    found = tables.by_name(summarise(tables.from_counts(tables.FLEISS_1971), "01234"))
    check(found["percent"], 0.5556, within=SHARP)
    check(found["fleiss"], 0.430, within=ROUND)
    independent = inter_rater.fleiss_kappa(tables.FLEISS_1971)
    assert found["fleiss"].value == pytest.approx(independent)


def test_the_first_half_of_fleiss_diagnoses():
    # irrCAC, vignette "overview": distrib.6raters. Its error of alpha from counts (.0824) is not the
    # one its function for raw ratings gives (see Gwet's raters above), which is the one used here.
    found = tables.by_name(summarise(tables.from_counts(tables.FLEISS_1971[:15]), "01234"))
    check(found["ac1"], 0.4448007, 0.08418757)
    check(found["fleiss"], 0.4139265, 0.08119291)
    check(found["alpha"], 0.4204384)
    check(found["pabak"], 0.4388889, 0.08312142)


def test_cohens_own_example():
    # Cohen (1960): po .70, pe .41, kappa .492
    found = tables.by_name(summarise(tables.from_crosstab(tables.COHEN_1960), "012"))
    assert found["percent"].value == pytest.approx(0.70)
    assert found["cohen"].value == pytest.approx(0.29 / 0.59)
    check(found["cohen"], 0.492, within=ROUND)


@pytest.mark.parametrize("table", [tables.COHEN_1960, tables.ABSTRACTORS])
@pytest.mark.parametrize("weights", ["identity", "linear", "quadratic"])
def test_cohens_kappa_and_its_error_as_in_statsmodels(table, weights):
    found = tables.by_name(summarise(tables.from_crosstab(table), "012", weights=weights))
    wt = None if weights == "identity" else weights
    theirs = inter_rater.cohens_kappa(table, wt=wt)
    n = sum(map(sum, table))
    assert found["cohen"].value == pytest.approx(theirs.kappa)
    # theirs divides by n, Gwet's variance of raw ratings by n - 1
    assert found["cohen"].se == pytest.approx((theirs.var_kappa * n / (n - 1)) ** 0.5)


def test_gwets_abstractors():
    # irrCAC, vignette "overview"; its functions for cross tables divide by n, not by n - 1
    found = tables.by_name(summarise(tables.from_crosstab(tables.ABSTRACTORS), "012"))
    scale = (100 / 99) ** 0.5
    check(found["percent"], 0.89, 0.03128898 * scale)
    check(found["pabak"], 0.835, 0.04693346 * scale)
    check(found["ac1"], 0.8493305, 0.04321747 * scale)
    check(found["cohen"], 0.7964094, 0.05891072 * scale)
    check(found["fleiss"], 0.7962397, 0.05905473 * scale)  # Scott's pi
    check(found["alpha"], 0.7972585, 0.05905473 * scale)
