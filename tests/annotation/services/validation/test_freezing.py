"""From a draft to an open validation: what is drawn, hashed and handed out, and what is refused."""

from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest

from annotation.models import Label, Release, ScenarioVersion, Task, Validation
from annotation.services.releases import create_release
from annotation.services.validation import claiming, drafts, freezing
from annotation.services.validation.presets import PAPER
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from tests.annotation.validating import (
    make_protocol,
    make_scenarios,
    make_validation,
    rate,
    seats,
)

pytestmark = pytest.mark.django_db


def test_the_papers_preset_from_draft_to_slots(researcher):
    dataset = make_scenarios(400)
    draft = drafts.create_draft(
        name="Pilot", slug="pilot", dataset=dataset, protocol=PAPER, actor=researcher
    )
    assert draft.state == Validation.State.DRAFT
    assert [seat.pseudonym for seat in draft.annotators.all()] == ["A01", "A02", "A03", "A04"]
    assert drafts.protocol_of(draft) == PAPER

    foreseen = freezing.foresee(draft)
    assert (foreseen.population, foreseen.ratings, foreseen.loads) == (400, 260, [65] * 4)
    assert [drawn for _, _, drawn in foreseen.strata] == [50] * 4

    validation = freezing.freeze(validation=draft, actor=researcher)

    assert validation.state == Validation.State.OPEN
    assert validation.items.count() == 200
    assert Counter(validation.items.values_list("stratum", flat=True)) == {
        f"country={code}": 50 for code in ("BR", "IN", "NA", "GB")
    }
    assert validation.strata == {f"country={code}": 100 for code in ("BR", "GB", "IN", "NA")}
    by_item = {}
    for item, annotator in Task.objects.values_list("item", "annotator"):
        by_item.setdefault(item, []).append(annotator)
    met = Counter(p for those in by_item.values() for p in combinations(sorted(those), 2))
    assert set(met.values()) == {10}
    assert len(met) == 6
    assert freezing.intact(validation)
    event = AuditEvent.objects.get(verb="validation.frozen")
    assert event.actor == researcher
    assert event.detail["protocol"] == validation.protocol_hash


def test_the_same_draft_freezes_to_the_same_sample_and_hash():
    dataset = make_scenarios(30)
    made = [make_validation(slug, dataset=dataset, people=False) for slug in ("one", "two")]
    assert made[0].protocol_hash == made[1].protocol_hash
    keys = [list(validation.items.values_list("key", flat=True)) for validation in made]
    assert keys[0] == keys[1]
    other = make_validation("three", dataset=dataset, people=False, seed=9)
    assert list(other.items.values_list("key", flat=True)) != keys[0]


def test_a_release_is_drawn_from_as_it_is_and_versions_are_told_apart():
    dataset = make_scenarios(3)
    first = list(ScenarioVersion.objects.order_by("pk"))
    later = ScenarioVersion.objects.create(
        scenario=first[0].scenario, number=2, country="BR", situation="Mended.", content_hash="f"
    )
    release = create_release(dataset=dataset, versions=[*first[:2], later])
    draft = drafts.create_draft(
        name="",
        slug="r",
        dataset=dataset,
        release=release,
        protocol=make_protocol(sample_size=3, plan={"shared": 3}),
    )
    validation = freezing.freeze(validation=draft)
    found = {item.key: item.version for item in validation.items.all()}
    assert found == {
        "norms-00000@1": first[0],
        "norms-00000@2": later,
        "norms-00001": first[1],
    }


@pytest.mark.parametrize("change", ["wording", "sample", "question"])
def test_a_change_behind_our_back_is_seen(change):
    validation = make_validation()
    assert freezing.intact(validation)
    if change == "wording":
        version = validation.items.first().version
        ScenarioVersion.objects.filter(pk=version.pk).update(content_hash="changed")
    elif change == "sample":
        validation.items.last().delete()
    else:
        validation.criteria.update(question="Is it good?")
    assert not freezing.intact(Validation.objects.get())


