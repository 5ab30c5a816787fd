"""Benjamini and Hochberg's adjustment over a stated family of tests."""

from collections.abc import Sequence
from dataclasses import replace

from statsmodels.stats.multitest import multipletests

from analysis.metrics.regression.result import FactorTest

FAMILIES = ("regression", "all")


def adjust(tests: Sequence[FactorTest], family: str = "regression") -> list[FactorTest]:
    """The tests with `p_bh`, in their order.

    `regression`: the testable rows of each regression by themselves (which rows are testable is a
    matter of the design, known before any p value). `all`: every row of all regressions together,
    untestable ones as p = 1, the paper's way. Raises ValueError for another family.
    """
    if family == "all":
        return _together(tests, untestable=True)
    if family != "regression":
        raise ValueError(f"the family must be one of {', '.join(FAMILIES)}, found {family}")
    adjusted: dict[tuple[str, str], FactorTest] = {}
    for name in dict.fromkeys(test.regression for test in tests):
        for test in _together([one for one in tests if one.regression == name], untestable=False):
            adjusted[test.regression, test.factor] = test
    return [adjusted[test.regression, test.factor] for test in tests]


def _together(tests: Sequence[FactorTest], *, untestable: bool) -> list[FactorTest]:
    entering = [test for test in tests if untestable or test.dropped.p is not None]
    if not entering:
        return list(tests)
    values = [1.0 if test.dropped.p is None else test.dropped.p for test in entering]
    found = iter(multipletests(values, method="fdr_bh")[1].tolist())
    return [
        replace(test, p_bh=next(found)) if untestable or test.dropped.p is not None else test
        for test in tests
    ]
