"""Confirmatory is what was frozen before the first real answer, and nothing else."""

from functools import partial

import pytest

from analysis.reports.book import Book
from analysis.reports.build import compute
from analysis.reports.compose import compose
from analysis.reports.inputs import gather
from analysis.reports.options import Options
from survey.models import Preregistration
from tests.analysis import cast

pytestmark = pytest.mark.django_db

BY_COUNTRY = {
    "metric": "culture_rate",
    "frame": "personal",
    "by": "participant_country",
    "family": "rates",
    "expectation": "highest in India",
}
GAP = {
    "metric": "norm_personal_gap", "frame": "both", "by": "", "family": "gap", "expectation": "> 0"
}  # fmt: skip
NEVER = BY_COUNTRY | {"metric": "order_effect", "by": ""}


@pytest.fixture(scope="module")
def estimates():
    """The study's, computed by the first test: a promise changes none of them."""
    return []


@pytest.fixture
def promised(estimates):
    """Makes the section on what was promised."""
    return partial(_promised, estimates)


def _promised(estimates, *comparisons, real_answers=0):
    study = cast.make_study(per_country=2, scenarios=2)
    if comparisons:
        Preregistration.objects.create(
            study=study,
            number=1,
            document={"hypotheses": "India leads.", "comparisons": list(comparisons)},
            content_hash="ab" * 32,
            real_answers=real_answers,
        )
    options = Options(
        study=study.slug, kind="human", cohort=None, replicates=50, seed=1, level=0.95
    )
    inputs = gather(options)
    estimates += [] if estimates else compute(inputs)
    content = compose(Book(tuple(estimates)), inputs)
    return next(section for section in content.sections if section.key == "promised")


def test_without_a_promise_all_is_exploratory(promised):
    section = promised()

    assert "exploratory" in section.lead
    assert section.tables == ()


def test_a_promise_after_the_first_answer_confirms_nothing(promised):
    assert promised(BY_COUNTRY, real_answers=3).tables == ()


def test_the_promised_numbers_stand_in_a_table_with_their_expectation(promised):
    section = promised(BY_COUNTRY, GAP)
    (table,) = section.tables

    rates = [row for row in table.rows if row[0] == "rates"]
    assert {row[3] for row in rates} == {"Brazil", "India", "Namibia"}
    assert all(row[-2].metric == "culture_rate" and row[-2].frame == "personal" for row in rates)
    assert [row[-2].metric for row in table.rows if row[0] == "gap"] == ["norm_personal_gap"]
    assert "abababababababab" in section.lead
    assert "India leads." in table.note


def test_a_promise_that_this_report_does_not_keep_is_said(promised):
    (table,) = promised(NEVER).tables

    assert [row[-2] for row in table.rows] == ["not computed in this report"]
