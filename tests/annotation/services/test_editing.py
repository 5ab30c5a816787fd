"""Versions are added and never lost: edits, restores, constructions and the people between them."""

import pytest

from annotation.models import ScenarioVersion
from annotation.services import editing
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from tests.annotation.makers import load_rows, own_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def scenario(tmp_path):
    load_rows(tmp_path, [own_row()], "csv")
    return ScenarioVersion.objects.get().scenario


def texts(scenario, **changes):
    newest = scenario.versions.order_by("-number").first()
    return editing.wording_of(newest).columns() | changes


def edited(scenario, *, based_on=1, note="Clearer.", actor=None, **changes):
    wording = editing.wording_from(texts(scenario, **changes))
    return editing.edit(
        scenario=scenario, wording=wording, based_on=based_on, note=note, actor=actor
    )


def test_an_edit_is_a_further_version_with_its_reason_and_an_audit_row(scenario, researcher):
    done = edited(scenario, situation="Someone meets {receiver} at a market.", actor=researcher)
    assert (done.version.number, done.version.origin, done.version.note) == (2, "edit", "Clearer.")
    assert done.version.created_by == researcher
    assert scenario.versions.get(number=1).situation == own_row()["situation"]
    event = AuditEvent.objects.get(verb="scenario.edit")
    assert (event.actor, event.detail) == (researcher, {"version": 2, "after": 1})


def test_the_same_texts_again_add_nothing(scenario):
    assert edited(scenario).is_new is False
    assert scenario.versions.count() == 1


def test_two_people_cannot_pass_each_other_unseen(scenario):
    edited(scenario, setting="market")
    with pytest.raises(BadInput, match="Version 2 has been written meanwhile"):
        edited(scenario, setting="station", based_on=1)
    assert scenario.versions.count() == 2


@pytest.mark.parametrize("note", ["", "  "])
def test_an_edit_says_why(scenario, note):
    with pytest.raises(BadInput, match="Say why") as caught:
        edited(scenario, setting="market", note=note)
    assert caught.value.column == "note"


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"situation": " "}, "situation"),
        ({"country": "Atlantis"}, "country"),
        ({"theme": "sports"}, "theme"),
        ({"preference_type": "greed"}, "preference_type"),
        ({"preference_strength": "huge"}, "preference_strength"),
        ({"culture_action": ""}, "culture_action"),
        ({"preference_action": ""}, "preference_action"),
        ({"preference_action": "Ask how they are first."}, "preference_action"),
        ({"setting": "x" * 201}, "setting"),
        ({"situation": "A {reciever} waits."}, "situation"),
        ({"preference_action": "Greet {receiver}."}, "preference_action"),
        ({"situation": "x" * 4001}, "situation"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_a_version_is_named_by_column(scenario, changes, column):
    with pytest.raises(BadInput) as caught:
        editing.wording_from(texts(scenario, **changes))
    assert caught.value.column == column


def test_a_country_may_be_given_by_name(scenario):
    assert editing.wording_from(texts(scenario, country="Namibia")).country == "NA"


def test_restoring_brings_the_texts_back_as_a_new_version(scenario):
    edited(scenario, setting="market")
    done = editing.restore(scenario=scenario, number=1, based_on=2)
    assert (done.version.number, done.version.origin) == (3, "restore")
    assert editing.wording_of(done.version) == editing.wording_of(scenario.versions.get(number=1))
    with pytest.raises(BadInput, match="no such version"):
        editing.restore(scenario=scenario, number=9, based_on=3)


def test_a_construction_passes_over_an_edit_and_says_so(scenario):
    edited(scenario, setting="market")
    wording = editing.wording_from(texts(scenario, setting="station"))
    done = editing.write_constructed(scenario=scenario, wording=wording, note="Made by m.")
    assert (done.version.number, done.edited.number) == (3, 2)
    assert (
        done.version.note == "Made by m. Version 2, which somebody had edited, is kept beside it."
    )
    assert [v.origin for v in scenario.versions.all()] == ["import", "edit", "construction"]


def test_a_construction_after_an_import_passes_over_nobody(scenario):
    wording = editing.wording_from(texts(scenario, setting="station"))
    done = editing.write_constructed(scenario=scenario, wording=wording, note="Made by m.")
    assert (done.edited, done.version.note) == (None, "Made by m.")


def test_comparing_names_the_columns_and_weaves_the_words(scenario):
    done = edited(scenario, situation="Someone meets {receiver} at a market.")
    (change,) = editing.compare(scenario.versions.get(number=1), done.version)
    assert change.column == "situation"
    kept = [mark for mark in change.marks if mark.kind != "same"]
    assert [(mark.kind, mark.text) for mark in kept] == [("before", "shop."), ("after", "market.")]


def test_findings_pass_over_actions_that_are_not_written_yet(scenario):
    done = edited(scenario, culture_action="", preference_action="", personal_preference="")
    assert "blank" not in [one.code for one in editing.findings(done.version)]
