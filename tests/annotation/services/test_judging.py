"""Selections that stay what they were, verdicts that are stored once, ratings as a frame."""

import pytest

from annotation.models import Judge, Verdict
from annotation.services import judging
from annotation.services.judging import Said
from annotation.services.releases import create_release
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from tests.annotation.validating import CODES, make_scenarios, make_validation

pytestmark = pytest.mark.django_db


def make_judge(dataset, name="judge", repeats=1, **changes):
    subject = judging.of_dataset(dataset.slug)
    made = {
        "subject": subject, "name": name, "model": "m", "prompt_version": "v", "repeats": repeats,
        "versions": subject.selection.versions(), "run_id": "r", "simulated": True,
    }  # fmt: skip
    return judging.make_judge(**(made | changes))


def say(judge, value="yes", criterion=CODES[0], repeat=0, **fields):
    """The same verdict on every version that the judge was asked about."""
    versions = judging.Selection(**judge.source).versions()
    judging.store_verdicts(
        judge=judge,
        said=[Said(version.pk, criterion, repeat, value, **fields) for version in versions],
    )


@pytest.fixture
def norms():
    return make_scenarios(4)


def test_the_newest_versions_of_a_dataset_stay_those_of_the_time(norms):
    subject = judging.of_dataset("norms")
    before = subject.selection.versions()
    assert [version.number for version in before] == [1, 1, 1, 1]
    edited = before[1]
    edited.pk, edited.number = None, 2
    edited.save()
    again = judging.Selection(**subject.selection.as_json()).versions()
    assert [version.number for version in again] == [1, 1, 1, 1]
    assert [v.number for v in judging.of_dataset("norms").selection.versions()] == [1, 2, 1, 1]


def test_a_release_is_named_with_or_without_its_number(norms):
    versions = judging.of_dataset("norms").selection.versions()
    create_release(dataset=norms, versions=versions[:3])
    create_release(dataset=norms, versions=versions[:1])
    assert len(judging.of_release("norms/1").selection.versions()) == 3
    assert judging.of_release("norms").selection.versions() == versions[:1]
    for name in ("norms/3", "norms/x", "nowhere"):
        with pytest.raises(BadInput, match="no such release"):
            judging.of_release(name)


def test_a_draft_has_no_sample_and_a_frozen_one_its_own_criteria():
    make_validation("draft", frozen=False, people=False)
    with pytest.raises(BadInput, match="draft still"):
        judging.of_validation("draft")
    frozen = make_validation(people=False)
    subject = judging.of_validation(frozen.slug)
    assert [criterion.code for criterion in subject.criteria] == list(CODES)
    assert len(subject.selection.versions()) == frozen.items.count()


def test_unknown_names_are_refused_with_those_there_are(norms):
    with pytest.raises(BadInput, match="norms"):
        judging.of_dataset("nowhere")
    with pytest.raises(BadInput, match="no such validation"):
        judging.of_validation("nowhere")


def test_the_same_verdicts_twice_are_stored_once(norms):
    judge = make_judge(norms)
    say(judge)
    say(judge)
    assert Verdict.objects.count() == 4
    assert judging.close(judge=judge, simulated=True) == {"valid": 4, "invalid": 0}
    assert AuditEvent.objects.filter(verb="judge.answered").get().detail["valid"] == 4


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Said(1, "kindness", 0, "yes"), "Unknown criterion"),
        (Said(1, CODES[0], 0, "maybe"), "Unknown label"),
        (Said(1, CODES[0], 0, ""), "a value or a reason"),
        (Said(1, CODES[0], 0, "yes", "", "cut_off"), "a value or a reason"),
    ],
)
def test_what_a_judge_could_not_have_said_is_refused_whole(norms, said, words):
    judge = make_judge(norms)
    first = judging.of_dataset("norms").selection.versions()[0]
    with pytest.raises(BadInput, match=words):
        judging.store_verdicts(judge=judge, said=[Said(first.pk, CODES[1], 0, "yes"), said])
    assert not Verdict.objects.exists()


def test_a_name_belongs_to_one_judge_of_a_dataset(norms):
    make_judge(norms)
    with pytest.raises(BadInput, match="of this name already"):
        make_judge(norms)
    make_judge(make_scenarios(1, slug="others"))
    assert Judge.objects.count() == 2


def test_ratings_have_the_readable_verdicts_as_rows(norms):
    one, two = make_judge(norms, "one", repeats=2), make_judge(norms, "two")
    say(one, "yes")
    say(one, "no", repeat=1)
    say(two, "", criterion=CODES[1], invalid_reason="cut_off")
    say(two, "no")
    frame = judging.ratings([one, two])
    assert list(frame.columns) == ["item", "rater", "criterion", "value", "repeat"]
    assert len(frame) == 4 * 3
    assert set(frame["value"]) == {"yes", "no"}
    assert set(judging.ratings([one], repeat=1)["value"]) == {"no"}
    versions = judging.of_dataset("norms").selection.versions()[:1]
    assert set(judging.ratings([one], versions=[v.pk for v in versions])["item"]) == {
        versions[0].pk
    }
    assert list(judging.ratings([]).columns) == list(frame.columns)
