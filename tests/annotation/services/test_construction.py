"""What is due, what is stale, and what is recorded; made results stand in for a model's."""

import pytest

from annotation.models import Construction, Dataset, ScenarioVersion, SourceRow, Step
from annotation.services import construction, editing
from annotation.services.construction_overview import overview, reason_of, trail
from annotation.services.construction_record import Result, record
from annotation.vocab.construction import StepName
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from tests.annotation.constructing import ENDPOINT, OUTPUTS, take, take_all
from tests.annotation.makers import load_rows, normad_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(tmp_path, researcher):
    load_rows(tmp_path, [normad_row(), normad_row(ID="8", Story="Omar came with empty hands.")])
    dataset = Dataset.objects.get()
    return construction.begin(dataset=dataset, name="first", endpoint=ENDPOINT, actor=researcher)


def due_count(made):
    return {str(step): len(construction.due(made, step)) for step in construction.steps_of(made)}


def test_normad_begins_with_the_norm_and_every_row_is_due_there(made):
    assert due_count(made) == {"norm": 2, "preference": 0, "rewrite": 0, "actions": 0}


def test_beginning_twice_is_once_and_another_endpoint_is_refused(made):
    same = construction.begin(dataset=made.dataset, name="first", endpoint=ENDPOINT)
    assert same == made
    with pytest.raises(BadInput, match="begun with another endpoint"):
        construction.begin(dataset=made.dataset, name="first", endpoint={"name": "other"})
    with pytest.raises(BadInput, match="polish"):
        construction.begin(dataset=made.dataset, name="x", endpoint=ENDPOINT, steps=["polish"])
    assert Construction.objects.count() == 1


def test_kept_rows_go_on_and_the_last_step_writes_the_scenario(made):
    told = take_all(made)
    assert (told.kept, told.versions, told.passed_over) == (2, 2, 0)
    version = ScenarioVersion.objects.filter(origin="construction").first()
    assert version.number == 2
    assert version.country == "EG"
    assert version.norm_basis == "Respect for the host."
    for texts in OUTPUTS.values():
        for column, text in texts.items():
            assert getattr(version, column) == text
    assert set(Step.objects.filter(name="actions").values_list("version__number", flat=True)) == {2}
    assert due_count(made) == {"norm": 0, "preference": 0, "rewrite": 0, "actions": 0}


def test_rejected_rows_stop_and_stay(made):
    take(made, "norm", verdict="rejected")
    assert due_count(made) == {"norm": 0, "preference": 0, "rewrite": 0, "actions": 0}


def test_recording_twice_adds_nothing(made):
    due = construction.due(made, StepName.NORM)
    results = [Result(d, "v1", "m", "kept", "", OUTPUTS["norm"], [], str(d.row)) for d in due]
    first = record(construction=made, step=StepName.NORM, results=results, run_id="r")
    second = record(construction=made, step=StepName.NORM, results=results, run_id="r")
    assert (first.kept, first.known, second.kept, second.known) == (2, 0, 0, 2)
    assert Step.objects.count() == 2


def test_a_step_again_makes_what_followed_stale_and_due(made):
    take_all(made)
    row = SourceRow.objects.first()
    take(made, "preference", run="r2", again=True, rows=[row.pk])
    assert due_count(made) == {"norm": 0, "preference": 0, "rewrite": 1, "actions": 0}
    told = {one.name: one for one in trail(made, row)}
    assert [step.attempt for step in told["preference"].tries] == [2, 1]
    assert [name for name, one in told.items() if one.is_current] == ["norm", "preference"]
    assert [name for name, one in told.items() if one.is_due] == ["rewrite"]
    counts = {one.name: one for one in overview(made).steps}
    assert (counts["preference"].kept, counts["rewrite"].kept, counts["rewrite"].stale) == (2, 1, 1)
    (stale,) = overview(made).matching(state="stale")
    assert stale.row == row.pk
    assert stale.stale == ("rewrite", "actions")