def edit(validation, **changes):
    return drafts.edit_draft(
        validation=validation,
        name="Renamed",
        dataset=validation.dataset,
        protocol=make_protocol(**changes),
    )


def test_a_draft_can_be_edited_and_its_seats_follow():
    draft = make_validation(frozen=False, people=False)
    edit(draft, plan={"annotators": 5, "shared": 10}, sample_size=12)
    assert draft.annotators.count() == 5
    edit(draft, plan={"annotators": 2, "shared": 1})
    assert [seat.pseudonym for seat in draft.annotators.all()] == ["A01", "A02"]


def test_people_who_are_invited_are_not_edited_away():
    draft = make_validation(frozen=False)
    with pytest.raises(BadInput, match="More people are invited"):
        edit(draft, plan={"annotators": 2, "shared": 1})
    draft.refresh_from_db()
    assert (draft.name, draft.annotators.count()) == ("Pilot", 3)


@pytest.mark.parametrize("answered", [False, True])
def test_a_frozen_protocol_cannot_change(answered):
    validation = make_validation()
    if answered:
        rate(seats(validation)[0])
    before = drafts.protocol_of(validation)
    with pytest.raises(BadInput, match=r"was frozen on .*nothing that shapes the ratings"):
        edit(validation, seed=4)
    with pytest.raises(BadInput, match="was frozen on"):
        freezing.freeze(validation=validation)
    assert drafts.protocol_of(Validation.objects.get()) == before


def test_unfreezing_needs_that_nobody_has_answered():
    validation = make_validation()
    [seat, *_] = seats(validation)
    claiming.next_task(seat=seat)
    draft = freezing.unfreeze(validation=validation)
    assert draft.state == Validation.State.DRAFT
    assert not draft.items.exists()
    again = freezing.freeze(validation=draft)
    assert again.protocol_hash == validation.protocol_hash

    rate(seats(again)[0])
    with pytest.raises(BadInput, match="has answers already: its protocol stands"):
        freezing.unfreeze(validation=again)
    assert Label.objects.exists()


def test_a_sample_larger_than_the_population_is_refused_whole():
    draft = make_validation(frozen=False, sample_size=13, dataset=make_scenarios(12))
    with pytest.raises(BadInput, match=r"Found: 13\. Expected: at most 12"):
        freezing.freeze(validation=draft)
    draft.refresh_from_db()
    assert draft.state == Validation.State.DRAFT
    assert not draft.items.exists()


def test_names_must_be_usable_and_free_and_releases_one_s_own():
    dataset = make_scenarios(12)
    make = {"name": "x", "dataset": dataset, "protocol": make_protocol()}
    drafts.create_draft(slug="x", **make)
    for slug, words in (("x", "of this name"), ("two words", "short name")):
        with pytest.raises(BadInput, match=words):
            drafts.create_draft(slug=slug, **make)
    foreign = Release.objects.create(dataset=make_scenarios(1, "other"), number=1)
    with pytest.raises(BadInput, match="another dataset"):
        drafts.create_draft(slug="y", release=foreign, **make)
    with pytest.raises(BadInput, match="no criterion"):
        drafts.create_draft(slug="y", **make | {"protocol": replace(PAPER, criteria=())})
    assert Validation.objects.count() == 1


def test_closing_takes_no_more_answers():
    validation = make_validation()
    freezing.close(validation=validation)
    [seat, *_] = seats(validation)
    assert claiming.next_task(seat=seat) is None
    with pytest.raises(BadInput, match="Only an open validation"):
        freezing.close(validation=validation)


def test_strata_name_their_values_and_say_none():
    dataset = make_scenarios(12)
    ScenarioVersion.objects.filter(country="BR").update(theme="")
    draft = make_validation(
        frozen=False, dataset=dataset, stratify_by=("country", "theme", "gold_label")
    )
    names = [name for name, _, _ in freezing.foresee(draft).strata]
    assert "country=BR; theme=none; gold_label=none" in names
