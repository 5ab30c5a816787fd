"""Promises are frozen once, hashed, and only those before the data count."""

import pytest

from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from survey.services import preregistration
from survey.services.instruments import digest
from survey.services.preregistration import Comparison
from survey.services.studies import add_instrument, standard_definition
from tests.survey.services.test_assignment import answer_all, arrive

pytestmark = pytest.mark.django_db

RATE = Comparison(metric="culture_rate", frame="personal", by="participant_country")


def freeze(study, *comparisons, hypotheses="People of far countries follow norms less."):
    return preregistration.freeze(
        study=study, comparisons=comparisons or [RATE], hypotheses=hypotheses
    )


def test_a_promise_holds_instrument_rules_and_comparisons_under_one_hash(study):
    row = freeze(study)

    assert row.content_hash == digest(row.document)
    assert row.document["instrument"]["hash"] == study.instrument.content_hash
    assert row.document["exclusion"]["exclude_at"] == 2
    assert row.document["comparisons"][0]["metric"] == "culture_rate"
    assert AuditEvent.objects.get(verb="study.promised").detail == {"hash": row.content_hash}


def test_freezing_the_same_again_changes_nothing(study):
    assert freeze(study) == freeze(study)
    assert study.preregistrations.count() == 1


def test_a_promise_after_the_first_real_answer_is_an_amendment(study):
    first = freeze(study)
    answer_all(arrive(study, 1))
    second = freeze(study, hypotheses="Thought of later.")

    assert second.real_answers == 7
    assert preregistration.standing(study) == first


def test_answers_of_rehearsals_do_not_end_the_time_for_promises(study):
    answer_all(arrive(study, 1, cohort="rehearsal"))

    assert freeze(study).real_answers == 0


def test_without_a_promise_before_the_data_nothing_stands(study):
    answer_all(arrive(study, 1))
    freeze(study)

    assert preregistration.standing(study) is None


def test_what_changed_since_is_named(study):
    row = freeze(study)
    assert preregistration.changed_since(row) == []

    add_instrument(study=study, definition=standard_definition(exclude_at=1))
    assert preregistration.changed_since(row) == ["the instrument", "the exclusion rule"]


@pytest.mark.parametrize(
    ("comparison", "column"),
    [
        (Comparison(metric="charm", frame="both"), "metric"),
        (Comparison(metric="pass_rate", frame="both"), "metric"),  # of a validation, not of a study
        (Comparison(metric="culture_rate", frame="sideways"), "frame"),
        (Comparison(metric="culture_rate", frame="both", by="shoe_size"), "by"),
    ],
)
def test_what_no_report_computes_cannot_be_promised(study, comparison, column):
    with pytest.raises(BadInput) as refused:
        freeze(study, comparison)

    assert refused.value.column == column
    assert not study.preregistrations.exists()


def test_an_empty_promise_is_refused(study):
    with pytest.raises(BadInput, match="Nothing is promised"):
        preregistration.freeze(study=study, comparisons=[], hypotheses="x")