def test_a_rerun_adds_a_version_and_names_the_edit_it_passes_over(made, researcher):
    take_all(made)
    row = SourceRow.objects.get(source_id="7")
    scenario = row.scenario_set.get()
    wording = editing.wording_from(
        editing.wording_of(scenario.versions.last()).columns() | {"setting": "dinner"}
    )
    editing.edit(scenario=scenario, wording=wording, based_on=2, note="Why not.", actor=researcher)
    told = take(
        made, "actions", run="r2", again=True, rows=[row.pk],
        preference_action="Bring a warm loaf of bread.",
    )  # fmt: skip
    assert (told.versions, told.passed_over) == (1, 1)
    numbers = dict(scenario.versions.values_list("number", "origin"))
    assert numbers == {1: "import", 2: "construction", 3: "edit", 4: "construction"}
    assert "Version 3, which somebody had edited" in scenario.versions.get(number=4).note


def test_the_same_texts_again_write_no_version(made):
    take_all(made)
    told = take(made, "actions", run="r2", again=True)
    assert (told.kept, told.versions) == (2, 0)


def test_subjects_carry_the_material_and_what_was_written(made):
    take(made, "norm")
    due = construction.due(made, StepName.PREFERENCE)
    first = construction.subjects(made, due)[0]
    assert (first.country, first.rule) == ("Egypt", normad_row()["Rule-of-Thumb"])
    assert first.written == OUTPUTS["norm"]
    assert len({subject.motivation for subject in construction.subjects(made, due)}) == 2


def test_a_row_whose_source_was_replaced_is_not_asked_any_more(made, tmp_path):
    load_rows(tmp_path, [normad_row(Story="Mona came with dates.")])
    keys = [due.row for due in construction.due(made, StepName.NORM)]
    stories = SourceRow.objects.filter(pk__in=keys).values_list("cells__Story", flat=True)
    assert sorted(stories) == ["Mona came with dates.", "Omar came with empty hands."]


def test_rows_are_named_by_their_own_ids(made):
    assert len(construction.rows_named(made.dataset, ["8"])) == 1
    with pytest.raises(BadInput, match="no such row"):
        construction.rows_named(made.dataset, ["99"])


def test_every_recording_leaves_an_audit_row(made):
    take(made, "norm")
    event = AuditEvent.objects.get(verb="construction.recorded")
    assert event.detail["kept"] == 2
    assert event.detail["run"] == "r1-norm"


def test_counts_add_up_to_the_rows_and_reasons_are_sentences(made):
    row = SourceRow.objects.first()
    take(made, "norm", rows=[row.pk], verdict="rejected")
    told = overview(made)
    norm = told.steps[0]
    assert (norm.rejected, norm.due, norm.kept) == (1, 1, 0)
    assert norm.told_reasons == [("rejected", "unclear", reason_of("unclear"), 1)]
    assert [one.row for one in told.matching(state="rejected", step="norm", reason="unclear")] == [
        row.pk
    ]
    assert told.matching(state="flagged") == []
    assert reason_of("gives_away").startswith("A word tells")


def test_invalid_tries_can_be_asked_again_without_the_others(made):
    first, second = SourceRow.objects.order_by("row_number").values_list("pk", flat=True)
    take(made, "norm", rows=[first])
    take(made, "norm", rows=[second], verdict="invalid")
    assert construction.due(made, StepName.NORM) == []
    (again,) = construction.due(made, StepName.NORM, invalid=True)
    assert again.row == second


def test_a_source_replaced_while_the_model_was_asked_writes_no_version(made, tmp_path):
    for name in ("norm", "preference", "rewrite"):
        take(made, name)
    due = construction.due(made, StepName.ACTIONS)
    load_rows(tmp_path, [normad_row(Story="Mona came with dates.")])
    results = [
        Result(one, "v1", "m", "kept", "", OUTPUTS["actions"], [], str(one.row)) for one in due
    ]
    told = record(construction=made, step=StepName.ACTIONS, results=results, run_id="r")
    assert (told.kept, told.versions) == (2, 1)
