import pytest

from annotation.models import Adjudication, Criterion, Label, SampledItem
from annotation.services.labels.adjudicating import adjudicate
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from tests.annotation.labelling import label_row, load_labels

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(tmp_path):
    load_labels(tmp_path)
    return SampledItem.objects.get(key="i4")


def settle(item, value="yes", rationale="The actions differ in who moves first.", **changes):
    criterion = changes.pop("criterion", None) or Criterion.objects.get(code="distinct")
    return adjudicate(item=item, criterion=criterion, value=value, rationale=rationale, **changes)


def test_the_outcome_stands_beside_the_labels(item, researcher):
    labels = list(Label.objects.order_by("pk").values())
    made = settle(item, actor=researcher)
    assert (made.value, made.decided_by) == ("yes", researcher)
    assert list(Label.objects.order_by("pk").values()) == labels


def test_a_second_thought_replaces_it_and_the_trail_keeps_both(item, researcher):
    settle(item, actor=researcher)
    settle(item, "no", "One is a part of the other.", actor=researcher)
    assert Adjudication.objects.get().value == "no"
    first, second = AuditEvent.objects.filter(verb="label.adjudicated").order_by("pk")
    assert first.detail["before"] is None
    assert second.detail["before"]["value"] == "yes"
    assert second.subject == "validation:paper/i4"


def test_the_same_again_changes_nothing(item):
    settle(item)
    settle(item)
    assert AuditEvent.objects.filter(verb="label.adjudicated").count() == 1


@pytest.mark.parametrize(
    ("changes", "column"), [({"value": "maybe"}, "value"), ({"rationale": "  "}, "rationale")]
)
def test_outcome_and_reasons_must_be_there(item, changes, column):
    with pytest.raises(BadInput) as caught:
        settle(item, **changes)
    assert caught.value.column == column
    assert not Adjudication.objects.exists()


def test_what_nobody_rated_cannot_be_settled(item, tmp_path):
    load_labels(tmp_path, [label_row("i99")])
    with pytest.raises(BadInput):
        settle(SampledItem.objects.get(key="i99"))


def test_criteria_of_another_validation_are_refused(item, tmp_path):
    load_labels(tmp_path, slug="other")
    foreign = Criterion.objects.get(code="distinct", validation__slug="other")
    with pytest.raises(BadInput, match="another validation"):
        settle(item, criterion=foreign)
