"""Who tells the kind of a preference: keywords, the dataset, or labels; never two at once."""

import pytest

from analysis.frames.kinds import check_source, kinds_of
from annotation.models import (
    Adjudication,
    Annotator,
    Criterion,
    Label,
    SampledItem,
    ScenarioVersion,
    Task,
    Validation,
)
from pact_site.base.errors import BadInput
from tests.analysis import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def release():
    return cast.make_release("etiquette", 4)


@pytest.fixture
def versions(release):
    return list(release.versions.order_by("scenario__key"))


def labelled(release, said):
    """A validation in which each version got these values, one annotator each."""
    validation = Validation.objects.create(
        slug="kinds", name="Kinds", dataset=release.dataset, labels=["habit", "health"],
        simulated=True,
    )  # fmt: skip
    criterion = Criterion.objects.create(validation=validation, code="kind", question="Which?")
    for position, (version, values) in enumerate(said.items()):
        item = SampledItem.objects.create(
            validation=validation, version=version, key=str(position), position=position
        )
        for slot, value in enumerate(values):
            seat, _ = Annotator.objects.get_or_create(validation=validation, pseudonym=f"A{slot}")
            task = Task.objects.create(
                item=item, slot=slot, annotator=seat, position=position, state="submitted"
            )
            Label.objects.create(task=task, criterion=criterion, value=value)
    return validation, criterion


def test_keywords_tell_by_default_and_say_so(versions):
    ScenarioVersion.objects.filter(pk=versions[0].pk).update(personal_preference="It is quicker.")
    found = kinds_of([one.pk for one in versions])
    assert found.kind == {versions[0].pk: "convenience_efficiency"}
    assert found.strength[versions[0].pk] == "low_stakes"
    assert "not a gold label" in found.sentence
    assert "3 of 4 scenarios have none" in found.sentence


def test_what_the_dataset_states_replaces_them(versions):
    ScenarioVersion.objects.filter(pk=versions[0].pk).update(personal_preference="It is quicker.")
    ScenarioVersion.objects.filter(pk=versions[1].pk).update(
        preference_type="comfort_habit", preference_strength="strong"
    )
    found = kinds_of([one.pk for one in versions], "dataset")
    assert found.kind == {versions[1].pk: "comfort_habit"}
    assert found.strength == {versions[1].pk: "strong"}
    assert found.unlabelled == 3


def test_labels_count_by_majority_or_as_settled_and_an_even_split_is_none(release, versions):
    one, two, three, _four = versions
    validation, criterion = labelled(
        release, {one: ["habit", "health", "habit"], two: ["habit", "health"], three: ["habit"]}
    )
    Adjudication.objects.create(
        item=validation.items.get(version=three), criterion=criterion, value="health",
        rationale="Both agree now.",
    )  # fmt: skip
    found = kinds_of([version.pk for version in versions], "kinds:kind")
    assert found.kind == {one.pk: "habit", three.pk: "health"}
    assert found.simulated
    assert "SIMULATED" in found.sentence
    assert "2 of 4" in found.sentence


def test_a_label_of_another_version_of_the_scenario_counts(release, versions):
    labelled(release, {versions[0]: ["habit"]})
    old = versions[0]
    newer = ScenarioVersion.objects.create(
        scenario=old.scenario, number=2, country="JP", situation="New words.", content_hash="n" * 64
    )
    assert kinds_of([newer.pk], "kinds:kind").kind == {newer.pk: "habit"}


@pytest.mark.parametrize("source", ["nobody:kind", "kinds:nothing", "kinds", ":", "Dataset"])
def test_a_source_that_is_none_is_refused(release, source):
    labelled(release, {})
    with pytest.raises(BadInput):
        check_source(source)
